"""What expressions may take: of the loop's time, of the reader's, and of whoever reads their errors."""

import random
import re
import time
from contextlib import suppress
from typing import Any

import pytest

from tests.expr.sample import bound
from tobiishi.asl.validate import validate
from tobiishi.expr import jsonata
from tobiishi.expr.bindings import EvaluationError, OverBudget
from tobiishi.expr.jsonata import ON_THE_LOOP, JsonataSyntaxError
from tobiishi.expr.language import compile_expression
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError, shown
from tobiishi.expr.language.evaluation import Evaluation

INPUT: dict[str, Any] = {
    "numbers": list(range(40_000)),
    "floats": [number * 0.37 for number in range(15_000)],
    "strings": [f"s{number}" for number in range(20_000)],
    "object": {f"k{number}": number for number in range(15_000)},
    "objects": [{"a": number, "b": str(number), "c": [number]} for number in range(6_000)],
    "long": "x" * 250_000,
    "pair": ["y" * 120_000, "".join(["y"] * 120_000)],
    "alike": ["z" * 1_000 + str(number % 3) for number in range(200)],
    "astral": "\U0001f600" * 60_000,
}

HEAVY = [
    "$count([1..10000].[1..10000])",
    "($f := function($n) { $f($n + 1) }; $f(1))",
    "($f := function($n) { 1 + $f($n + 1) }; $f(1))",
    "[1..10000].$formatBase(1e308, 2)",
    "[1..10000].$round(1e308, -300)",
    "[1..10000].$formatInteger(1e308, 'Ww;o')",
    "[1..10000].$formatNumber(1e308, '#,##0.00')",
    "[1..10000].$toMillis('2018-01-01T00:00:00.000Z')",
    "[1..10000].$fromMillis($, '[Yw] [MNn] [Dwo] [FNn] [W]')",
    "[1..10000].$random($)",
    "$map([1..20000], $string)",
    "$map([1..20000], $substring('abc', ?))",
    "[1..20000].$match('abc', /b/)",
    "[1..5000].($states.input.pair[0] = $states.input.pair[1])",
    "[1..5000].($states.input.pair[0] < $states.input.pair[1])",
    "[1..5000].($states.input.pair[1] in $states.input.pair)",
    "[1..1000].$distinct($states.input.pair)",
    "[1..5000].$sort($states.input.alike)",
    "[1..5000].($states.input.alike^($))",
    "($p := $states.input.pair; [1..20000].($p[$ % 2])^($))",
    "$sort($states.input.numbers, function($a, $b) { true })",
    "$states.input.objects^(b, >a)",
    "$states.input.objects@$x.$states.input.objects@$y[$x.a = $y.a]",
    "$states.input.objects.a.%.b",
    "$states.input.objects.c.%.%.long",
    "$states.input.objects{b: $sum(a)}",
    "$states.input ~> |**|{'q': 1}|",
    "$count($states.input.**.**)",
    "$string($states.input)",
    "$string($states.input, true)",
    "[1..1000].$string($states.input.floats)",
    "[1..1000].$uppercase($states.input.long)",
    "[1..1000].($states.input.long & '')",
    "[1..1000].$hash($states.input.astral, 'SHA-512')",
    "[1..1000].$contains($states.input.long, /(x+x+)+y/)",
    "[1..1000].$match($states.input.long, /([xy]{500}y|x)/)",
    "$match($states.input.long, /(x)(x)(x)(x)/)",
    "$replace($states.input.long, /x/, function($m) { $m.match })",
    "$replace($states.input.long, 'x', $states.input.long)",
    "$partition($states.input.numbers, 1)",
    "[1..1000].$sum($states.input.numbers)",
    "[1..100].$merge([$states.input.object])",
    "[1..100].$zip($states.input.numbers, $states.input.numbers)",
    "$spread($states.input.object)",
    "$states.input.numbers[$ in $states.input.numbers]",
    "[[1..20000]][[1..20000]]",
    "$reduce([1..60], function($a, $b) { $a & $a }, 'tea')",
    "($x := $reduce([1..60], function($a, $b) { [[$a], [$a]] }, 1); $x = $x)",
    "$string($reduce([1..60], function($a, $b) { [[$a], [$a]] }, 1))",
    "($x := $reduce([1..60], function($a, $b) { {'l': $a, 'r': $a} }, 1); $x ~> |**|{'z': 1}|)",
    "-$reduce([1..60], function($a, $b) { [[$a], [$a]] }, 1)",
    "[1..1000].{'a': $states.input}",
    "[1..1000].$string($states.input.long)",
    "$fromMillis(1, $pad('', 100000, '[Y]'))",
    "$toMillis($states.input.long, $pad('', 2900, '[Y]'))",
    "$parseInteger($pad('', 100000, 'one hundred '), 'w')",
    "$formatNumber(1e-308, $pad('', 20000, '0') & 'e0')",
    "$formatInteger(1e9, 'I')",
    "$pad('x', 2000000000)",
    "$range(1, 1e300, 1)",
]


@pytest.mark.parametrize("text", HEAVY)
def test_no_expression_holds_up_the_loop(text: str) -> None:
    """Some 10 ms on a quiet machine: the limit here is for busy ones, and for what is not paid for at all."""
    expression = jsonata.compile(text, "Output")

    def seconds() -> float:
        started = time.thread_time()
        with suppress(EvaluationError, OverBudget):
            expression.evaluate(bound(INPUT))
        return time.thread_time() - started

    assert min(seconds() for _ in range(3)) < 0.08


def test_the_expressions_of_a_step_have_one_budget() -> None:
    template = jsonata.jsonata_template({f"k{number}": "{% $sum([1..10000]) %}" for number in range(20)}, "Output")
    answers: dict[str, Any] = {}
    for number in range(1, 20):
        with pytest.raises(OverBudget) as caught:
            template.evaluate(bound(answers=answers))
        assert caught.value.location == f"Output/k{number}", "there is room for one each time"
        answers[caught.value.location] = 50_005_000
    assert set(template.evaluate(bound(answers=answers)).values()) == {50_005_000}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("+".join(["1"] * 10_001), "The expression has more than 20000 tokens"),
        ("a." * 4_000 + ".".join("%" * 3_999), "The expression looks for too many parents"),
        ("a." * 400 + ".".join("%" * 399), "The expression looks for too many parents"),
        ("[" * 5_000, "The expression is nested too deeply"),
        ("[" * 100 + "1" + "]" * 100, "The expression is nested too deeply"),
        ("function($x){" * 100 + "1" + "}" * 100, "The expression is nested too deeply"),
        ('{"a":' * 100 + "1" + "}" * 100, "The expression is nested too deeply"),
        ("-" * 5_000 + "1", "The expression is nested too deeply"),
        ("$f" + "()" * 5_000, "The expression is nested too deeply"),
        ("$a := " * 5_000 + "1", "The expression is nested too deeply"),
        ("[" + ", ".join(rf"/[\p{{L}}]{{90}}{number}/" for number in range(100)) + "]", "too large"),
        ("/(?=a)" + "a?" * 1_000 + "/", "too long"),
        ("/(((((a{100}){100}){100}){100}){100}/", "Not a regular expression"),
    ],
)
def test_what_is_too_large_is_refused_soon(text: str, message: str) -> None:
    started = time.thread_time()
    with pytest.raises(JsonataSyntaxError, match=re.escape(message)):
        jsonata.compile(text)
    assert time.thread_time() - started < 2


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 9_990),
        "a" + "[b]" * 6_000,
        "+".join(["a"] * 9_990),
        '{"a":' * 70 + "1" + "}" * 70,
        "a{b:" * 70 + "1" + "}" * 70,
        "(" * 70 + "$x := 1" + ")" * 70,
        "function($x){" * 70 + "1" + "}" * 70,
        "'" + "x" * 900_000 + "'",
        " " * 900_000 + "1",
        "/**/" * 200_000 + "1",
    ],
)
def test_large_and_deep_expressions_compile_in_linear_time(text: str) -> None:
    started = time.thread_time()
    compile_expression(text)
    assert time.thread_time() - started < 4


def test_the_expressions_of_a_definition_are_bounded_together() -> None:
    numbers = "{% [" + ", ".join(["1"] * 9_000) + "] %}"
    states = {
        f"S{number}": {"Type": "Pass", "Output": {"a": numbers, "b": numbers}, "End": True} for number in range(12)
    }
    definition = {"StartAt": "S0", "QueryLanguage": "JSONata", "States": states}
    problems = validate(definition)
    told = [
        problem for problem in problems if problem.message == "The JSONata expressions of the definition are too large"
    ]
    assert 1 <= len(told) <= 12
    assert told[0].location.startswith("/States/S")


def test_messages_show_values_of_any_size_in_short() -> None:
    doubled: Any = []
    for _ in range(60):
        doubled = [[doubled], [doubled]]
    assert len(shown(doubled)) < 1_100
    assert len(shown("x" * 1_000_000)) < 1_100
    assert shown({"a": [1, "\u00e9"]}) == '{"a": [1, "\u00e9"]}'
    assert shown(object()) == "null"


def test_a_transform_changes_nothing_but_its_copy() -> None:
    data = {"a": {"n": 1}, "b": {"n": 2}}
    evaluation = Evaluation(0, random.Random, ON_THE_LOOP)
    program = compile_expression("a ~> |$v|{'n': 3}, 'n'|")
    assert program.evaluate(data, {"v": data["b"]}, evaluation) == {"n": 1}
    assert data == {"a": {"n": 1}, "b": {"n": 2}}


@pytest.mark.parametrize(
    "text", ["items ~> |$|{'self': $}|", "($x := [1, 2]; $x[10000000000000000000000000])", "[1][$huge]"]
)
def test_odd_values_do_no_harm(text: str) -> None:
    evaluation = Evaluation(0, random.Random, ON_THE_LOOP)
    with suppress(JsonataError, BudgetSpentError):
        jsonata.evaluated(compile_expression(text), {"huge": -(10**400)}, evaluation, 10_000, {"items": {}})
