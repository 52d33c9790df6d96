"""Whatever a running definition does: its own execution fails with AWS's error, and every other one goes on."""

import json
from typing import Any

import pytest

from tests.engine.conftest import Bench, bench
from tests.language.stores import settle
from tobiishi.engine.errors import InvalidInputError
from tobiishi.engine.queries import Outcome

__all__ = ["bench"]

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def single(state: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": {"End": True, **state}}, **top}


def jsonata(expression: str) -> dict[str, Any]:
    return single({"Type": "Pass", "Output": f"{{% {expression} %}}"}, QueryLanguage="JSONata")


def jsonpath(parameters: Any) -> dict[str, Any]:
    return single({"Type": "Pass", "Parameters": parameters})


async def run(bench: Bench, definition: dict[str, Any], value: Any = None) -> Outcome:
    """Run a hostile execution beside a peaceful one on the same engine."""
    async with bench.engine() as engine:
        arn = (await engine.machines.put("hostile", json.dumps(definition), 0)).arn
        peaceful = (await engine.machines.put("peaceful", json.dumps(PASS), 0)).arn
        hostile = await engine.start_execution(arn, json.dumps({} if value is None else value))
        started = await engine.start_execution(peaceful, '"fine"')
        assert (await engine.wait(started.arn)).output == '"fine"'
        ended = await engine.wait(hostile.arn)
        started = await engine.start_execution(peaceful, '"still fine"')
        assert (await engine.wait(started.arn)).output == '"still fine"'
        assert engine.failed is None
        return ended


@pytest.mark.parametrize(
    "expression",
    [
        "($f := function($n) {$f($n + 1)}; $f(1))",
        "($f := function($n) {1 + $f($n + 1)}; $f(1))",
        "$count([1..10000].[1..10000])",
        "$reduce([1..100000], function($a, $b) {$a & $a}, 'x')",
        "$pad('x', 2000000000)",
        "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)",
        "[1..10000000]",
        "$join([1..1000000].$string($))",
        "$states.input.nothing.at.all",
        "$error('mine')",
        "$power(10, 100000)",
    ],
)
async def test_jsonata_ends_with_a_query_evaluation_error(bench: Bench, expression: str) -> None:
    ended = await run(bench, jsonata(expression))
    assert (ended.status, ended.error) == ("FAILED", "States.QueryEvaluationError")
    assert len(ended.cause or "") < 10_000


async def test_a_regular_expression_bomb_is_harmless(bench: Bench) -> None:
    choice = {"Variable": "$.text", "StringMatches": "*a*a*a*a*a*a*a*a*a*a*a*b", "Next": "B"}
    definition = {
        "StartAt": "C",
        "States": {"C": {"Type": "Choice", "Choices": [choice], "Default": "B"}, "B": {"Type": "Succeed"}},
    }
    assert (await run(bench, definition, {"text": "a" * 100_000})).status == "SUCCEEDED"


async def test_an_input_over_256_kib_is_refused(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS)
        with pytest.raises(InvalidInputError):
            await engine.start_execution(arn, json.dumps("x" * 262_144))
        ended = await engine.start_execution(arn, json.dumps("x" * 262_142))
        assert (await engine.wait(ended.arn)).status == "SUCCEEDED"


async def test_an_output_that_grows_over_256_kib_fails(bench: Bench) -> None:
    ended = await run(bench, jsonpath({"a.$": "$", "b.$": "$"}), "x" * 200_000)
    assert (ended.status, ended.error) == ("FAILED", "States.DataLimitExceeded")


async def test_doubling_thirty_times_fails_before_it_hurts(bench: Bench) -> None:
    definition: dict[str, Any] = {"StartAt": "D", "States": {"E": {"Type": "Succeed"}}}
    definition["States"]["D"] = {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "Next": "C"}
    rule = {"Variable": "$.stop", "IsPresent": False, "Next": "D"}
    definition["States"]["C"] = {"Type": "Choice", "Choices": [rule], "Default": "E"}
    ended = await run(bench, definition)
    assert (ended.status, ended.error) == ("FAILED", "States.DataLimitExceeded")


async def test_a_payload_that_nests_ever_deeper_fails(bench: Bench) -> None:
    definition: dict[str, Any] = {"StartAt": "D", "States": {"E": {"Type": "Succeed"}}}
    definition["States"]["D"] = {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "C"}
    rule = {"Variable": "$.stop", "IsPresent": False, "Next": "D"}
    definition["States"]["C"] = {"Type": "Choice", "Choices": [rule], "Default": "E"}
    ended = await run(bench, definition)
    assert ended.status == "FAILED"
    assert "254 levels" in (ended.cause or "")


@pytest.mark.parametrize("depth", [255, 1_000, 100_000])
async def test_deep_text_does_not_become_a_value(bench: Bench, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    ended = await run(bench, jsonpath({"v.$": "States.StringToJson($.text)"}), {"text": deep})
    assert ended.status == "FAILED"


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 10**30])
async def test_integers_beyond_64_bits_keep_their_digits_or_get_an_error(bench: Bench, number: int) -> None:
    ended = await run(bench, jsonpath({"n.$": "$.n"}), {"n": number})
    assert ended.status == "FAILED" or json.loads(ended.output or "")["n"] == number


async def test_a_path_that_visits_everything_over_and_over_is_cut_off(bench: Bench) -> None:
    wide = [[[1] * 50] * 50] * 20
    ended = await run(bench, jsonpath({"v.$": "$..[*]..[*]..*"}), wide)
    assert ended.status == "FAILED"


async def test_a_retry_without_end_lets_others_run(bench: Bench) -> None:
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 99_999_999, "BackoffRate": 1e9}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": [retry]}
    bench.script = type(bench.script)({"S": [{"error": "Always"}]})
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, single(task)))
        for _ in range(10):
            await settle(engine)
            bench.clock.advance_to_next()
        assert (await bench.types(started.arn)).count("TaskFailed") >= 2
        assert engine.failed is None


async def test_a_wide_map_and_a_wide_parallel_end(bench: Bench) -> None:
    branch = {"StartAt": "B0", "States": {"B0": {"Type": "Pass", "End": True}}}
    branches = [json.loads(json.dumps(branch).replace("B0", f"B{n}")) for n in range(500)]
    assert (await run(bench, single({"Type": "Parallel", "Branches": branches}))).status == "SUCCEEDED"
    iterate = single({"Type": "Map", "ItemProcessor": branch})
    assert (await run(bench, iterate, list(range(5_000)))).status == "SUCCEEDED"
    ended = await run(bench, iterate, list(range(20_000)))
    assert "maximum number of history events" in (ended.cause or "")


async def test_names_that_look_like_code_are_only_names(bench: Bench) -> None:
    name = "'; drop table segment; --"
    definition = {"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}
    assert (await run(bench, definition)).status == "SUCCEEDED"


async def test_a_result_that_is_not_json_fails_its_task(bench: Bench) -> None:
    bench.script = type(bench.script)({"S": [{"output": float("nan")}]})
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
    ended = await run(bench, single(task))
    assert ended.status in ("FAILED", "SUCCEEDED")
    assert "NaN" not in (ended.output or "")
