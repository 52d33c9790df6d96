import pytest

from tests.expr.sample import bound
from tobiishi.expr import jsonata
from tobiishi.expr.bindings import EvaluationError, OverBudget
from tobiishi.expr.jsonata_plain import is_plain
from tobiishi.expr.language.parser import parse

PLAIN = [
    "$states.input.a",
    "{'a': $states.input.a, 'b': [$v, 1 + 1]}",
    "$states.input.items[price > $v].{'id': sku, 'cost': price * 2}",
    "$map($v, function($x, $i) { {'x': $x.a, 'i': $i} })",
    "$filter($v, function($x) { $f($x) })",
    "$merge([$v, {'a': $string($v)}])",
    "$v ~> $sort",
    "$v ? 'a' : $v.b",
]
ODD = [
    "$sum",
    "{'f': $sum}",
    "[function($x) { $x }]",
    "($x := $v; $x)",
    "$v.{'all': $states.input}",
    "$map($v, function($x) { $states.input })",
    "$map($v, function($x, $i, $a) { $a })",
    "$map($v, $f)",
    "[1..10].$v",
    "'\\ud800'",
    "$v ~> |$|{}|",
    "**",
    "/a/",
]


@pytest.mark.parametrize("text", PLAIN)
def test_paths_objects_and_choices_are_plain(text):
    assert is_plain(parse(text))


@pytest.mark.parametrize("text", ODD)
def test_what_may_be_a_function_or_hold_a_thing_often_is_not(text):
    assert not is_plain(parse(text))


def test_plain_or_not_results_are_json():
    assert jsonata.compile("[{'x': 1/0}]").evaluate(bound()) == [{"x": "Infinity"}]
    assert jsonata.compile("['\\ud800']").evaluate(bound()) == ["?"]
    assert type(jsonata.compile("$states.input.a[]").evaluate(bound({"a": 1}))) is list
    with pytest.raises(EvaluationError, match="unsupported result type"):
        jsonata.compile("{'f': $sum}").evaluate(bound())
    with pytest.raises(OverBudget):
        jsonata.compile("[1..100].{'all': $states.input}").evaluate(bound("x" * 200_000))
