"""Whatever is handed in as a definition: every problem in its place, in bounded time, and never a crash."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tobiishi.asl.compile import compile_definition
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.validate import validate
from tobiishi.problem import Problem

PASS = {"Type": "Pass", "End": True}


def machine(states: dict[str, Any], **top: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states, **top})


def nested(levels: int) -> str:
    """Return a Parallel inside a Parallel, that deep."""
    inner = '{"StartAt":"P0","States":{"P0":{"Type":"Pass","End":true}}}'
    for level in range(1, levels + 1):
        state = f'{{"Type":"Parallel","Branches":[{inner}],"End":true}}'
        inner = f'{{"StartAt":"P{level}","States":{{"P{level}":{state}}}}}'
    return inner


HOSTILE: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no JSON": lambda: "StartAt: [",
    "not an object": lambda: "[1, 2, 3]",
    "a number": lambda: "1",
    "null": lambda: "null",
    "an open brace": lambda: "{" * 10_000,
    "open brackets": lambda: "[" * 1_000_000,
    "nested 1,000 deep": lambda: nested(1_000),
    "a value nested 1,000 deep": lambda: machine({"P": {**PASS, "Result": json.loads("[" * 250 + "]" * 250)}}).replace(
        "[" * 200, "[" * 1_000
    ),
    "over 1 MB": lambda: machine({"P": {**PASS, "Comment": "x" * 1_048_576}}),
    "NaN": lambda: '{"StartAt":"P","States":{"P":{"Type":"Pass","Result":NaN,"End":true}}}',
    "a lone surrogate": lambda: '{"StartAt":"\\ud800","States":{"\\ud800":{"Type":"Pass","End":true}}}',
    "a NUL": lambda: '{"StartAt":"P\x00","States":{}}',
    "unknown fields": lambda: machine({"P": {**PASS, "Color": "red", "Nxet": "Q"}}, Extra=1),
    "a dangling Next": lambda: machine({"P": {"Type": "Pass", "Next": "Nowhere"}}),
    "a state nobody reaches": lambda: machine({"P": PASS, "Q": PASS}),
    "states that are no object": lambda: '{"StartAt":"P","States":[]}',
    "a state that is no object": lambda: '{"StartAt":"P","States":{"P":7}}',
    "a type that is no text": lambda: machine({"P": {"Type": {"a": 1}}}),
    "a million of timeouts": lambda: machine({"P": PASS}, TimeoutSeconds=10**30),
    "no end": lambda: machine({"P": {"Type": "Pass", "Next": "P"}}),
    "deep rules": lambda: machine(
        {
            "C": {"Type": "Choice", "Choices": [json.loads('{"Not":' * 200 + "{}" + "}" * 200)], "Default": "P"},
            "P": PASS,
        }
    ),
    "a path that never ends": lambda: machine({"P": {**PASS, "InputPath": "$" + "." * 50_000}}),
    "an intrinsic function nested 500 deep": lambda: machine(
        {"P": {**PASS, "Parameters": {"a.$": "States.Array(" * 500 + ")" * 500}}}
    ),
    "JSONata with 5,000 brackets": lambda: machine(
        {"P": {**PASS, "Output": "{% " + "(" * 5_000 + " %}"}}, QueryLanguage="JSONata"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_problems(name: str) -> None:
    text = HOSTILE[name]()
    problems = validate(text)
    errors = [problem for problem in problems if problem.severity == "ERROR"]
    assert errors, "refused"
    assert all(isinstance(problem, Problem) and problem.message and problem.code for problem in problems)
    with pytest.raises(InvalidDefinitionError):
        compile_definition(text)


def test_a_definition_just_under_1_mb_with_thousands_of_states_is_taken() -> None:
    states: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Comment": "c" * 50, "Next": f"S{n + 1}"} for n in range(9_000)}
    states["S9000"] = PASS
    text = machine(states)
    assert 900_000 < len(text) < 1_048_576
    assert validate(text) == []


def test_five_mistakes_are_named_with_their_places() -> None:
    text = machine(
        {
            "A": {"Type": "Pass", "Next": "Nowhere"},
            "B": {"Type": "Tsak", "End": True},
            "C": {"Type": "Wait", "Seconds": -1, "End": True},
            "D": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec3:describeInstances", "End": True},
            "E": {"Type": "Pass", "Parameters": {"x.$": "$.a["}, "End": True},
        }
    )
    places = {problem.location for problem in validate(text)}
    assert {
        "/States/A/Next",
        "/States/B/Type",
        "/States/C/Seconds",
        "/States/D/Resource",
        "/States/E/Parameters",
    } <= places
