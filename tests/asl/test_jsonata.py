import random
from typing import Any

import pytest

from tests.asl.machines import LAMBDA, PASS, errors, jsonata, machine, text
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.model import Choice
from tobiishi.expr.bindings import Bindings, EvaluationError

TASK = {"Type": "Task", "Resource": LAMBDA}
RESULT, ERROR = "{% $states.result %}", "{% $states.errorOutput %}"


def caught(**fields: Any) -> dict[str, Any]:
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "E", **fields}
    return machine({"S": {**TASK, "Catch": [catcher], "End": True}, "E": PASS}, QueryLanguage="JSONata")


PROBLEMS = {
    "operand is missing": (jsonata({"Type": "Pass", "Output": "{% 1 + %}"}), "/Output", "INVALID", "Unexpected end"),
    "nothing": (jsonata({"Type": "Pass", "Output": "{% %}"}), "/Output", "INVALID", "Unexpected end of expression"),
    "deep in a template": (
        jsonata({"Type": "Pass", "Output": {"a": ["{% 1 %}", {"b": "{% ( %}"}]}}),
        "/Output/a[1]/b",
        "INVALID",
        "",
    ),
    "in an assignment": (jsonata({"Type": "Pass", "Assign": {"a": "{% ) %}"}}), "/Assign/a", "INVALID", ""),
    "in a number": (jsonata({"Type": "Wait", "Seconds": "{% $x( %}"}), "/Seconds", "INVALID", ""),
    "in an item": (
        jsonata({"Type": "Map", "Items": [1, "{% [ %}"], "ItemProcessor": machine({"I": PASS})}),
        "/Items[1]",
        "INVALID",
        "",
    ),
    "a bare name": (
        jsonata({"Type": "Pass", "Output": {"v": "{% phone %}"}}),
        "/Output/v",
        "UNSUPPORTED",
        "Reference to 'phone' at the top level is not supported.",
    ),
    "no result in arguments": (
        jsonata({**TASK, "Arguments": {"x": RESULT}}),
        "/Arguments/x",
        "UNSUPPORTED",
        "Field '$states.result' does not exist.",
    ),
    "no result in a catcher": (caught(Output=RESULT), "/Catch[0]/Output", "UNSUPPORTED", "'$states.result'"),
    "no error outside a catcher": (
        jsonata({**TASK, "Output": ERROR}),
        "/Output",
        "UNSUPPORTED",
        "Field '$states.errorOutput' does not exist.",
    ),
}


@pytest.mark.parametrize(("definition", "location", "code", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_an_expression_is_checked_where_it_stands(definition, location, code, message):
    [problem] = errors(definition)
    assert problem.location == f"/States/S{location}"
    assert problem.code == f"{code}_JSONATA_EXPRESSION"
    assert message in problem.message


def test_every_expression_of_a_state_has_a_location_of_its_own():
    rules = [{"Condition": "{% $states.input.x %}", "Next": "E", "Assign": {"a": "{% $b %}"}} for _ in range(2)]
    states = {"S": {"Type": "Choice", "Choices": rules, "Default": "E"}, "E": PASS}
    found = compile_definition(text(machine(states, QueryLanguage="JSONata"))).states["S"]
    assert isinstance(found, Choice)
    locations = [rule.assign.expressions[0].location for rule in found.rules]  # type: ignore[union-attr]
    assert locations == ["Choices[0]/Assign/a", "Choices[1]/Assign/a"]
    with pytest.raises(EvaluationError) as raised:
        found.rules[1].test(Bindings(input={"x": "no"}, variables={}, context=dict, entropy=random.Random, now=0.0))
    assert raised.value.location == "Choices[1]/Condition"


GOOD = {
    "result": jsonata({**TASK, "Output": RESULT, "Assign": {"r": RESULT}}),
    "result of a map": jsonata({"Type": "Map", "Output": RESULT, "ItemProcessor": machine({"I": PASS})}),
    "error": caught(Output=ERROR, Assign={"e": ERROR}),
    "not an expression": jsonata({"Type": "Pass", "Output": [" {% ( %}", "{% (", "( %}"]}),
    "context": jsonata({"Type": "Pass", "Output": "{% $states.context.Execution.Id & $states.input.x %}"}),
}


@pytest.mark.parametrize("definition", GOOD.values(), ids=GOOD)
def test_what_aws_takes_is_taken(definition):
    assert errors(definition) == []
