from typing import Any

import pytest

from tests.asl.machines import LAMBDA, errors, jsonata, map_state, single, task, warnings
from tobiishi.asl.fields import is_timestamp

EXPRESSION = "{% $states.input.x %}"


def pass_(**fields: Any) -> dict[str, Any]:
    return single({"Type": "Pass", **fields})


def wait(**fields: Any) -> dict[str, Any]:
    return single({"Type": "Wait", **fields})


def fail(**fields: Any) -> dict[str, Any]:
    return single({"Type": "Fail", **fields})


PROBLEMS = {
    "timeout is text": (task(TimeoutSeconds="5"), "TimeoutSeconds", "[INTEGER]"),
    "timeout is a boolean": (task(TimeoutSeconds=True), "TimeoutSeconds", "[INTEGER]"),
    "timeout is a fraction": (task(TimeoutSeconds=1.5), "TimeoutSeconds", "[INTEGER]"),
    "timeout is zero": (task(TimeoutSeconds=0), "TimeoutSeconds", "Minimum value is 1"),
    "timeout is too long": (task(TimeoutSeconds=100_000_000), "TimeoutSeconds", "Maximum value is 99999999"),
    "seconds are negative": (wait(Seconds=-1), "Seconds", "Minimum value is 0"),
    "timestamp without T": (wait(Timestamp="2030-01-01 00:00:00Z"), "Timestamp", "RFC3339 timestamp"),
    "timestamp is a number": (wait(Timestamp=0), "Timestamp", "RFC3339 timestamp"),
    "error is a number": (fail(Error=5), "Error", "[STRING]"),
    "concurrency": (map_state(MaxConcurrency=-1), "MaxConcurrency", "Minimum value is 0"),
    "percentage": (map_state(ToleratedFailurePercentage=101), "ToleratedFailurePercentage", "Maximum value is 100"),
    "jsonata seconds are text": (jsonata({"Type": "Wait", "Seconds": "5"}), "Seconds", "[INTEGER]"),
    "jsonata timestamp": (jsonata({"Type": "Wait", "Timestamp": "now"}), "Timestamp", "RFC3339 timestamp"),
    "jsonata items": (
        jsonata({"Type": "Map", "Items": {}, "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}}),
        "Items",
        "array",
    ),
}


@pytest.mark.parametrize(("definition", "field", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_field_is_checked(definition, field, message):
    [problem] = errors(definition)
    assert problem.code == "SCHEMA_VALIDATION_FAILED"
    assert problem.location.startswith(f"/States/S/{field}")
    assert message in problem.message


GOOD = {
    "float seconds": wait(Seconds=5.0),
    "no wait": wait(Seconds=0),
    "any result": pass_(Result=None),
    "jsonata": jsonata(
        {
            "Type": "Task",
            "Resource": LAMBDA,
            "TimeoutSeconds": EXPRESSION,
            "Arguments": EXPRESSION,
        }
    ),
    "jsonata text": jsonata({"Type": "Pass", "Output": "$.not.a.path"}),
}


@pytest.mark.parametrize("definition", GOOD.values(), ids=GOOD)
def test_a_good_field_is_taken(definition):
    assert errors(definition) == []


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("2030-01-01T00:00:00Z", True),
        ("2030-01-01T00:00:00.123456789Z", True),
        ("2030-01-01T00:00:00+09:00", True),
        ("2030-02-30T00:00:00Z", False),
        ("2030-01-01T25:00:00Z", False),
        ("2030-01-01T00:00:00", False),
        ("2030-01-01", False),
        ("05-12-2016T21:29:29Z", False),
    ],
)
def test_timestamps(value, valid):
    assert is_timestamp(value) is valid


def test_warnings_are_not_errors():
    definition = pass_(Parameters={"a": "$.a"})
    assert errors(definition) == []
    assert [problem.code for problem in warnings(definition)] == ["NO_DOLLAR"]
