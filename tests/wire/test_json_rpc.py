"""AWS JSON 1.0: how requests for Step Functions are read, and how answers and errors are written."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.wire.serving import CALLER, Answer, Served
from tobiishi.quotas import Quotas
from tobiishi.wire.contract import ApiError, Request, Response
from tobiishi.wire.json_rpc import JsonService


def served(**answers: Answer) -> Served:
    return Served("stepfunctions", answers)


def request(operation: str, body: object, prefix: str = "AWSStepFunctions") -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", "/", "", {"x-amz-target": f"{prefix}.{operation}"}, raw)


async def ask(api: Served, operation: str, body: object, quotas: Quotas | None = None) -> Response:
    return await JsonService(api, quotas or Quotas()).answer(request(operation, body), CALLER)


async def refusal(operation: str, body: object) -> tuple[str, str]:
    """Return code and message of a 400, from an API that would answer."""
    response = await ask(served(**{operation: {}}), operation, body)
    error = json.loads(response.body)
    assert response.status == 400
    assert response.headers["x-amzn-ErrorType"] == error["__type"]
    return error["__type"], error["message"]


async def test_a_handler_gets_the_members_and_who_asks():
    api = served(StartExecution={})
    response = await ask(api, "StartExecution", {"stateMachineArn": "arn", "name": None, "unknown": 1})
    (call,) = api.calls
    assert (call.operation, call.region, call.account) == ("StartExecution", "eu-west-1", "123456789012")
    assert call.params == {"stateMachineArn": "arn"}
    assert response.headers["x-amzn-RequestId"] == call.request_id
    assert response.headers["Content-Type"] == "application/x-amz-json-1.0"


async def test_a_handler_gets_the_trace_of_the_request():
    api = served(ListActivities={})
    asked = request("ListActivities", {})
    await JsonService(api).answer(replace(asked, headers={**asked.headers, "x-amzn-trace-id": "Root=1"}), CALLER)
    await JsonService(api).answer(asked, CALLER)
    assert [call.trace_header for call in api.calls] == ["Root=1", None]


async def test_an_answer_has_the_shape_of_its_output():
    answer = {
        "executionArn": "arn",
        "startDate": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        "stopDate": 1_700_000_000.1239,
        "output": None,
        "inputDetails": {"included": True},
    }
    response = await ask(served(DescribeExecution=answer), "DescribeExecution", {"executionArn": "arn"})
    assert response.status == 200
    assert json.loads(response.body) == {
        "executionArn": "arn",
        "startDate": 1767323045.679,
        "stopDate": 1700000000.124,
        "inputDetails": {"included": True},
    }


async def test_an_empty_body_gives_no_members():
    api = served(ListStateMachines={"stateMachines": []})
    assert (await ask(api, "ListStateMachines", b"")).body == b'{"stateMachines":[]}'
    assert api.calls[0].params == {}


async def test_an_operation_without_output_answers_an_empty_object():
    response = await ask(served(DeleteActivity={}), "DeleteActivity", {"activityArn": "arn"})
    assert (response.status, response.body) == (200, b"{}")


async def test_an_error_carries_its_further_members():
    error = ApiError("ValidationException", "no such label", reason="MISSING_REQUIRED_PARAMETER", detail=None)
    response = await ask(served(ListActivities=error), "ListActivities", {})
    assert response.status == 400
    assert json.loads(response.body) == {
        "__type": "ValidationException",
        "message": "no such label",
        "reason": "MISSING_REQUIRED_PARAMETER",
    }


async def test_a_fault_is_logged_and_answered_without_details(caplog):
    with caplog.at_level(logging.ERROR, "tobiishi.wire"):
        response = await ask(served(ListActivities=RuntimeError("inner workings")), "ListActivities", {})
    assert response.status == 500
    assert json.loads(response.body)["__type"] == "InternalFailure"
    assert b"inner" not in response.body
    assert response.headers["x-amzn-RequestId"] in caplog.text


@pytest.mark.parametrize("answer", [{"activities": [{"nonsense": 1}]}, {"nonsense": None}], ids=["inside", "outside"])
async def test_a_member_that_the_output_lacks_is_a_fault(answer, caplog):
    assert (await ask(served(ListActivities=answer), "ListActivities", {})).status == 500
    assert "nonsense" in caplog.text


async def test_an_operation_that_does_not_exist():
    api = served(ListActivities={})
    for operation, prefix in (("Nothing", "AWSStepFunctions"), ("ListActivities", "DynamoDB_20120810")):
        response = await JsonService(api).answer(request(operation, {}, prefix), CALLER)
        assert (response.status, json.loads(response.body)["__type"]) == (400, "UnknownOperationException")
    response = await JsonService(api).answer(Request("POST", "/", "", {}, b"{}"), CALLER)
    assert json.loads(response.body)["__type"] == "UnknownOperationException"


async def test_an_operation_that_is_not_served_says_so():
    response = await ask(served(), "ListActivities", {})
    error = json.loads(response.body)
    assert (response.status, error["__type"]) == (400, "UnsupportedOperation")
    assert "ListActivities" in error["message"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"a": NaN}', b"[" * 300 + b"]" * 300, b'{"x":12345678901234567890123,"y":"\\ud800"}'],
    ids=["cut off", "not UTF-8", "not a number", "deep", "half a character"],
)
async def test_a_body_that_is_not_json(body):
    code, message = await refusal("ListActivities", body)
    assert code == "SerializationException"
    assert message.startswith("Could not parse request body into json: ")


async def test_of_a_member_given_twice_the_last_counts():
    api = served(StartExecution={})
    await ask(api, "StartExecution", b'{"stateMachineArn":"first","stateMachineArn":"last"}')
    assert api.calls[0].params == {"stateMachineArn": "last"}


async def test_payloads_may_be_as_long_as_the_quota_says():
    body = {"stateMachineArn": "arn", "input": "x" * 30}
    assert (await ask(served(StartExecution={}), "StartExecution", body)).status == 200
    response = await ask(served(StartExecution={}), "StartExecution", body, Quotas(payload_bytes=29))
    assert json.loads(response.body)["message"] == (
        "1 validation error detected: Value at 'input' failed to satisfy constraint: "
        "Member must have length less than or equal to 29"
    )
