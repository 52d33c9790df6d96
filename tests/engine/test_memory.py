"""What leaves memory: counted, not timed."""

import gc
from typing import Any

import pytest

from tests.engine.conftest import TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tobiishi.engine import shard
from tobiishi.engine.callers import Birth
from tobiishi.engine.resident import Resident
from tobiishi.interp import signals as sig
from tobiishi.interp.frame import Frame
from tobiishi.interp.run import Run

COUNT = 2000
RESIDENT = 10
FEW = 3 * RESIDENT


def alive(*kinds: type) -> dict[str, int]:
    """Return how many objects of each class there are."""
    gc.collect()
    found: dict[str, int] = {kind.__name__: 0 for kind in kinds}
    for thing in gc.get_objects():
        if type(thing) in kinds:
            found[type(thing).__name__] += 1
    return found


async def start_many(bench: Bench, engine: Any, definition: dict[str, Any]) -> list[Any]:
    arn = await bench.machine(engine, definition)
    return [await engine.start_execution(arn, str(n)) for n in range(COUNT)]


async def test_executions_that_wait_are_not_in_memory(bench: Bench) -> None:
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
    before = alive(Run, Resident, Frame, Birth)
    async with bench.engine(resident_runs=RESIDENT) as engine:
        started = await start_many(bench, engine, wait)
        await settle(engine)
        assert engine.resident_runs <= RESIDENT
        for kind, count in alive(Run, Resident, Frame, Birth).items():
            assert count - before[kind] <= FEW, kind
        bench.clock.advance(86_400_000)
        ended = [await engine.wait(one.arn) for one in started]
        assert [one.output for one in ended] == [str(n) for n in range(COUNT)]
        await settle(engine)
        for kind, count in alive(Run, Resident, Frame, Birth).items():
            assert count - before[kind] <= FEW, kind


async def test_executions_that_all_wake_at_once_come_a_few_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "WAKES_AT_ONCE", 20)
    monkeypatch.setattr(shard, "BACKLOG", 30)
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": True}}}
    async with bench.engine(resident_runs=RESIDENT) as engine:
        started = await start_many(bench, engine, wait)
        resident: list[int] = []
        engine.watchers.append(lambda _arn, _entries: resident.append(engine.resident_runs))
        bench.clock.advance(10_000)
        for one in started:
            assert (await engine.wait(one.arn)).status == "SUCCEEDED"
        assert max(resident) <= RESIDENT + 2 * (20 + 30)


async def test_executions_that_wait_for_tasks_are_not_in_memory(bench: Bench) -> None:
    """A callback is waited for by nobody but its timer; a request in flight holds no run."""
    patient = {**TASK["States"]["T"], "TimeoutSeconds": 50, "HeartbeatSeconds": 40}  # type: ignore[index]
    bench.script = Script({"T": [{"silent": True}]})
    before = alive(Run, Resident, Frame, Birth)
    async with bench.engine(resident_runs=RESIDENT) as engine:
        started = await start_many(bench, engine, {"StartAt": "T", "States": {"T": patient}})
        await settle(engine)
        for kind, count in alive(Run, Resident, Frame, Birth).items():
            assert count - before[kind] <= FEW, kind
        for n, one in enumerate(started):
            engine.tell(one.execution, sig.TaskSucceeded(3, str(n)))
        ended = [await engine.wait(one.arn) for one in started]
        assert [one.output for one in ended] == [str(n) for n in range(COUNT)]
        await settle(engine)
        for kind, count in alive(Run, Resident, Frame, Birth).items():
            assert count - before[kind] <= FEW, kind
        assert engine.working == 0
