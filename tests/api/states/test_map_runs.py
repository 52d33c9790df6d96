"""Map Runs: none are there, and requests are checked all the same."""

import pytest

from tests.api.states.conftest import Client

MAP_RUN = "arn:aws:states:us-east-1:123456789012:mapRun:orders/each:1"


async def test_an_execution_has_none(client: Client) -> None:
    arn = await client.create()
    started = await client.call("StartExecution", stateMachineArn=arn)
    assert await client.call("ListMapRuns", executionArn=started["executionArn"]) == {"mapRuns": []}
    error = await client.error("ListMapRuns", executionArn=started["executionArn"], nextToken="x")
    assert error.code == "InvalidToken"


@pytest.mark.parametrize(
    ("arn", "code"),
    [(MAP_RUN, "ResourceNotFound"), ("map", "InvalidArn"), (MAP_RUN.replace("mapRun", "activity"), "InvalidArn")],
)
async def test_none_is_found(client: Client, arn: str, code: str) -> None:
    assert (await client.error("DescribeMapRun", mapRunArn=arn)).code == code
    assert (await client.error("UpdateMapRun", mapRunArn=arn, maxConcurrency=1)).code == code


async def test_an_update_says_what_to_change(client: Client) -> None:
    error = await client.error("UpdateMapRun", mapRunArn=MAP_RUN)
    assert (error.code, error.members) == ("ValidationException", {"reason": "MISSING_REQUIRED_PARAMETER"})
