"""No execution is open for longer than any may be."""

from dataclasses import replace

import pytest

from tests.engine.conftest import PASS, Bench
from tests.language.stores import settle
from tobiishi import jsontext
from tobiishi.engine import overdue
from tobiishi.engine.queries import events
from tobiishi.quotas import AWS

WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3_000_000, "End": True}}}
SHORT = replace(AWS, execution_seconds=1000)


async def test_an_execution_ends_timed_out(bench: Bench) -> None:
    async with bench.engine(quotas=SHORT) as engine:
        arn = await bench.machine(engine, WAIT)
        early = await engine.start_execution(arn)
        bench.clock.advance(500_000)
        late = await engine.start_execution(arn)
        bench.clock.advance(500_000)
        await settle(engine)
        bench.clock.advance(100_000)
        await settle(engine)
        assert (await engine.wait(early.arn)).status == "TIMED_OUT"
        row = await bench.store.execution(late.arn)
        assert row is not None
        assert row.status == "RUNNING"
        last = [event async for event in events(bench.store, early.execution)][-1]
        assert last["type"] == "ExecutionTimedOut"


async def test_one_that_became_overdue_while_no_engine_ran(bench: Bench) -> None:
    async with bench.engine(quotas=SHORT) as engine:
        started = await engine.start_execution(await bench.machine(engine, WAIT))
    bench.clock.advance(2_000_000)
    async with bench.engine(quotas=SHORT) as engine:
        assert (await engine.wait(started.arn)).status == "TIMED_OUT"


async def test_all_of_many_are_found(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "_PAGE", 3)
    async with bench.engine(quotas=SHORT) as engine:
        arn = await bench.machine(engine, WAIT)
        started = [await engine.start_execution(arn) for _ in range(10)]
        ended = await engine.start_execution(
            (await engine.machines.put("p", jsontext.encode_text(PASS), bench.clock.now_ms())).arn
        )
        await settle(engine)
        bench.clock.advance(1_200_000)
        await settle(engine)
        assert {(await engine.wait(one.arn)).status for one in started} == {"TIMED_OUT"}
        assert (await engine.wait(ended.arn)).status == "SUCCEEDED"
