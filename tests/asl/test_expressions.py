from typing import Any

import pytest

from tests.asl.machines import LAMBDA, errors, jsonata, map_state, single, task

EXPRESSION = "{% $states.input.x %}"


def pass_(**fields: Any) -> dict[str, Any]:
    return single({"Type": "Pass", **fields})


def wait(**fields: Any) -> dict[str, Any]:
    return single({"Type": "Wait", **fields})


def fail(**fields: Any) -> dict[str, Any]:
    return single({"Type": "Fail", **fields})


PROBLEMS = {
    "seconds path": (wait(SecondsPath="seconds"), "SecondsPath", ""),
    "seconds path selects many": (wait(SecondsPath="$.a[*]"), "SecondsPath", "reference path"),
    "input path": (pass_(InputPath="input"), "InputPath", ""),
    "input path is a number": (pass_(InputPath=1), "InputPath", "[STRING]"),
    "output path": (pass_(OutputPath="$.a["), "OutputPath", ""),
    "result path of the context": (pass_(ResultPath="$$.x"), "ResultPath", "reference path"),
    "result path selects many": (pass_(ResultPath="$.a[*]"), "ResultPath", "reference path"),
    "result path is a number": (pass_(ResultPath=1), "ResultPath", "[STRING]"),
    "intrinsic": (pass_(Parameters={"a.$": "States.Nope()"}), "Parameters", "'a.$' must be a valid JSONPath"),
    "template, deep": (
        pass_(Parameters={"list": [{"a.$": "plain"}]}),
        "Parameters/list[0]",
        "'a.$' must be a valid JSONPath or a valid intrinsic function call",
    ),
    "parameters are text": (pass_(Parameters="$"), "Parameters", "[OBJECT]"),
    "result selector is a list": (task(ResultSelector=[]), "ResultSelector", "[OBJECT]"),
    "error path": (fail(ErrorPath="error"), "ErrorPath", ""),
    "cause path is a number": (fail(CausePath=5), "CausePath", "[STRING]"),
    "credentials": (task(Credentials={}), "Credentials", "The field 'RoleArn' is required but was missing"),
    "credentials are text": (task(Credentials="role"), "Credentials", "[OBJECT]"),
    "assign is a list": (pass_(Assign=[]), "Assign", "[OBJECT]"),
    "variable name": (pass_(Assign={"a-b": 1}), "Assign", "'a-b' is not a valid identifier"),
    "variable name from a path": (pass_(Assign={"1.$": "$"}), "Assign", "'1' is not a valid identifier"),
    "variable is reserved": (pass_(Assign={"states": 1}), "Assign", "'states' is reserved"),
    "variable name is long": (pass_(Assign={"x" * 81: 1}), "Assign", "longer than 80 characters"),
    "items path": (map_state(ItemsPath="$.a[0:2]"), "ItemsPath", "reference path"),
    "item selector": (map_state(ItemSelector="$.a"), "ItemSelector", "[OBJECT]"),
}


@pytest.mark.parametrize(("definition", "field", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_evaluated_is_checked(definition, field, message):
    [problem] = errors(definition)
    assert problem.code == "SCHEMA_VALIDATION_FAILED"
    assert problem.location == f"/States/S/{field}"
    assert message in problem.message


GOOD = {
    "paths": pass_(InputPath="$.a", OutputPath="$$.Execution.Input", ResultPath="$.b[0].c"),
    "nulls": pass_(InputPath=None, OutputPath=None, ResultPath=None),
    "variable paths": pass_(InputPath="$a", OutputPath="$a.b"),
    "error paths": fail(ErrorPath="$.e", CausePath="States.Format('{}', $.c)"),
    "credentials": task(Credentials={"RoleArn.$": "$.role"}),
    "assign": pass_(Assign={"naïve_1": 1, "x.$": "$.x"}),
    "jsonata credentials": jsonata({"Type": "Task", "Resource": LAMBDA, "Credentials": {"RoleArn": EXPRESSION}}),
}


@pytest.mark.parametrize("definition", GOOD.values(), ids=GOOD)
def test_a_good_expression_is_taken(definition):
    assert errors(definition) == []
