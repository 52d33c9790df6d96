"""Express executions: nothing stored when synchronous, one row and at most three more tries when not."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.engine.conftest import PASS, TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tobiishi import jsontext
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.model import Definition
from tobiishi.engine import express as module
from tobiishi.engine.errors import InvalidInputError, WrongTypeError
from tobiishi.engine.express import MAX_RERUNS, Express
from tobiishi.store.contract import Filter, Lease, StoreError


async def test_a_synchronous_one_answers_and_writes_nothing(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS, "EXPRESS")
        result = await Express(engine).start_sync(arn, '{"a":1}', "one")
        assert (result.outcome.status, result.outcome.output) == ("SUCCEEDED", '{"a":1}')
        assert ":express:machine:one:" in result.arn
        assert await bench.store.executions(Filter()) == []
        assert await bench.store.express_starts() == []


async def test_names_may_repeat(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS, "EXPRESS")
        express = Express(engine)
        first, second = await express.start_sync(arn, "1", "one"), await express.start_sync(arn, "2", "one")
        assert first.arn != second.arn
        assert (first.outcome.output, second.outcome.output) == ("1", "2")


async def test_tasks_and_waits_work_in_memory(bench: Bench) -> None:
    definition: dict[str, Any] = {
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 10, "Next": "T"}, **TASK["States"]},  # type: ignore[dict-item]
    }
    bench.script = Script({"T": [{"output": 5}]})
    async with bench.engine() as engine:
        arn = await bench.machine(engine, definition, "EXPRESS")
        running = asyncio.ensure_future(Express(engine).start_sync(arn))
        await settle(engine)
        bench.clock.advance(10_000)
        assert (await running).outcome.output == "5"


async def test_five_minutes_are_the_limit(bench: Bench) -> None:
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": True}}}
    async with bench.engine() as engine:
        arn = await bench.machine(engine, definition, "EXPRESS")
        running = asyncio.ensure_future(Express(engine).start_sync(arn))
        await settle(engine)
        bench.clock.advance(300_000)
        assert (await running).outcome.status == "TIMED_OUT"


async def test_an_asynchronous_start_is_one_row_until_its_end(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        arn = await bench.machine(engine, TASK, "EXPRESS")
        express = Express(engine)
        started = await express.start(arn, '{"a":1}', "one")
        rows = await bench.store.express_starts()
        assert [(row.id, row.input, row.tries) for row in rows] == [(started.execution, '{"a":1}', 0)]
        assert await bench.store.executions(Filter()) == []


async def test_a_caller_that_goes_stops_nothing(bench: Bench) -> None:
    async with bench.engine() as engine:
        express = Express(engine)
        start = asyncio.ensure_future(express.start(await bench.machine(engine, PASS, "EXPRESS")))
        while not len(express._accepted):  # noqa: ASYNC110 - nobody tells how far a start has come
            await asyncio.sleep(0)
        start.cancel()
        await asyncio.gather(start, return_exceptions=True)
        await express.settled()
        assert await bench.store.express_starts() == []


async def test_what_was_accepted_runs_though_its_machine_is_gone(bench: Bench) -> None:
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": True}}}
    async with bench.engine() as engine:
        arn = await bench.machine(engine, definition, "EXPRESS")
        await Express(engine).start(arn)
        await engine.deletions.delete(arn)
        await bench.machine(engine, TASK)  # another one, of the other type
    async with bench.engine() as engine:
        express = Express(engine)
        await express.recover()
        await settle(engine)
        bench.clock.advance(300_000)  # no Express execution lasts longer
        await express.settled()
        assert await bench.store.express_starts() == []


async def test_it_runs_again_after_a_crash_and_the_row_goes_with_its_end(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        await Express(engine).start(await bench.machine(engine, TASK, "EXPRESS"))
    bench.script = Script({"T": [{"output": 1}]})
    async with bench.engine() as engine:
        express = Express(engine)
        await express.recover()
        assert [row.tries for row in await bench.store.express_starts()] in ([1], [])
        await express.settled()
        assert await bench.store.express_starts() == []


async def test_after_three_more_tries_it_is_given_up(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        await Express(engine).start(await bench.machine(engine, TASK, "EXPRESS"))
    for tries in range(1, MAX_RERUNS + 1):
        async with bench.engine() as engine:
            await Express(engine).recover()
            assert [row.tries for row in await bench.store.express_starts()] == [tries]
    async with bench.engine() as engine:
        await Express(engine).recover()
        assert await bench.store.express_starts() == []


async def test_only_adopted_ones_are_taken_up(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        express, arn = Express(engine), await bench.machine(engine, TASK, "EXPRESS")
        ours = await express.start(arn, root=7)
        await express.start(arn, root=8)
    async with bench.engine() as engine:
        await Express(engine).recover(adopt=[7])
        tries = {row.id: row.tries for row in await bench.store.express_starts()}
        assert tries[ours.execution] == 1
        assert sorted(tries.values()) == [0, 1]


async def test_a_standard_machine_and_bad_input_are_refused(bench: Bench) -> None:
    async with bench.engine() as engine:
        express = Express(engine)
        with pytest.raises(WrongTypeError):
            await express.start_sync(await bench.machine(engine, PASS))
        with pytest.raises(InvalidInputError):
            await express.start((await engine.machines.put("e", _pass_text(), 0, "EXPRESS")).arn, "nonsense")


async def test_an_endless_loop_lets_others_run_and_ends_after_five_minutes(bench: Bench) -> None:
    again = {"Variable": "$.stop", "IsPresent": False, "Next": "C"}
    choice = {"Type": "Choice", "Choices": [again], "Default": "E"}
    loop = {"StartAt": "C", "States": {"C": choice, "E": {"Type": "Succeed"}}}
    async with bench.engine() as engine:
        endless = (await engine.machines.put("endless", jsontext.encode_text(loop), 0, "EXPRESS")).arn
        express = Express(engine)
        await settle(engine)
        looping = asyncio.ensure_future(express.start_sync(endless))
        while engine.idle:  # noqa: ASYNC110 - the loop itself makes it so
            await asyncio.sleep(0)
        arn = await bench.machine(engine, PASS, "EXPRESS")
        for n in range(20):
            assert (await express.start_sync(arn, str(n))).outcome.output == str(n)
        assert not looping.done()
        bench.clock.advance(300_000)
        assert (await looping).outcome.status == "TIMED_OUT"


def _pass_text() -> str:
    return jsontext.encode_text(PASS)


async def test_the_row_goes_though_the_store_stumbles(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An execution that has ended is not run again after the next start."""
    monkeypatch.setattr(module, "FORGET_AGAIN_SECONDS", 0)
    really, failures = bench.store.finish_express, [StoreError("busy"), StoreError("busy")]

    async def finish_express(ids: Sequence[int], lease: Lease) -> None:
        if failures:
            raise failures.pop()
        await really(ids, lease)

    monkeypatch.setattr(bench.store, "finish_express", finish_express)
    async with bench.engine() as engine:
        executions = Express(engine)
        await executions.start(await bench.machine(engine, PASS, "EXPRESS"))
        await executions.settled()
        assert await bench.store.express_starts() == []


async def test_one_that_cannot_run_again_does_not_keep_the_others_from_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        executions = Express(engine)
        machine = await engine.machines.put("bad", jsontext.encode_text(TASK), 0, "EXPRESS")
        bad, bad_revision = await executions.start(machine.arn), machine.revision.id
        await executions.start(await bench.machine(engine, TASK, "EXPRESS"))
    bench.script = Script({})
    async with bench.engine() as engine:
        really = engine.machines.compiled

        async def compiled(revision: int) -> Definition:
            if revision == bad_revision:
                raise InvalidDefinitionError([])
            return await really(revision)

        monkeypatch.setattr(engine.machines, "compiled", compiled)
        executions = Express(engine)
        await executions.recover()
        await executions.settled()
        assert [row.id for row in await bench.store.express_starts()] == [bad.execution]
