"""Versions of a state machine."""

import asyncio
from typing import Any

import pytest

from tests.api.states.conftest import ROLE, Client, passing

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"


async def numbers(client: Client, **params: Any) -> list[int]:
    listed = await client.call("ListStateMachineVersions", stateMachineArn=ARN, **params)
    return [int(version["stateMachineVersionArn"].rpartition(":")[2]) for version in listed["stateMachineVersions"]]


async def update(client: Client, result: int, **more: Any) -> dict[str, Any]:
    return await client.call("UpdateStateMachine", stateMachineArn=ARN, definition=passing(result), **more)


async def test_a_machine_may_be_published_with_its_creation(client):
    asked = {"name": "orders", "definition": passing(), "roleArn": ROLE, "publish": True, "versionDescription": "one"}
    made = await client.call("CreateStateMachine", **asked)
    assert made["stateMachineVersionArn"] == f"{ARN}:1"
    assert await client.call("CreateStateMachine", **asked) == made
    other = {**asked, "versionDescription": "two"}
    assert (await client.error("CreateStateMachine", **other)).code == "StateMachineAlreadyExists"


async def test_a_version_is_shown_as_the_machine_was_when_it_was_published(client):
    await client.create(publish=True, versionDescription="one", tracingConfiguration={"enabled": True})
    published = client.bench.clock.now_ms() / 1000
    client.bench.clock.advance(1000)
    other_role = ROLE + "2"
    await update(client, 2, roleArn=other_role, tracingConfiguration={"enabled": False})
    shown = await client.call("DescribeStateMachine", stateMachineArn=f"{ARN}:1")
    assert (shown["stateMachineArn"], shown["name"], shown["description"]) == (f"{ARN}:1", "orders", "one")
    assert (shown["definition"], shown["roleArn"], shown["creationDate"]) == (passing(), ROLE, published)
    assert shown["tracingConfiguration"] == {"enabled": True}
    assert "revisionId" not in shown


async def test_a_revision_is_published_once(client):
    await client.create()
    first = await client.call("PublishStateMachineVersion", stateMachineArn=ARN, description="one")
    assert first == {"stateMachineVersionArn": f"{ARN}:1", "creationDate": client.bench.clock.now_ms() / 1000}
    client.bench.clock.advance(1000)
    assert await client.call("PublishStateMachineVersion", stateMachineArn=ARN) == first
    assert (await update(client, 1, publish=True))["stateMachineVersionArn"] == f"{ARN}:1"
    assert (await update(client, 2, publish=True))["stateMachineVersionArn"] == f"{ARN}:2"
    assert await numbers(client) == [2, 1]


async def test_many_who_publish_at_once_get_the_same_version(client):
    await client.create()
    asked = [client.call("PublishStateMachineVersion", stateMachineArn=ARN) for _ in range(5)]
    assert {answer["stateMachineVersionArn"] for answer in await asyncio.gather(*asked)} == {f"{ARN}:1"}


async def test_a_revision_that_is_not_the_newest_any_more_is_not_published(client):
    await client.create()
    initial = {"stateMachineArn": ARN, "revisionId": "INITIAL"}
    revision = (await update(client, 2))["revisionId"]
    current = f"The current State Machine revision is {revision}."
    error = await client.error("PublishStateMachineVersion", **initial)
    assert (error.code, error.message) == (
        "ConflictException",
        f"Failed to publish the State Machine version for revision INITIAL. {current}",
    )
    named = await client.call("PublishStateMachineVersion", stateMachineArn=ARN, revisionId=revision)
    assert named["stateMachineVersionArn"] == f"{ARN}:1"


async def test_a_new_machines_revision_is_called_initial(client):
    await client.create()
    assert await client.call("PublishStateMachineVersion", stateMachineArn=ARN, revisionId="INITIAL")


async def test_a_number_is_never_given_again(client):
    await client.create(publish=True)
    deleted = {"stateMachineVersionArn": f"{ARN}:1"}
    assert await client.call("DeleteStateMachineVersion", **deleted) == {}
    assert await client.call("DeleteStateMachineVersion", **deleted) == {}
    assert await numbers(client) == []
    assert (await client.error("DescribeStateMachine", stateMachineArn=f"{ARN}:1")).code == "StateMachineDoesNotExist"
    await client.call("PublishStateMachineVersion", stateMachineArn=ARN)
    assert await numbers(client) == [2]


async def test_versions_are_listed_newest_first_in_pages(client):
    await client.create()
    for result in range(11):
        await update(client, result + 10, publish=True)
    first = await client.call("ListStateMachineVersions", stateMachineArn=ARN, maxResults=9)
    await client.call("DeleteStateMachineVersion", stateMachineVersionArn=f"{ARN}:3")
    assert await numbers(client, maxResults=9) == [11, 10, 9, 8, 7, 6, 5, 4, 2]
    assert await numbers(client, nextToken=first["nextToken"]) == [2, 1]
    await client.create("other")
    error = await client.error("ListStateMachineVersions", stateMachineArn=f"{ARN}x", nextToken=first["nextToken"])
    assert error.code == "InvalidToken", "a token is for one machine's versions"


async def test_a_version_that_an_alias_leads_to_is_not_deleted(client):
    await client.create(publish=True)
    routes = [{"stateMachineVersionArn": f"{ARN}:1", "weight": 100}]
    for name in ("PROD", "TEST"):
        await client.call("CreateStateMachineAlias", name=name, routingConfiguration=routes)
    error = await client.error("DeleteStateMachineVersion", stateMachineVersionArn=f"{ARN}:1")
    assert error.code == "ConflictException"
    assert error.message.endswith(". Current list of aliases referencing this version: [PROD, TEST]")


async def test_no_more_versions_than_the_quota(client):
    limited = client.limit(versions=1)
    await limited.create(publish=True)
    error = await limited.error("UpdateStateMachine", stateMachineArn=ARN, definition=passing(2), publish=True)
    assert error.code == "ServiceQuotaExceededException"
    assert (await client.call("DescribeStateMachine", stateMachineArn=ARN))["definition"] == passing()
    assert (await update(limited, 1, publish=True))["stateMachineVersionArn"] == f"{ARN}:1"


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("PublishStateMachineVersion", {"stateMachineArn": f"{ARN}x"}, "StateMachineDoesNotExist"),
        ("PublishStateMachineVersion", {"stateMachineArn": "x"}, "InvalidArn"),
        ("PublishStateMachineVersion", {"stateMachineArn": f"{ARN}:1"}, "StateMachineDoesNotExist"),
        ("ListStateMachineVersions", {"stateMachineArn": "x"}, "InvalidArn"),
        ("DeleteStateMachineVersion", {"stateMachineVersionArn": ARN}, "InvalidArn"),
        ("DeleteStateMachineVersion", {"stateMachineVersionArn": f"{ARN}:PROD"}, "InvalidArn"),
        ("DeleteStateMachineVersion", {"stateMachineVersionArn": f"{ARN}:1:2"}, "InvalidArn"),
    ],
)
async def test_what_is_no_version(client, operation, params, code):
    await client.create(publish=True)
    assert (await client.error(operation, **params)).code == code
