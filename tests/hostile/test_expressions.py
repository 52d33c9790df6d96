"""Whatever a JSONata expression does, it ends within its limits, in AWS's words, while other executions go on."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.engine.conftest import Bench
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.engine.engine import Engine
from tobiishi.engine.queries import Outcome
from tobiishi.store.memory import MemoryStore

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
INPUT = {
    "long": "x" * 60_000,
    "objects": [{"a": number, "b": str(number), "c": [number]} for number in range(2_500)],
}

TIMEOUT = "Expression evaluation timeout: Check for infinite loop"
MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
STACK = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"

ENDLESS = {
    "tail recursion": "($f := function($n) {$f($n + 1)}; $f(1))",
    "mutual recursion": "($f := function($n) {$g($n)}; $g := function($n) {$f($n)}; $f(1))",
    "recursion without names": "($y := function($f) {$f($f)}; $y($y))",
    "a regular expression that looks ahead": "$contains($pad('!', -60, 'a'), /^(?=a)(a+)+$/)",
    "a regular expression, over and over": "[1..100000].$contains($states.input.long, /(x+x+)+y/)",
    "a sort by chance": "$sort([1..200000], function($a, $b) {$random() < 0.5})",
    "a sort by nothing": "$sort([1..500000], function($a, $b) {$a})",
    "groups": "[1..800000]{$string($): $sum($)}",
    "an order of texts": "[1..300000]^(>$string($), $)",
    "everything beside everything": "$states.input.objects@$x.$states.input.objects@$y[$x.a = $y.a]",
    "parents": "$states.input.objects.c.%.%.objects.c.%.%.long",
    "the text of doubled arrays": "$string($reduce([1..60], function($a, $b) {[[$a], [$a]]}, 1))",
    "a comparison of doubled arrays": "($x := $reduce([1..60], function($a, $b) {[[$a], [$a]]}, 1); $x = $x)",
    "descendants of doubled objects": "$reduce([1..60], function($a, $b) {{'l': $a, 'r': $a}}, 1).**",
    "a change in doubled objects": "$reduce([1..60], function($a, $b) {{'l': $a, 'r': $a}}, 1) ~> |**|{'z': 1}|",
    "words for numbers": "[1..100000].$formatInteger(1e308, 'w')",
    "a picture of a million years": "$fromMillis(1, $pad('', 3000000, '[Y]'))",
    "functions within functions": (
        "$map([1..1000], function($x) {$map([1..1000], function($y) {$map([1..1000], function($z) {1})})})"
    ),
}

LIMITED = {
    "$count([1..10000].[1..10000])": MEMORY,
    "[1..10000000]": MEMORY,
    "$range(1, 1e300, 1)": MEMORY,
    "$reduce([1..24], function($a, $b) {$a & $a}, 'x')": MEMORY,
    "$reduce([1..60], function($a, $b) {[[$a], [$a]]}, 1)": MEMORY,
    "($a := [[1], [1]]; $b := [[$a], [$a]]; " + "$a := [[$b], [$b]]; $b := [[$a], [$a]]; " * 20 + "$b)": MEMORY,
    "$pad('x', 2000000000)": MEMORY,
    "$pad('x', -1e300, 'ab')": MEMORY,
    "$replace($states.input.long, 'x', $states.input.long)": MEMORY,
    "$replace($states.input.long, /x/, $states.input.long)": MEMORY,
    "$join([1..1000000].$string($))": MEMORY,
    "$split($pad('', 1000000), '')": MEMORY,
    "[1..50000].{'a': $states.input.long}": MEMORY,
    "[1..800000].$string($states.input.long)": TIMEOUT,
    "[1..5000].$states.input.long": MEMORY,
    "$states.input ~> |objects|{'q': $states.input}|": MEMORY,
    "$formatInteger(1e308, 'I')": MEMORY,
    "$formatNumber(1, $pad('', 5000000, '0'))": MEMORY,
    "$reduce([1..1000000], $append)": MEMORY,
    "($f := function($n) {1 + $f($n + 1)}; $f(1))": STACK,
    "($f := function($n) {[$g($n)]}; $g := function($n) {{'a': $f($n)}}; $f(1))": STACK,
    "($f := function($x) {$map([1, 2], $f)}; $f(1))": STACK,
    "($f := function($x) {$sort([1, 2], $f)}; $f(1))": STACK,
    "($f := function($x) {$replace('a', /a/, $f)}; $f(1))": STACK,
    "($f := function($x) {$x ~> |$|{'a': $f($x)}|}; $f({}))": STACK,
    "$reduce([1..100000], function($a, $b) {[[$a], 1]}, 1)": STACK,
    "$reduce([1..100000], function($a, $b) {{'a': $a}}, 1) ~> |a|{'z': 1}|": STACK,
    "{'self': 1} ~> |$|{'self': $}|": STACK,
    "$power(10, 100000)": "D3061: ",
    "$fromMillis(1e300)": "D1001: ",
    "$formatInteger($states.input.huge, 'w')": "D1001: ",
    "$states.input.objects^(c)": "T2008: ",
    "-$reduce([1..60], function($a, $b) {[[$a], [$a]]}, 1)": "D1002: ",
    "$reduce([1..60], function($a, $b) {[[$a], [$a]]}, 1) < 'a'": "T2010: ",
    "{$reduce([1..60], function($a, $b) {[[$a], [$a]]}, 1): 1}": "T1003: ",
    "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)": "returned nothing (undefined).",
    "$sort([1, 'a', {}])": "D3070: ",
}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    store = MemoryStore()
    await store.open()
    yield Bench(store)
    await store.close()


def machine(expression: str) -> str:
    return passing(Output=f"{{% {expression} %}}")


def passing(**fields: Any) -> str:
    states = {"S": {"Type": "Pass", **fields, "End": True}}
    return json.dumps({"StartAt": "S", "QueryLanguage": "JSONata", "States": states})


async def run_all(bench: Bench, definitions: list[str]) -> list[Outcome]:
    """Run hostile executions at once, and peaceful ones one after the other until all of those have ended."""
    data = json.dumps(INPUT | {"huge": 10**400})
    async with bench.engine() as engine:
        started = [await start(engine, f"hostile-{number}", text, data) for number, text in enumerate(definitions)]
        endings = [asyncio.ensure_future(engine.wait(arn)) for arn in started]
        peaceful = (await engine.machines.put("peaceful", json.dumps(PASS), 0)).arn
        went_on = 0
        while not all(ending.done() for ending in endings):
            other = await engine.start_execution(peaceful, '"fine"')
            assert (await engine.wait(other.arn)).output == '"fine"'
            went_on += 1
        assert went_on > len(definitions), "others hardly had their turn"
        assert engine.failed is None
        return [await ending for ending in endings]


async def start(engine: Engine, name: str, definition: str, data: str) -> str:
    arn = (await engine.machines.put(name, definition, 0)).arn
    return (await engine.start_execution(arn, data)).arn


def check(ended: Outcome, expression: str, reason: str) -> None:
    assert (ended.status, ended.error) == ("FAILED", "States.QueryEvaluationError"), expression
    cause = ended.cause or ""
    assert f"The JSONata expression '{expression}' specified for the field 'Output' " in cause
    # On a busy machine a second may be over before there is no more memory.
    assert reason in cause or (reason == MEMORY and TIMEOUT in cause), expression
    assert len(cause) < len(expression) + 2_000, expression


async def test_endless_expressions_time_out(bench: Bench) -> None:
    outcomes = await run_all(bench, [machine(expression) for expression in ENDLESS.values()])
    for expression, ended in zip(ENDLESS.values(), outcomes, strict=True):
        check(ended, expression, TIMEOUT)


async def test_greedy_expressions_are_cut_off(bench: Bench) -> None:
    outcomes = await run_all(bench, [machine(expression) for expression in LIMITED])
    for (expression, reason), ended in zip(LIMITED.items(), outcomes, strict=True):
        check(ended, expression, reason)


async def test_results_that_nobody_can_keep(bench: Bench) -> None:
    many = [
        machine("[1..20].$states.input.long"),
        machine("[" + ", ".join(["$states.input"] * 90) + "]"),
        passing(Assign={"many": "{% [1..20].$states.input.long %}"}),
        passing(Output={f"k{number}": "{% $states.input %}" for number in range(500)}),
    ]
    outcomes = await run_all(bench, many)
    assert {ended.status for ended in outcomes} == {"FAILED"}
    assert {ended.error for ended in outcomes} <= {"States.DataLimitExceeded", "States.QueryEvaluationError"}


async def test_a_state_of_many_slow_expressions_takes_turns(bench: Bench) -> None:
    text = passing(Output={f"k{number}": "{% $sum([1..12000]) %}" for number in range(40)})
    [ended] = await run_all(bench, [text])
    assert set(json.loads(ended.output or "{}").values()) == {72_006_000}


async def test_an_endless_loop_of_slow_expressions_takes_turns(bench: Bench) -> None:
    states: dict[str, Any] = {
        "C": {"Type": "Choice", "Choices": [{"Condition": "{% $sum([1..15000]) > 0 %}", "Next": "D"}], "Default": "E"},
        "D": {"Type": "Pass", "Next": "C"},
        "E": {"Type": "Succeed"},
    }
    loop = json.dumps({"StartAt": "C", "QueryLanguage": "JSONata", "States": states})
    async with bench.engine() as engine:
        endless = await start(engine, "loop", loop, "{}")
        for number in range(20):
            arn = await start(engine, f"peaceful-{number}", json.dumps(PASS), '"fine"')
            assert (await engine.wait(arn)).output == '"fine"'
        await engine.stop_execution(endless)
        assert (await engine.wait(endless)).status == "ABORTED"


@pytest.mark.parametrize(
    "expression",
    [
        "+".join(["1"] * 10_001),
        "[" * 2_000 + "]" * 2_000,
        "(" * 2_000 + ")" * 2_000,
        "function($x){" * 2_000 + "1" + "}" * 2_000,
        "{'a': " * 2_000 + "1" + "}" * 2_000,
        "a." * 4_000 + ".".join("%" * 3_999),
        "[" + ", ".join(rf"/[\p{{L}}]{{90}}{number}/" for number in range(100)) + "]",
    ],
)
async def test_what_is_too_large_to_compile_is_no_definition(bench: Bench, expression: str) -> None:
    async with bench.engine() as engine:
        with pytest.raises(InvalidDefinitionError, match="INVALID_JSONATA_EXPRESSION"):
            await engine.machines.put("large", machine(expression), 0)
        arn = await start(engine, "peaceful", json.dumps(PASS), '"fine"')
        assert (await engine.wait(arn)).output == '"fine"'
