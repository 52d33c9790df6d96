"""SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat."""

from tests.api.states.conftest import Client
from tests.engine.outside import callback, sent_tokens
from tests.language.stores import settle
from tobiishi import jsontext
from tobiishi.engine.tokens import TaskToken, mint


async def begin(client: Client) -> tuple[str, str]:
    """Start a callback that is submitted; return the execution's ARN and the token."""
    machine = await client.create("orders", jsontext.encode_text(callback(HeartbeatSeconds=10)))
    started = await client.call("StartExecution", stateMachineArn=machine)
    await settle(client.backend.engine)
    arn = started["executionArn"]
    return arn, (await sent_tokens(client.bench, arn))[0]


async def test_a_success(client: Client) -> None:
    arn, token = await begin(client)
    assert await client.call("SendTaskHeartbeat", taskToken=token) == {}
    assert await client.call("SendTaskSuccess", taskToken=token, output='{"a":1}') == {}
    described = await client.call("DescribeExecution", executionArn=arn)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"a":1}')
    for operation, more in (("SendTaskSuccess", {"output": "1"}), ("SendTaskFailure", {}), ("SendTaskHeartbeat", {})):
        error = await client.error(operation, taskToken=token, **more)
        message = "Task Timed Out: 'Provided task does not exist anymore'"
        assert (error.code, error.message, error.status) == ("TaskTimedOut", message, 400)


async def test_a_failure(client: Client) -> None:
    arn, token = await begin(client)
    assert await client.call("SendTaskFailure", taskToken=token, error="Refused", cause="not today") == {}
    described = await client.call("DescribeExecution", executionArn=arn)
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Refused", "not today")


async def test_what_is_no_answer(client: Client) -> None:
    _, token = await begin(client)
    assert (await client.error("SendTaskSuccess", taskToken=token, output="{")).code == "InvalidOutput"
    error = await client.error("SendTaskSuccess", taskToken="NoSuchTaskToken", output="{")
    assert (error.code, error.message) == ("InvalidToken", "Invalid Token: 'Invalid token'")
    gone = mint(await client.bench.store.secret(), TaskToken(1, 2, 0))
    assert (await client.error("SendTaskFailure", taskToken=gone)).code == "TaskDoesNotExist"
