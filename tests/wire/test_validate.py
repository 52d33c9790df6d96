"""What is wrong with a request, in the words that AWS has for it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.wire import shapes
from tobiishi.wire.contract import ApiError
from tobiishi.wire.validate import MOST_VIOLATIONS, request_reader

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"
LENGTH_256 = "Member must have length less than or equal to 256"


def read(operation: str, body: Any, service: str = "stepfunctions") -> dict[str, Any]:
    return request_reader(shapes.operation(service, operation).input_shape, {})(body)


def refusal(operation: str, body: Any, service: str = "stepfunctions") -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        read(operation, body, service)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def violations(operation: str, body: Any, service: str = "stepfunctions") -> list[str]:
    """Return the violations that a ValidationException lists, after its count of them."""
    code, message = refusal(operation, body, service)
    assert code == "ValidationException"
    count, _, listed = message.partition(" detected: ")
    found = listed.split("; ")
    assert count == (f"{len(found)} validation errors" if len(found) > 1 else "1 validation error")
    return found


def violation(value: str, at: str, wording: str) -> str:
    return f"{value} at '{at}' failed to satisfy constraint: {wording}"


def test_what_is_required():
    assert violations("CreateStateMachine", {"name": None}) == [
        violation("Value null", at, "Member must not be null") for at in ("name", "definition", "roleArn")
    ]


def test_what_is_required_further_inside():
    body = {"name": "a", "routingConfiguration": [{"stateMachineVersionArn": ARN, "weight": 1}, {"weight": 1}]}
    at = "routingConfiguration.2.member.stateMachineVersionArn"
    assert violations("CreateStateMachineAlias", body) == [violation("Value null", at, "Member must not be null")]


def test_lengths():
    assert violations("StartExecution", {"stateMachineArn": "", "name": "n" * 81}) == [
        violation("Value ''", "stateMachineArn", "Member must have length greater than or equal to 1"),
        violation(f"Value '{'n' * 81}'", "name", "Member must have length less than or equal to 80"),
    ]


def test_a_long_value_is_shown_in_part():
    (found,) = violations("CreateActivity", {"name": "n" * 1_000_000})
    assert found == violation(f"Value '{'n' * 4096}...'", "name", "Member must have length less than or equal to 80")


def test_ranges():
    body = {"mapRunArn": ARN, "maxConcurrency": -1, "toleratedFailurePercentage": 100.5}
    assert violations("UpdateMapRun", body) == [
        violation("Value '-1'", "maxConcurrency", "Member must have value greater than or equal to 0"),
        violation("Value '100.5'", "toleratedFailurePercentage", "Member must have value less than or equal to 100"),
    ]


def test_patterns_hold_for_the_whole_value():
    body = {"executionArn": ARN, "clientToken": "two words"}
    wording = "Member must satisfy regular expression pattern: [!-~]+"
    assert violations("RedriveExecution", body) == [violation("Value 'two words'", "clientToken", wording)]
    read("RedriveExecution", {**body, "clientToken": "one"})


def test_patterns_that_look_ahead():
    alias = {"routingConfiguration": [{"stateMachineVersionArn": ARN, "weight": 100}]}
    read("CreateStateMachineAlias", {**alias, "name": "v1"})
    (found,) = violations("CreateStateMachineAlias", {**alias, "name": "12"})
    assert found.startswith("Value '12' at 'name'")


def test_enums_are_listed_as_aws_lists_them():
    body = {"definition": "{}", "inspectionLevel": "LOUD"}
    wording = "Member must satisfy enum value set: [TRACE, INFO, DEBUG]"
    assert violations("TestState", body) == [violation("Value 'LOUD'", "inspectionLevel", wording)]
    wording = "Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]"
    assert violations("ListExecutions", {"statusFilter": "x"}) == [violation("Value 'x'", "statusFilter", wording)]


def test_a_list_is_shown_as_java_prints_it():
    routes = [{"stateMachineVersionArn": f"{ARN}:{n}", "weight": n} for n in (1, 2, 3)]
    printed = ", ".join(
        f"RoutingConfigurationListItem(stateMachineVersionArn={ARN}:{n}, weight={n})" for n in (1, 2, 3)
    )
    assert violations("CreateStateMachineAlias", {"name": "a", "routingConfiguration": routes}) == [
        violation(f"Value '[{printed}]'", "routingConfiguration", "Member must have length less than or equal to 2")
    ]


def test_what_a_list_holds_is_judged_at_the_list():
    wording = (
        "Member must satisfy constraint: [Member must have length less than or equal to 128, "
        "Member must have length greater than or equal to 1]"
    )
    assert violations("UntagResource", {"resourceArn": ARN, "tagKeys": ["a", ""]}) == [
        violation("Value '[a, ]'", "tagKeys", wording)
    ]


def test_what_a_map_holds_is_judged_at_the_map_and_secrets_are_not_shown():
    environment = {"Variables": {"1bad": "secret"}}
    (found,) = violations("UpdateFunctionConfiguration", {"FunctionName": "f", "Environment": environment}, "lambda")
    pattern = "Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+"
    assert found == violation("Value", "environment.variables", f"Map keys must satisfy constraint: [{pattern}]")


def test_nothing_in_a_list_or_map():
    null = "Member must not be null"
    assert violations("UntagResource", {"resourceArn": ARN, "tagKeys": [None]}) == [
        violation("Value null", "tagKeys.1.member", null)
    ]
    assert violations("TagResource", {"Resource": "arn:aws:lambda:a", "Tags": {"a": None}}, "lambda")[-1] == violation(
        "Value null", "tags.a.member", null
    )


@pytest.mark.parametrize("member", ["input", "traceHeader"])
def test_what_is_sensitive_is_not_repeated(member):
    long = "s" * 300_000
    shown = "Value" if member == "input" else f"Value '{long[:4096]}...'"
    maximum = 262_144 if member == "input" else 256
    wording = f"Member must have length less than or equal to {maximum}"
    assert violations("StartExecution", {"stateMachineArn": ARN, member: long}) == [violation(shown, member, wording)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": 5}, "NUMBER_VALUE can not be converted to a String"),
        ({"name": 5.5}, "DECIMAL_VALUE can not be converted to a String"),
        ({"name": True}, "TRUE_VALUE can not be converted to a String"),
        ({"name": []}, "Start of list found where not expected"),
        ({"name": {}}, "Start of structure or map found where not expected."),
        ({"publish": "false"}, "STRING_VALUE can not be converted to a Boolean"),
        ({"publish": 0}, "NUMBER_VALUE can not be converted to a Boolean"),
        ({"tags": "x"}, "Expected list or null"),
        ({"tags": {}}, "Start of structure or map found where not expected."),
        ({"tags": ["x"]}, "Expected structure or null"),
        ({"loggingConfiguration": []}, "Start of list found where not expected"),
        ([], "Start of list found where not expected"),
        ("text", "Expected structure or null"),
    ],
)
def test_wrong_types(body, message):
    assert refusal("CreateStateMachine", body) == ("SerializationException", message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("1", "STRING_VALUE can not be converted to an Integer"),
        (1.5, "DECIMAL_VALUE can not be converted to an Integer"),
        (False, "FALSE_VALUE can not be converted to an Integer"),
        (2**31, "Numeric value out of range of integer"),
        (10**400, "Numeric value out of range of integer"),
    ],
)
def test_wrong_numbers(given, message):
    assert refusal("ListActivities", {"maxResults": given}) == ("SerializationException", message)


def test_a_whole_number_may_have_a_fraction_of_nothing():
    params = read("ListActivities", {"maxResults": 5.0})
    assert params == {"maxResults": 5}
    assert type(params["maxResults"]) is int


def test_blobs_and_timestamps_become_what_python_has_for_them():
    code = {"FunctionName": "f", "ZipFile": "AAEC"}
    assert read("UpdateFunctionCode", code, "lambda")["ZipFile"] == b"\0\1\2"
    mapping = {"FunctionName": "f", "StartingPositionTimestamp": 1_700_000_000.25}
    moment = read("CreateEventSourceMapping", mapping, "lambda")["StartingPositionTimestamp"]
    assert moment == datetime(2023, 11, 14, 22, 13, 20, 250_000, UTC)


@pytest.mark.parametrize("given", ["AAE", "A A=", "é", 5, [], "AAEC\n"])
def test_blobs_that_are_none(given):
    assert (
        refusal("UpdateFunctionCode", {"FunctionName": "f", "ZipFile": given}, "lambda")[0] == "SerializationException"
    )


@pytest.mark.parametrize("given", [1e300, -1e18, 10**400, "yesterday", True, {}, "0000-01-01"])
def test_timestamps_that_are_none(given):
    body = {"FunctionName": "f", "StartingPositionTimestamp": given}
    assert refusal("CreateEventSourceMapping", body, "lambda")[0] == "SerializationException"


@pytest.mark.parametrize("given", [10**400, -(10**400), float("inf")])
def test_numbers_beyond_reason(given):
    body = {"mapRunArn": ARN, "toleratedFailurePercentage": given}
    assert refusal("UpdateMapRun", body) == ("SerializationException", "Numeric value out of range of double")


@pytest.mark.parametrize("inside", [{}, {"weight": 1}, None])
def test_a_request_that_is_all_mistakes_is_not_listed_to_the_end(inside):
    found = violations("CreateStateMachineAlias", {"name": "a", "routingConfiguration": [inside] * 100_000})
    assert MOST_VIOLATIONS <= len(found) <= MOST_VIOLATIONS + 3


def test_a_map_that_is_all_mistakes_is_not_listed_to_the_end():
    variables = {str(n): None for n in range(100_000)}
    body = {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}, "Tags": variables}
    assert len(violations("CreateFunction", body, "lambda")) == MOST_VIOLATIONS
