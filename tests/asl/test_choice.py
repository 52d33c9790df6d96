import random
from typing import Any

import pytest

from tests.asl.machines import PASS, choice, errors, machine, text
from tobiishi.asl.compile import compile_definition
from tobiishi.expr.bindings import Bindings

IS_ONE = {"Variable": "$.x", "NumericEquals": 1}
IS_TWO = {"Variable": "$.x", "NumericEquals": 2}


def conditions(*rules: dict[str, Any]) -> dict[str, Any]:
    states = {"S": {"Type": "Choice", "Choices": [{"Next": "E", **rule} for rule in rules], "Default": "E"}, "E": PASS}
    return machine({**states, "E": {"Type": "Succeed"}}, QueryLanguage="JSONata")


def no_next(rule: Any) -> dict[str, Any]:
    return machine({"S": {"Type": "Choice", "Choices": [rule], "Default": "E"}, "E": {"Type": "Succeed"}})


PROBLEMS = {
    "no rules": (machine({"S": {"Type": "Choice", "Choices": [], "Default": "E"}, "E": PASS}), "/Choices", "non-empty"),
    "rule is text": (no_next("x"), "/Choices[0]", "[OBJECT]"),
    "no next": (no_next(IS_ONE), "/Choices[0]", "These fields are required: [Next]"),
    "no operator": (choice({"Variable": "$.x"}), "/Choices[0]", "must have exactly one operator"),
    "two operators": (choice({**IS_ONE, "IsNull": True}), "/Choices[0]", "found 2: NumericEquals, IsNull"),
    "unknown operator": (
        choice({"Variable": "$.x", "IsNull": True, "NumberEquals": 1}),
        "/Choices[0]",
        "'NumberEquals'",
    ),
    "no variable": (choice({"IsNull": True}), "/Choices[0]", "These fields are required: [Variable]"),
    "variable": (choice({"Variable": "x", "IsNull": True}), "/Choices[0]/Variable", ""),
    "variable is a number": (choice({"Variable": 1, "IsNull": True}), "/Choices[0]/Variable", "[STRING]"),
    "operand": (choice({"Variable": "$.x", "NumericEquals": "1"}), "/Choices[0]/NumericEquals", "[NUMBER]"),
    "operand is a boolean": (
        choice({"Variable": "$.x", "NumericEquals": True}),
        "/Choices[0]/NumericEquals",
        "[NUMBER]",
    ),
    "text": (choice({"Variable": "$.x", "StringEquals": 1}), "/Choices[0]/StringEquals", "[STRING]"),
    "boolean": (choice({"Variable": "$.x", "IsPresent": "true"}), "/Choices[0]/IsPresent", "[BOOLEAN]"),
    "time": (choice({"Variable": "$.x", "TimestampEquals": "now"}), "/Choices[0]/TimestampEquals", "RFC3339"),
    "operand's path": (
        choice({"Variable": "$.x", "StringEqualsPath": "y"}),
        "/Choices[0]/StringEqualsPath",
        "JSONPath",
    ),
    "and of nothing": (choice({"And": []}), "/Choices[0]/And", "non-empty"),
    "and of text": (choice({"And": ["x"]}), "/Choices[0]/And[0]", "[OBJECT]"),
    "next inside": (choice({"And": [{**IS_ONE, "Next": "E"}]}), "/Choices[0]/And[0]", "'Next' is not supported"),
    "not of a list": (choice({"Not": [IS_ONE]}), "/Choices[0]/Not", "[OBJECT]"),
    "deep": (
        choice({"Or": [IS_ONE, {"Not": {"Variable": "$.x", "IsNull": 1}}]}),
        "/Choices[0]/Or[1]/Not/IsNull",
        "[BOOLEAN]",
    ),
    "variable beside and": (choice({"And": [IS_ONE], "Variable": "$.x"}), "/Choices[0]", "beside 'And'"),
    "condition in jsonpath": (choice({**IS_ONE, "Condition": "{% true %}"}), "/Choices[0]", "'Condition'"),
    "no condition": (conditions({}), "/Choices[0]", "[Condition]"),
    "condition is text": (conditions({"Condition": "yes"}), "/Choices[0]/Condition", "[BOOLEAN]"),
    "comparison in jsonata": (conditions({"Condition": True, "IsNull": True}), "/Choices[0]", "'IsNull'"),
    "default is a number": (choice(IS_ONE, Default=1), "/Default", "[STRING]"),
}


@pytest.mark.parametrize(("definition", "location", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_choice_rules_are_checked(definition, location, message):
    found = [problem for problem in errors(definition) if "reachable" not in problem.message]
    assert [problem.location for problem in found] == [f"/States/S{location}"]
    assert message in found[0].message


def decide(value: Any, *rules: dict[str, Any]) -> Any:
    rule = compile_definition(text(choice(*rules))).states["S"].rules[0]  # type: ignore[attr-defined]
    bindings = Bindings(input={"x": value}, variables={}, context=dict, entropy=random.Random, now=0.0)
    return rule.test(bindings)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (IS_ONE, 1, True),
        (IS_ONE, 2, False),
        ({"Not": IS_ONE}, 2, True),
        ({"And": [IS_ONE, IS_TWO]}, 1, False),
        ({"And": [IS_ONE, {"Not": IS_TWO}]}, 1, True),
        ({"Or": [IS_ONE, IS_TWO]}, 2, True),
        ({"Or": [IS_ONE, IS_TWO]}, 3, False),
        ({"Comment": "with words", **IS_ONE}, 1, True),
    ],
)
def test_rules_decide(rule, value, expected):
    assert decide(value, rule) is expected


def test_conditions_decide():
    definition = compile_definition(text(conditions({"Condition": "{% $states.input.x > 1 %}"}, {"Condition": True})))
    first, second = definition.states["S"].rules  # type: ignore[attr-defined]
    bindings = Bindings(input={"x": 2}, variables={}, context=dict, entropy=random.Random, now=0.0)
    assert first.test(bindings) is True
    assert second.test(bindings) is True
    assert first.next == "E"


def test_the_last_rules_of_a_deep_condition_are_reached():
    rule: dict[str, Any] = {"Variable": "$.x", "IsNull": "deep"}
    for _ in range(100):
        rule = {"Not": rule}
    [problem] = errors(choice(rule))
    assert problem.location.endswith("/Not/IsNull")
