"""Mocked results held against the models of services."""

from typing import Any

import pytest

from tobiishi.asl.resources import parse_resource
from tobiishi.engine.errors import RefusedError
from tobiishi.teststate.result_schema import check_result


def check(resource: str, value: Any, *, strict: bool = True) -> None:
    check_result(value, parse_resource(f"arn:aws:states:::{resource}"), strict=strict)


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        ("aws-sdk:sfn:describeActivity", {"ActivityArn": "a", "Name": "n", "CreationDate": "2025-01-01T00:00:00Z"}),
        ("aws-sdk:dynamodb:getItem", {"Item": {"id": {"S": "1", "Bool": True, "L": [{"N": "2"}]}}, "Unknown": {}}),
        ("dynamodb:updateItem", {"ConsumedCapacity": {"CapacityUnits": 2}}),
        ("sqs:sendMessage", {}),
        ("lambda:invoke", {"Payload": {"any": ["thing"]}, "StatusCode": 200}),
        ("apigateway:invoke", {"anything": 1}),
        ("http:invoke", 7),
        ("eks:call", {"StatusCode": "odd"}),
        ("eks:runJob.sync", []),
        ("sqs:sendMessage.waitForTaskToken", ["whatever", "somebody", "sends"]),
    ],
)
def test_results_that_services_can_give(resource: str, value: Any) -> None:
    check(resource, value)


@pytest.mark.parametrize(
    ("resource", "value", "problem"),
    [
        ("aws-sdk:sfn:describeActivity", {}, "Required field 'ActivityArn' is missing"),
        ("aws-sdk:sfn:describeActivity", {"activityArn": "a"}, "Required field 'ActivityArn' is missing"),
        ("dynamodb:getItem", {"Item": []}, "Field 'Item' must be an object"),
        ("dynamodb:getItem", {"Item": {"id": {"S": 1}}}, "Field 'S' must be a string"),
        ("dynamodb:getItem", {"Item": {"id": {"Bool": "true"}}}, "Field 'Bool' must be a boolean"),
        ("dynamodb:getItem", {"Item": {"id": {"L": {}}}}, "Field 'L' must be an array"),
        ("dynamodb:getItem", {"Item": {"id": {"L": ["a"]}}}, "Field 'L' must be an object"),
        ("lambda:invoke", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
        ("lambda:invoke", {"ExecutedVersion": ""}, "Field 'ExecutedVersion' is smaller than the minimum length"),
        ("lambda:invoke", {"ExecutedVersion": "1" * 1025}, "Field 'ExecutedVersion' exceeds the maximum length"),
        ("aws-sdk:lambda:getFunctionConfiguration", {"Timeout": 0}, "Field 'Timeout' is less than the minimum value"),
        ("aws-sdk:lambda:getFunctionConfiguration", {"MemorySize": 10**9}, "'MemorySize' exceeds the maximum value"),
        ("aws-sdk:lambda:getFunctionConfiguration", {"State": "Odd"}, "Field 'State' is not an expected value"),
    ],
)
def test_results_that_no_service_gives(resource: str, value: Any, problem: str) -> None:
    with pytest.raises(RefusedError) as raised:
        check(resource, value)
    assert str(raised.value).startswith("Mock result schema validation error: ")
    assert str(raised.value).endswith(problem)


def test_only_strict_wants_what_is_required() -> None:
    check("aws-sdk:sfn:describeActivity", {"Name": "n"}, strict=False)
    with pytest.raises(RefusedError, match="Field 'Name' must be a string"):
        check("aws-sdk:sfn:describeActivity", {"Name": 1}, strict=False)


def test_a_service_answers_with_an_object() -> None:
    with pytest.raises(RefusedError, match=r"^Mocked result must be a JSON object\.$"):
        check("sqs:sendMessage", [1])


def test_a_job_answers_as_the_operation_that_asks_for_it() -> None:
    ended = {"ExecutionArn": "e", "StateMachineArn": "m", "Status": "SUCCEEDED", "StartDate": "2025-01-01T00:00:00Z"}

    check("states:startExecution.sync", {**ended, "Output": "{}"})
    check("states:startExecution.sync:2", {**ended, "Output": {"parsed": True}})
    with pytest.raises(RefusedError, match="Required field 'StateMachineArn' is missing"):
        check("states:startExecution.sync:2", {"ExecutionArn": "e", "StartDate": "2025-01-01T00:00:00Z"})
    with pytest.raises(RefusedError, match="Field 'Output' must be a string"):
        check("states:startExecution.sync", {**ended, "Output": {}})
