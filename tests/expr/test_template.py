from typing import Any

import pytest

from tests.expr.sample import bound
from tobiishi.expr.bindings import Constant, EvaluationError
from tobiishi.expr.intrinsics import Call
from tobiishi.expr.jsonpath import Path, PathSyntaxError
from tobiishi.expr.template import TemplateError, path_or_intrinsic, payload_template


def value_of(template: Any, data: Any = None, **given: Any) -> Any:
    return payload_template(template, "Parameters").evaluate(bound(data, **given))


def test_dynamic_fields_lose_their_ending():
    template = {
        "plain": "$.a",
        "path.$": "$.a",
        "call.$": "States.Format('<{}>', $.a)",
        "context.$": "$$.State.Name",
        "variable.$": "$v[0]",
        "nested": {"list": [1, {"all.$": "$.l[*]"}, ["x", {"deep.$": "$.a"}]]},
        ".$": "$.a",
    }
    value = value_of(template, {"a": "A", "l": [1, 2]}, context={"State": {"Name": "S"}}, variables={"v": [9]})
    assert value == {
        "plain": "$.a",
        "path": "A",
        "call": "<A>",
        "context": "S",
        "variable": 9,
        "nested": {"list": [1, {"all": [1, 2]}, ["x", {"deep": "A"}]]},
        "": "A",
    }
    assert list(value) == ["plain", "path", "call", "context", "variable", "nested", ""]


@pytest.mark.parametrize("value", [{}, [], None, 1, "$.a", {"a": ["$.b", {"c": "States.UUID()"}]}])
def test_a_template_with_nothing_dynamic_is_a_constant(value):
    template = payload_template(value, "Result")
    assert isinstance(template, Constant)
    assert template.value is value


def test_variables_are_collected():
    template = payload_template({"a.$": "$x.y", "b": [{"c.$": "States.Array($y, $.z, $$.w)"}]}, "Parameters")
    assert not isinstance(template, Constant)
    assert template.variables == {"x", "y"}


def test_a_missing_path_names_the_field():
    with pytest.raises(EvaluationError) as caught:
        value_of({"deep": {"to.$": "$.x"}}, {"a": 1})
    assert caught.value.error == "States.Runtime"
    expected = "The JSONPath '$.x' specified for the field 'to.$' could not be found in the input '{\"a\":1}'"
    assert caught.value.message == expected


def test_everything_wrong_is_reported_at_once():
    template = {"a.$": "no path", "b": [{"c/d.$": 1}, {"e.$": "States.Nope()"}], "f": 1, "f.$": "$.f", "ok.$": "$.x"}
    with pytest.raises(TemplateError) as caught:
        payload_template(template, "Parameters")
    words = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"
    assert [(problem.pointer, problem.message) for problem in caught.value.problems] == [
        ("/a.$", words.format("a.$")),
        ("/b/0/c~1d.$", words.format("c/d.$")),
        ("/b/1/e.$", words.format("e.$")),
        ("/f.$", "The field 'f.$' cannot be used together with 'f'"),
    ]
    assert "/b/0/c~1d.$" in str(caught.value)


def test_values_are_shared_not_copied():
    data = {"big": {"x": [1]}}
    assert value_of({"same.$": "$.big"}, data)["same"] is data["big"]


def test_a_template_that_repeats_its_input_is_bounded():
    template = {f"k{number}.$": "$" for number in range(100)}
    assert len(value_of(template, "x" * 100)) == 100
    with pytest.raises(EvaluationError) as caught:
        value_of(template, "x" * 200_000)
    assert caught.value.error == "States.DataLimitExceeded"


def test_path_or_intrinsic():
    assert isinstance(path_or_intrinsic("$.a", "InputPath"), Path)
    assert isinstance(path_or_intrinsic("States.UUID()", "CausePath"), Call)
    with pytest.raises(PathSyntaxError):
        path_or_intrinsic("a", "CausePath")
