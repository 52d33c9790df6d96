import json
from typing import Any

import pytest

from tests.asl.machines import PASS, errors, machine, task, text, warnings
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.model import Retrier

ALL = ["States.ALL"]


def catching(*catchers: dict[str, Any]) -> dict[str, Any]:
    listed = [{"Next": "E", **catcher} for catcher in catchers]
    resource = "arn:aws:states:::lambda:invoke"
    return machine({"S": {"Type": "Task", "Resource": resource, "Catch": listed, "End": True}, "E": PASS})


PROBLEMS = {
    "retry is an object": (task(Retry={}), "/Retry", "[ARRAY]"),
    "retrier is text": (task(Retry=["x"]), "/Retry[0]", "[OBJECT]"),
    "nothing to retry": (task(Retry=[{}]), "/Retry[0]", "[ErrorEquals]"),
    "empty names": (task(Retry=[{"ErrorEquals": []}]), "/Retry[0]/ErrorEquals", "non-empty array"),
    "names are numbers": (task(Retry=[{"ErrorEquals": [1]}]), "/Retry[0]/ErrorEquals", "error names"),
    "all is not alone": (task(Retry=[{"ErrorEquals": ["A", *ALL]}]), "/Retry[0]/ErrorEquals", "must appear alone"),
    "all is not last": (
        task(Retry=[{"ErrorEquals": ALL}, {"ErrorEquals": ["A"]}]),
        "/Retry[0]/ErrorEquals",
        "must be in the last entry",
    ),
    "unknown field": (task(Retry=[{"ErrorEquals": ALL, "Backoff": 1}]), "/Retry[0]", "'Backoff'"),
    "interval": (
        task(Retry=[{"ErrorEquals": ALL, "IntervalSeconds": 0}]),
        "/Retry[0]/IntervalSeconds",
        "Minimum value is 1",
    ),
    "attempts": (task(Retry=[{"ErrorEquals": ALL, "MaxAttempts": -1}]), "/Retry[0]/MaxAttempts", "Minimum value is 0"),
    "rate": (task(Retry=[{"ErrorEquals": ALL, "BackoffRate": 0.9}]), "/Retry[0]/BackoffRate", "Minimum value is 1.0"),
    "delay": (task(Retry=[{"ErrorEquals": ALL, "MaxDelaySeconds": 31_622_401}]), "/Retry[0]/MaxDelaySeconds", ""),
    "delay below interval": (
        task(Retry=[{"ErrorEquals": ALL, "IntervalSeconds": 5, "MaxDelaySeconds": 5}]),
        "/Retry[0]/MaxDelaySeconds",
        "greater than IntervalSeconds",
    ),
    "jitter": (
        task(Retry=[{"ErrorEquals": ALL, "JitterStrategy": "SOME"}]),
        "/Retry[0]/JitterStrategy",
        "[FULL, NONE]",
    ),
    "catch without next": (task(Catch=[{"ErrorEquals": ALL}]), "/Catch[0]", "[Next]"),
    "catch to a number": (task(Catch=[{"ErrorEquals": ALL, "Next": 1}]), "/Catch[0]/Next", "[STRING]"),
    "catch's result path": (catching({"ErrorEquals": ALL, "ResultPath": "x"}), "/Catch[0]/ResultPath", ""),
    "catch all is not last": (
        catching({"ErrorEquals": ALL}, {"ErrorEquals": ["A"]}),
        "/Catch[0]/ErrorEquals",
        "must be in the last entry",
    ),
    "jsonata output in jsonpath": (catching({"ErrorEquals": ALL, "Output": 1}), "/Catch[0]", "'Output'"),
}


@pytest.mark.parametrize(("definition", "location", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_retry_and_catch_are_checked(definition, location, message):
    [problem] = errors(definition)
    assert problem.location == f"/States/S{location}"
    assert message in problem.message


def test_a_misspelt_error_of_awss_own_is_warned_of():
    [problem] = warnings(task(Retry=[{"ErrorEquals": ["States.TimeOut", "States.Http.StatusCode.503", "Mine"]}]))
    assert "'States.TimeOut'" in problem.message


def test_retriers_have_awss_defaults():
    [retrier] = compile_definition(text(task(Retry=[{"ErrorEquals": ["A", "B"]}]))).states["S"].retry
    assert retrier == Retrier(("A", "B"), 1, 3, 2.0, None, full_jitter=False)


def test_retriers_keep_what_is_written():
    written = {
        "ErrorEquals": ["A"],
        "IntervalSeconds": 2,
        "MaxAttempts": 0,
        "BackoffRate": 1,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
        "Comment": "slowly",
    }
    [retrier] = compile_definition(json.dumps(task(Retry=[written]))).states["S"].retry
    assert retrier == Retrier(("A",), 2, 0, 1, 60, full_jitter=True)


def test_catchers_keep_what_is_written():
    definition = catching(
        {"ErrorEquals": ["A"], "ResultPath": "$.error", "Assign": {"e.$": "$.Error"}}, {"ErrorEquals": ALL}
    )
    first, last = compile_definition(text(definition)).states["S"].catch
    assert (first.error_equals, first.next, first.output) == (("A",), "E", None)
    assert first.result_path is not None
    assert first.result_path.insert({"a": 1}, "x") == {"a": 1, "error": "x"}
    assert first.assign is not None
    assert last.result_path is None
