"""Tags of state machines and activities."""

import pytest

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"


def tags(**values: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


@pytest.fixture(params=["machine", "activity"])
async def resource(client, request):
    """The ARN of something that can have tags, and has one."""
    if request.param == "machine":
        return await client.create(tags=tags(a="1"))
    return (await client.call("CreateActivity", name="approve", tags=tags(a="1")))["activityArn"]


async def test_tags_are_added_replaced_and_taken_away(client, resource):
    await client.call("TagResource", resourceArn=resource, tags=tags(b="", a="2"))
    assert await client.call("ListTagsForResource", resourceArn=resource) == {"tags": tags(a="2", b="")}
    await client.call("TagResource", resourceArn=resource, tags=[])
    await client.call("UntagResource", resourceArn=resource, tagKeys=["a", "a", "c"])
    assert await client.call("ListTagsForResource", resourceArn=resource) == {"tags": tags(b="")}


async def test_too_many_tags_and_reserved_names_change_nothing(client, resource):
    limited = client.limit(tags=2)
    error = await limited.error("TagResource", resourceArn=resource, tags=tags(b="2", c="3"))
    assert (error.code, error.members) == ("TooManyTags", {"resourceName": resource})
    unusable = (tags(**{"b!": "1"}), tags(b="one, two"), tags(b="\u20ac"), tags(b="\x00"))
    for wrong in (tags(**{"aws:b": "1"}), tags(**{"AWS:b": "1"}), [{"value": "1"}], *unusable):
        assert (await limited.error("TagResource", resourceArn=resource, tags=wrong)).code == "ValidationException"
    await limited.call("TagResource", resourceArn=resource, tags=tags(a="9", b="2"))
    assert await client.call("ListTagsForResource", resourceArn=resource) == {"tags": tags(a="9", b="2")}


async def test_the_characters_of_tags(client, resource):
    given = [*tags(a="1"), *tags(**{"\u00dc_.:/=+-@ \u0664": "\u5927\t\u00a0team/x=1", "A": ""})]
    await client.call("TagResource", resourceArn=resource, tags=given)
    assert await client.call("ListTagsForResource", resourceArn=resource) == {"tags": given}


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"{ARN}x", "ResourceNotFound"),
        (f"{ARN}:1", "ResourceNotFound"),
        ("arn:aws:states:us-east-1:123456789012:activity:none", "ResourceNotFound"),
        ("arn:aws:states:us-east-1:123456789012:execution:orders:1", "InvalidArn"),
        ("orders", "InvalidArn"),
    ],
)
async def test_what_has_no_tags(client, arn, code):
    await client.create(publish=True)
    for operation, params in (
        ("TagResource", {"tags": tags(a="1")}),
        ("UntagResource", {"tagKeys": ["a"]}),
        ("ListTagsForResource", {}),
    ):
        error = await client.error(operation, resourceArn=arn, **params)
        assert error.code == code
        if code == "ResourceNotFound":
            assert error.members == {"resourceName": arn}
