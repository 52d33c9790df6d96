import copy
import time
from typing import Any

import pytest
from hypothesis import given

from tests.expr import sample
from tests.expr.sample import bound
from tests.expr.test_jsonpath import JSON
from tobiishi.expr import jsonata
from tobiishi.expr.bindings import MISSING, Constant, EvaluationError, OverBudget
from tobiishi.expr.jsonata import JsonataExpression, JsonataTemplate, jsonata_template
from tobiishi.expr.template import TemplateError

ENDLESS = "($f := function($x) { $f($x + 1) }; $f(0))"


def value_of(text: str, data: Any = None, **given: Any) -> Any:
    return jsonata.compile(text, "Output").evaluate(bound(data, **given))


def error_of(template: Any, field: str = "Output", expects: Any = None, **given: Any) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        jsonata_template(template, field, expects).evaluate(bound(**given))
    assert caught.value.error == "States.QueryEvaluationError"
    return caught.value


def test_what_an_expression_sees():
    context = {"Execution": {"Name": "run"}}
    seen = {"result": {"r": 1}, "error_output": {"Error": "E"}, "variables": {"v": [1, 2]}, "context": context}
    assert value_of("$states.input.a & $states.result.r", {"a": "A"}, **seen) == "A1"
    assert value_of("$states.errorOutput.Error", **seen) == "E"
    assert value_of("$states.context.Execution.Name", **seen) == "run"
    assert value_of("$sum($v)", **seen) == 3
    assert value_of("$states", {"a": 1}, **seen) == {
        "input": {"a": 1},
        "result": {"r": 1},
        "errorOutput": {"Error": "E"},
        "context": context,
    }
    assert value_of("$keys($states)", {}) == ["input", "context"]


def test_a_template_evaluates_strings_that_are_expressions():
    template = {
        "number": "{% 1 + 1 %}",
        "tight": "{%'x'%}",
        "literal": "2 {% 1 %}",
        "spaced": " {% 1 %}",
        "path.$": "$.a",
        "list": [1, "{% $states.input %}", {"deep": "{% $states.input.a %}"}],
    }
    value = jsonata_template(template, "Output").evaluate(bound({"a": None}))
    assert value == {**template, "number": 2, "tight": "x", "list": [1, {"a": None}, {"deep": None}]}


@pytest.mark.parametrize("value", [1, None, "text", " {% 1 %} ", {"a": ["$x", {}]}])
def test_a_template_without_expressions_is_a_constant(value):
    assert isinstance(jsonata_template(value, "Output"), Constant)


def test_a_lone_expression_is_its_own_template():
    assert isinstance(jsonata_template("{% 1 %}", "Output"), JsonataExpression)
    template = jsonata_template({"a": "{% $x %}", "b": "{% $y.z & $states.input %}"}, "Output")
    assert isinstance(template, JsonataTemplate)
    assert template.variables == {"x", "y"}


@pytest.mark.parametrize(
    ("template", "location"),
    [
        ("{% $gone %}", "Output"),
        ({"a": {"b": "{% $gone %}"}}, "Output/a/b"),
        ({"a": [1, "{% $gone %}"]}, "Output/a[1]"),
        ([["{% $gone %}"]], "Output[0][0]"),
    ],
)
def test_nothing_is_an_error_at_its_location(template, location):
    error = error_of(template)
    assert error.location == location
    assert error.message == (
        f"The JSONata expression '$gone' specified for the field '{location}' returned nothing (undefined)."
    )


@pytest.mark.parametrize("text", ["$states.input.x", "$states.input.a.b.c", "$states.result", "$v.x", "[][0]", "()"])
def test_undefined_results(text):
    with pytest.raises(EvaluationError, match="returned nothing"):
        value_of(text, {"a": {"b": 1}}, variables={"v": {}})


@pytest.mark.parametrize(
    ("expects", "text", "found"),
    [
        ("array", "true", "'boolean' for value: true"),
        ("array", "null", "'null' for value: null"),
        ("array", "{'foo': 'bar'}", '\'object\' for value: {"foo":"bar"}'),
        ("number", "'1'", "'string' for value: \"1\""),
        ("boolean", "0", "'number' for value: 0"),
        ("string", "[1]", "'array' for value: [1]"),
        ("object", "1.5", "'number' for value: 1.5"),
    ],
)
def test_another_type_than_expected(expects, text, found):
    error = error_of(f"{{% {text} %}}", "Items", expects)
    what = f"returned an unexpected result type. Expected '{expects}', but was {found}"
    assert error.message == f"The JSONata expression '{text}' specified for the field 'Items' {what}"


def test_the_expected_type_is_that_of_the_whole_field():
    assert jsonata_template(["{% 1 %}"], "Items", "array").evaluate(bound()) == [1]
    assert jsonata_template("{% [1] %}", "Items", "array").evaluate(bound()) == [1]


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("1 + 'a'", 'T2002: The right side of the "+" operator must evaluate to a number'),
        ("$abs('x')", 'T0410: Argument 1 of function "abs" does not match function signature'),
        ("$sum(['a'])", 'T0412: Argument 1 of function "sum" must be an array of "numbers"'),
        ("$number('tea')", 'D3030: Unable to cast value to a number: "tea"'),
        ("$error('own words')", "D3137: own words"),
        ("$eval('1')", "T1006: Attempted to invoke a non-function"),
        ("2(3)", "T1006: Attempted to invoke a non-function"),
    ],
)  # fmt: skip
def test_failures_in_the_words_of_aws(text, tail):
    words = "specified for the field 'Output' threw an error during evaluation"
    assert error_of(f"{{% {text} %}}").message.endswith(f"{words}. {tail}")


@pytest.mark.parametrize("text", ["function($x){$x}", "$sum", "{'f': $sum}", "($r := /a/)", "$sum(?)"])
def test_functions_are_no_results(text):
    assert error_of(f"{{% {text} %}}").message.endswith("'Output' returned an unsupported result type.")


def test_syntax_errors_are_collected():
    template = {"a": "{% 1 + %}", "b": ["{% 'x %}", "{% 1 %}"], "c/d": "{% a[1,2) %}"}
    with pytest.raises(TemplateError) as caught:
        jsonata_template(template, "Output")
    assert [(problem.pointer, problem.message) for problem in caught.value.problems] == [
        ("/a", "Unexpected end of expression"),
        ("/b/0", "String literal must be terminated by a matching quote"),
        ("/c~1d", 'Expected "]", got ","'),
    ]


@pytest.mark.parametrize("text", ["", "$x :=", "/abc", "/", "{'a':}", "1 !", "/* open", "<", "(" * 3000])
def test_what_is_no_expression_has_a_code(text):
    with pytest.raises(jsonata.JsonataSyntaxError) as caught:
        jsonata.compile(text)
    assert caught.value.code.startswith("S0")
    assert str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.0", 1),
        ("6 / 4", 1.5),
        ("6 / 2", 3),
        ("[0.5 + 0.5, 1e3]", [1, 1000]),
        ("1e300", 1e300),
        ("1/0", "Infinity"),
        ("[-1/0]", ["-Infinity"]),
        ("null", None),
        ("[null, {'a': null}]", [None, {"a": None}]),
        ("[]", []),
        ("{}", {}),
        ("[1..3]", [1, 2, 3]),
        ("'\\uD83C\\uDF75'", "🍵"),
        ("'é' & 1", "é1"),
    ],
)
def test_results_are_plain_json(text, expected):
    value = value_of(text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("text", ["$states.input", "$v", "$states.input.a", "$states.input.list", "$states.input.n"])
def test_plain_paths_mean_what_the_library_says(text):
    data = {"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}], "n": None}
    quick = value_of(text, data, variables={"v": data})
    assert quick == value_of(f"({text})", data, variables={"v": data})


@given(JSON)
def test_a_value_passes_unchanged(value):
    assert value_of("$states.input.v", {"v": value}) == value
    assert value_of("$v", variables={"v": value}) == value


def test_paths_map_over_arrays():
    assert value_of("$states.input.list.x", {"list": [{"x": 1}, {"x": 2}]}) == [1, 2]
    assert value_of("$states.input.list.x", {"list": [{"x": 1}]}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "$states.input ~> |$|{'new': 1}|",
        "$states.input.empty{'k': 1}",
        "$append($states.input.list, 4)",
        "$sort($states.input.list, function($a, $b) { $a < $b })",
        "$merge([$states.input, {'list': 0}])",
        "$states.input{'all': $}",
        "[$states.input.none, $states.input.deep.none]",
    ],
)
def test_values_are_never_changed(text):
    data = {"list": [3, 1, 2], "empty": [], "none": None, "deep": {"none": None}}
    before = copy.deepcopy(data)
    value_of(text, data)
    assert data == before


@pytest.mark.parametrize(
    "text",
    [
        ENDLESS,
        "($f := function($x) { 1 + $f($x) }; $f(0))",
        "$count([1..10000].[1..10000])",
        "[1..9999999]",
        "$pad('', 100000000)",
        "$reduce([1..60], function($a, $b) { $a & $a }, 'tea')",
        "$string($reduce([1..60], function($a, $b) { {'a': $a, 'b': $a} }, 1))",
        "$reduce([1..60], function($a, $b) { [[$a], [$a]] }, 1)",
        "$join([1..9999].$pad('', 9999))",
        "$replace($pad('', 99999, 'a'), 'a', $pad('', 99999, 'b'))",
        "$formatInteger(1000000000000, 'I')",
        "$contains('aaaa', /(?=a)a+/)",
        "$distinct([1..9999].[[1..9]])",
    ],
)
def test_what_takes_too_long_is_asked_of_a_worker(text):
    with pytest.raises(OverBudget) as caught:
        value_of(text)
    assert (caught.value.location, caught.value.text, caught.value.environment) == ("Output", text, {})


def test_a_worker_gets_what_the_expression_names():
    text = f"[{ENDLESS}, $a, $states.input.x, $states.result]"
    with pytest.raises(OverBudget) as caught:
        value_of(text, {"x": 1}, variables={"a": [None], "b": 2}, result="R")
    assert caught.value.environment == {"a": [None], "states": {"input": {"x": 1}, "result": "R"}}


def test_the_answer_of_a_worker_takes_the_place_of_the_evaluation():
    template = jsonata_template({"a": f"{{% {ENDLESS} %}}", "b": "{% 1 %}"}, "Output")
    assert template.evaluate(bound(answers={"Output/a": [None]})) == {"a": [None], "b": 1}
    error = EvaluationError("States.QueryEvaluationError", "too long", "Output/a")
    with pytest.raises(EvaluationError, match="too long"):
        template.evaluate(bound(answers={"Output/a": error}))
    with pytest.raises(EvaluationError, match="returned nothing"):
        template.evaluate(bound(answers={"Output/a": MISSING}))


def test_an_answer_must_have_the_expected_type_too():
    template = jsonata_template(f"{{% {ENDLESS} %}}", "Items", "array")
    with pytest.raises(EvaluationError, match="Expected 'array', but was 'number'"):
        template.evaluate(bound(answers={"Items": 1}))


def test_a_template_that_repeats_its_input_is_bounded():
    template = jsonata_template(["{% $states.input %}"] * 100, "Output")
    with pytest.raises(EvaluationError) as caught:
        template.evaluate(bound("x" * 200_000))
    assert caught.value.error == "States.DataLimitExceeded"


def test_time_is_given():
    assert value_of("$millis()") == sample.NOW * 1000
    assert value_of("$now()") == "2026-03-14T00:39:00.000Z"
    assert value_of("$now('[Y]')") == "2026"


@pytest.mark.parametrize("text", ["1+" * 300_000 + "1", "[" + "1," * 20_000 + "1]", "/*" * 300_000, '"\\' * 300_000])
def test_an_expression_of_too_many_tokens_is_not_read(text):
    started = time.process_time()
    with pytest.raises(jsonata.JsonataSyntaxError):
        jsonata.compile(text)
    assert time.process_time() - started < 2


def test_a_long_text_is_one_token():
    assert value_of(f"'{'a ' * 100_000}'") == "a " * 100_000
