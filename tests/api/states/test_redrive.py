"""RedriveExecution, and what other operations say of an execution that was redriven."""

from typing import Any

import pytest

from tests.api.states.conftest import Client, passing
from tests.engine.conftest import TASK
from tobiishi import jsontext

FAILING: list[dict[str, Any]] = [{"error": "Broken", "cause": "at first"}, {"output": 7}]


async def failed(client: Client) -> str:
    """Return the ARN of an execution that has failed, and would succeed now."""
    client.bench.script.plan({"T": FAILING})
    machine = await client.create(definition=jsontext.encode_text(TASK))
    started = await client.call("StartExecution", stateMachineArn=machine, name="one")
    arn: str = started["executionArn"]
    await client.backend.engine.wait(arn)
    return arn


async def test_an_execution_goes_on(client: Client) -> None:
    arn = await failed(client)
    before = await client.call("DescribeExecution", executionArn=arn)
    assert (before["status"], before["redriveCount"], before["redriveStatus"]) == ("FAILED", 0, "REDRIVABLE")
    assert not {"redriveDate", "redriveStatusReason"} & before.keys()
    client.bench.clock.advance(1000)
    answer = await client.call("RedriveExecution", executionArn=arn, clientToken="token")
    await client.backend.engine.wait(arn)
    after = await client.call("DescribeExecution", executionArn=arn)
    assert (after["status"], after["redriveCount"], after["redriveDate"]) == ("SUCCEEDED", 1, answer["redriveDate"])
    assert after["redriveStatus"] == "NOT_REDRIVABLE"
    assert after["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    assert not {"error", "cause"} & after.keys()
    assert answer["redriveDate"] == client.bench.clock.now_ms() / 1000


async def test_a_client_token_gets_its_answer_again(client: Client) -> None:
    arn = await failed(client)
    first = await client.call("RedriveExecution", executionArn=arn, clientToken="token")
    await client.backend.engine.wait(arn)
    client.bench.clock.advance(1000)
    assert await client.call("RedriveExecution", executionArn=arn, clientToken="token") == first


async def test_one_that_cannot_be_redriven(client: Client) -> None:
    machine = await client.create(definition=passing())
    started = await client.call("StartExecution", stateMachineArn=machine, name="one")
    arn = started["executionArn"]
    await client.backend.engine.wait(arn)
    error = await client.error("RedriveExecution", executionArn=arn)
    assert (error.code, error.status) == ("ExecutionNotRedrivable", 400)
    assert error.message == (f"Execution {arn} invalid for redrive as: Execution is SUCCEEDED and cannot be redriven")


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        (
            "arn:aws:states:us-east-1:123456789012:execution:orders:none",
            "ExecutionDoesNotExist",
            "Execution Does Not Exist: 'arn:aws:states:us-east-1:123456789012:execution:orders:none'",
        ),
        (
            "arn:aws:states:us-east-1:123456789012:express:orders:one:id",
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: express'",
        ),
        ("nonsense", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nonsense'"),
    ],
)
async def test_what_is_not_there(client: Client, arn: str, code: str, message: str) -> None:
    error = await client.error("RedriveExecution", executionArn=arn)
    assert (error.code, error.message) == (code, message)


async def test_the_history_goes_on(client: Client) -> None:
    arn = await failed(client)
    await client.call("RedriveExecution", executionArn=arn, clientToken="secret")
    await client.backend.engine.wait(arn)
    history = await client.call("GetExecutionHistory", executionArn=arn)
    (redriven,) = [event for event in history["events"] if event["type"] == "ExecutionRedriven"]
    assert redriven["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert "secret" not in str(history)
    assert [event["id"] for event in history["events"]] == list(range(1, len(history["events"]) + 1))
