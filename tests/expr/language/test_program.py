import contextlib
import copy
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.expr.language.grammar import expressions
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language import compile_expression
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation, Limits

DATA: dict[str, Any] = {
    "a": {"b": [1, 2, {"c": 3}], "price": 5},
    "b": [{"a": 1, "price": 2.5}, {"a": 2, "price": 10}, {"a": 2}],
    "items": [[1, 2], [3], []],
    "two words": "x",
    "one": [7],
    "none": None,
}


def value_of(text: str, data: Any = DATA, **variables: Any) -> Any:
    return compile_expression(text).evaluate(data, variables, Evaluation(0, lambda: random.Random(1)))


def error_of(text: str) -> JsonataError:
    with pytest.raises(JsonataError) as raised:
        value_of(text)
    return raised.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # paths
        ("a.b.c", 3),
        ("b.a", [1, 2, 2]),
        ("one", [7]),
        ("one[0]", 7),
        ("b[0].a", 1),
        ("b[-1].a", 2),
        ("b.a[0]", [1, 2, 2]),
        ("(b.a)[0]", 1),
        ("b[a = 2].price", 10),
        ("b[a = 2].price[]", [10]),
        ("b[[0, 1]].a", [1, 2]),
        ("items", [[1, 2], [3], []]),
        ("items.$", [1, 2, 3]),
        ("b.[a]", [[1], [2], [2]]),
        ("b.{'k': a}", [{"k": 1}, {"k": 2}, {"k": 2}]),
        ("a.*.c", 3),
        ("**.c", 3),
        ("none", None),
        ("gone", MISSING),
        ("none.gone", MISSING),
        ("`two words`", "x"),
        # names that come with items
        ("b#$i.($i & ':' & a)", ["0:1", "1:2", "2:2"]),
        ("b@$x.one@$y[$y = 7].$x.a", [1, 2, 2]),
        ("b.a.%.price", [2.5, 10]),
        ("b.price[%.a = 2]", 10),
        # order and groups
        ("b^(>a, price).price", [10, 2.5]),
        ("b^(price).a", [1, 2, 2]),
        ("b{$string(a): $count($)}", {"1": 1, "2": 2}),
        ("{'x': gone, 'y': 1}", {"y": 1}),
        # operators
        ("1 + 2 * 3 - 4 / 2", 5),
        ("7 % 4 & ''", "3"),
        ("0.1 + 0.2 > 0.3", True),
        ("gone + 1", MISSING),
        ("gone = gone", False),
        ("[1, [2]] = [1, [2]]", True),
        ("1 = true", False),
        ("1 in [1, 2] and not_there or 'a' in 'a'", True),
        ("gone ?: 'else'", "else"),
        ("0 ?? 'else'", 0),
        ("gone ?? 'else'", "else"),
        ("[3..5, 1..0]", [3, 4, 5]),
        ("a.price > 3 ? 'much'", "much"),
        # functions
        ("($f := function($x, $y){$x & $y}; $f('a'))", "a"),
        ("($add := function($x, $y){$x + $y}; $add(?, 2)(1))", 3),
        ("($both := $uppercase ~> $length; $both('abc'))", 3),
        ("'abc' ~> $uppercase ~> $substring(1)", "BC"),
        ("($f := function($n){$n < 1 ? 'done' : $f($n - 1)}; $f(20000))", "done"),
        ("($x := 1; ($x := 2); $x)", 1),
        ("($x := 1; $f := function(){$x}; $x := 2; $f())", 2),
        ("$map([1, 2], function($v, $i, $a){$v + $i + $count($a)})", [3, 5]),
        ("a ~> |$|{'price': 6}, 'b'|", {"price": 6}),
        ("$v.x", 1),
    ],
)
def test_values(text, expected):
    assert value_of(text, v={"x": 1}) == expected


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("1 + 'a'", "T2002", 2),
        ("'a' * 1", "T2001", 4),
        ("1 < 'a'", "T2009", 2),
        ("null < 1", "T2010", 5),
        ("-'a'", "D1002", 0),
        ("[1.5..2]", "T2003", 4),
        ("[0..'a']", "T2004", 2),
        ("[1..10000001]", "D2014", 2),
        ("1 ~> 2", "T2006", 2),
        ("b^($ = 1)", "T2008", 1),
        ("[1, 'a'].{'v': $}^(v)", "T2007", 17),
        ("{1: 2}", "T1003", 1),
        ("{'a': 1, 'a': 2}", "D1009", 9),
        ("sum(1)", "T1005", 3),
        ("$gone(1)", "T1006", 5),
        ("sum(?)", "T1007", 3),
        ("$gone(?)", "T1008", 5),
        ("$abs('a')", "T0410", 4),
        ("a ~> |$|1|", "T2011", 5),
        ("a ~> |$|{}, 1|", "T2012", 5),
    ],
)
def test_errors(text, code, position):
    error = error_of(text)
    assert (error.code, error.position) == (code, position)


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("($f := function($x){$f($x)}; $f(1))", "steps"),
        ("($f := function($x){1 + $f($x)}; $f(1))", "depth"),
        ("$count([1..10000].[1..10000])", "steps"),
        ("$map([1..100000], function($v){$v})", "steps"),
        ("[1..100000]", "memory"),
        ("$pad('', 100000)", "memory"),
        ("($f := function($x){$map([1], $f)}; $f(1))", "depth"),
        ("[1..9000][[1..9000][$ = 5]]", "steps"),
    ],
)
def test_budgets_are_kept(text, resource):
    limits = Limits(steps=50_000, depth=90, items=20_000, characters=20_000)
    with pytest.raises(BudgetSpentError) as raised:
        compile_expression(text).evaluate(MISSING, {}, Evaluation(0, random.Random, limits))
    assert raised.value.resource in {resource, "memory"}


def test_free_variables():
    program = compile_expression("($x := $y; $sum($z) + $x; function($p){$p + $q}; a@$w#$i.$w)")
    assert program.free_variables() == {"y", "z", "q"}


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions)
def test_no_expression_does_harm(text):
    """Whatever it is, it ends with a value or an error of ours, within its budget; its input is as before."""
    data = copy.deepcopy(DATA)
    evaluation = Evaluation(0, lambda: random.Random(1), Limits(steps=20_000, depth=90, items=5_000, characters=5_000))
    with contextlib.suppress(JsonataError, BudgetSpentError):
        compile_expression(text).evaluate(data, {"states": {"input": data}}, evaluation)
    assert data == DATA
    assert evaluation.steps < 200_000
