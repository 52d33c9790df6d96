"""Aliases of a state machine's versions."""

from typing import Any

import pytest

from tests.api.states.conftest import Client, passing

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
PROD = f"{ARN}:PROD"


def routes(*weights: tuple[int | str, int], arn: str = ARN) -> list[dict[str, Any]]:
    """Return a routing configuration: (version, weight) of each."""
    return [{"stateMachineVersionArn": f"{arn}:{version}", "weight": weight} for version, weight in weights]


@pytest.fixture
async def three(client):
    """A client with a machine of three versions."""
    await client.create(publish=True)
    for result in (2, 3):
        await client.call("UpdateStateMachine", stateMachineArn=ARN, definition=passing(result), publish=True)
    return client


async def alias(client: Client, *weights: tuple[int | str, int], name: str = "PROD", **more: Any) -> dict[str, Any]:
    return await client.call(
        "CreateStateMachineAlias", name=name, routingConfiguration=routes(*(weights or [(1, 100)])), **more
    )


async def test_an_alias_is_shown_as_it_was_made(three):
    now = three.bench.clock.now_ms() / 1000
    assert await alias(three, (1, 90), (2, 10), description="d") == {"stateMachineAliasArn": PROD, "creationDate": now}
    assert await three.call("DescribeStateMachineAlias", stateMachineAliasArn=PROD) == {
        "stateMachineAliasArn": PROD,
        "name": "PROD",
        "description": "d",
        "routingConfiguration": routes((1, 90), (2, 10)),
        "creationDate": now,
        "updateDate": now,
    }


async def test_the_same_alias_again_is_found_and_another_of_the_name_is_refused(three):
    made = await alias(three, description="d")
    three.bench.clock.advance(1000)
    assert await alias(three, description="d") == made
    for other in ({"description": "e"}, {"description": "d", "routingConfiguration": routes((2, 100))}):
        params = {"name": "PROD", "routingConfiguration": routes((1, 100)), **other}
        error = await three.error("CreateStateMachineAlias", **params)
        assert error.code == "ConflictException"
        assert error.message.endswith("with the same name and a different routing configuration already exists.")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            routes((1, 50), (1, 50)),
            f"Routing configuration must contain distinct state machine version ARNs. Received: [{ARN}:1, {ARN}:1]",
        ),
        (
            [{"stateMachineVersionArn": ARN, "weight": 70}, *routes((2, 30))],
            f"Routing configuration must contain state machine version ARNs. Received: [{ARN}, {ARN}:2]",
        ),
        (routes(("PROD", 100)), f"Routing configuration must contain state machine version ARNs. Received: [{PROD}]"),
        (routes((1, 70), (2, 29)), "Sum of routing configuration weights must equal 100. Received: [70, 29]"),
        (
            [*routes((1, 50)), *routes((1, 50), arn=f"{ARN}x")],
            f"Routing configuration must contain versions of the same state machine. Received: [{ARN}:1, {ARN}x:1]",
        ),
    ],
)
async def test_routes_that_cannot_be(three, given, message):
    await alias(three)
    create = await three.error("CreateStateMachineAlias", name="TEST", routingConfiguration=given)
    update = await three.error("UpdateStateMachineAlias", stateMachineAliasArn=PROD, routingConfiguration=given)
    assert create.message == update.message == message
    assert create.code == update.code == "ValidationException"
    assert create.members == update.members == {"reason": "INVALID_ROUTING_CONFIGURATION"}


async def test_an_alias_leads_to_versions_that_exist(three):
    error = await three.error("CreateStateMachineAlias", name="PROD", routingConfiguration=routes((4, 100)))
    assert (error.code, error.members) == ("ResourceNotFound", {"resourceName": f"{ARN}:4"})
    elsewhere = routes((1, 100), arn=f"{ARN}x")
    assert (await three.error("CreateStateMachineAlias", name="P", routingConfiguration=elsewhere)).code == (
        "ResourceNotFound"
    )


async def test_an_alias_stays_with_its_machine(three):
    await alias(three)
    await three.create("other", publish=True)
    elsewhere = routes((1, 100), arn=ARN.replace("orders", "other"))
    error = await three.error("UpdateStateMachineAlias", stateMachineAliasArn=PROD, routingConfiguration=elsewhere)
    assert error.members == {"reason": "INVALID_ROUTING_CONFIGURATION"}


async def test_description_and_routes_are_changed_one_by_one(three):
    await alias(three, description="d")
    three.bench.clock.advance(1000)
    updated = await three.call(
        "UpdateStateMachineAlias", stateMachineAliasArn=PROD, routingConfiguration=routes((2, 100))
    )
    now = three.bench.clock.now_ms() / 1000
    assert updated == {"updateDate": now}
    three.bench.clock.advance(1000)
    same = await three.call("UpdateStateMachineAlias", stateMachineAliasArn=PROD, description="d")
    assert same == {"updateDate": now}, "nothing has changed"
    await three.call("UpdateStateMachineAlias", stateMachineAliasArn=PROD, description="e")
    shown = await three.call("DescribeStateMachineAlias", stateMachineAliasArn=PROD)
    assert (shown["description"], shown["routingConfiguration"]) == ("e", routes((2, 100)))
    assert shown["updateDate"] - shown["creationDate"] == 2


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("DescribeStateMachineAlias", {"stateMachineAliasArn": f"{ARN}:NONE"}, "ResourceNotFound"),
        ("UpdateStateMachineAlias", {"stateMachineAliasArn": f"{ARN}:NONE", "description": "d"}, "ResourceNotFound"),
        ("UpdateStateMachineAlias", {"stateMachineAliasArn": PROD}, "ValidationException"),
        ("DescribeStateMachineAlias", {"stateMachineAliasArn": f"{ARN}:1"}, "InvalidArn"),
        ("DeleteStateMachineAlias", {"stateMachineAliasArn": ARN}, "InvalidArn"),
        ("CreateStateMachineAlias", {"name": "1", "routingConfiguration": routes((1, 100))}, "InvalidName"),
        ("ListStateMachineAliases", {"stateMachineArn": f"{ARN}x"}, "StateMachineDoesNotExist"),
    ],
)
async def test_what_is_no_alias(three, operation, params, code):
    await alias(three)
    assert (await three.error(operation, **params)).code == code


async def test_aliases_are_listed_of_a_machine_or_a_version_in_pages(three):
    for name, version in (("b", 1), ("a", 2), ("c", 1)):
        three.bench.clock.advance(1000)
        await alias(three, (version, 100), name=name)
    first = await three.call("ListStateMachineAliases", stateMachineArn=ARN, maxResults=2)
    rest = await three.call("ListStateMachineAliases", stateMachineArn=ARN, nextToken=first["nextToken"])
    found = [*first["stateMachineAliases"], *rest["stateMachineAliases"]]
    assert [item["stateMachineAliasArn"][-1] for item in found] == ["b", "a", "c"]
    of_one = await three.call("ListStateMachineAliases", stateMachineArn=f"{ARN}:1")
    assert [item["stateMachineAliasArn"][-1] for item in of_one["stateMachineAliases"]] == ["b", "c"]


async def test_a_deleted_alias_is_gone_and_its_versions_stay(three):
    await alias(three)
    assert await three.call("DeleteStateMachineAlias", stateMachineAliasArn=PROD) == {}
    assert await three.call("DeleteStateMachineAlias", stateMachineAliasArn=PROD) == {}
    assert await three.call("ListStateMachineAliases", stateMachineArn=ARN) == {"stateMachineAliases": []}
    assert await three.call("DescribeStateMachine", stateMachineArn=f"{ARN}:1")


async def test_no_more_aliases_than_the_quota(three):
    limited = three.limit(aliases=1)
    await alias(limited)
    assert await alias(limited), "it exists, so there are no more than before"
    error = await limited.error("CreateStateMachineAlias", name="TEST", routingConfiguration=routes((1, 100)))
    assert error.code == "ServiceQuotaExceededException"


async def test_an_alias_is_described_as_the_version_that_it_leads_to_first(three):
    await alias(three, (2, 10), (1, 90))
    shown = await three.call("DescribeStateMachine", stateMachineArn=PROD)
    assert (shown["stateMachineArn"], shown["definition"]) == (f"{ARN}:2", passing(2))


async def test_starts_through_an_alias_are_shared_out_by_weight(three):
    await alias(three, (1, 90), (2, 10))
    machines = three.backend.engine.machines
    for draw, version in ((0.0, 1), (0.899, 1), (0.9, 2), (0.999, 2)):
        machines._draw = lambda draw=draw: draw
        target = await machines.target(PROD, 0)
        assert (target.version_arn, target.alias_arn) == (f"{ARN}:{version}", PROD)
        assert target.revision.definition == passing(version)


async def test_a_start_by_version_has_no_alias_and_one_by_machine_has_neither(three):
    machines = three.backend.engine.machines
    target = await machines.target(f"{ARN}:2", 0)
    assert (target.version_arn, target.alias_arn, target.revision.definition) == (f"{ARN}:2", None, passing(2))
    target = await machines.target(ARN, 0)
    assert (target.version_arn, target.alias_arn, target.revision.definition) == (None, None, passing(3))
