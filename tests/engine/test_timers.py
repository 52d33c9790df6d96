"""Timers by due time: the store keeps them all, memory the next minute."""

import asyncio

import pytest

from tests.engine.conftest import Bench
from tests.language.script import Script
from tests.language.stores import settle
from tobiishi.engine import timers as module
from tobiishi.engine.express import Express
from tobiishi.engine.timers import HORIZON_MS, Timers
from tobiishi.store.contract import Timer
from tobiishi.store.memory import MemoryStore
from tobiishi.testing import VirtualClock

DAY = 86_400


async def test_timers_beyond_the_horizon_fire_on_time(bench: Bench) -> None:
    async with bench.engine() as engine:
        machines = {}
        for seconds in (1, 59, 61, 3600, 300 * DAY):
            definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": True}}}
            started = await engine.start_execution(await bench.machine(engine, definition))
            machines[started.arn] = seconds
        begun = bench.clock.now_ms()
        for arn, seconds in machines.items():
            await settle(engine)
            while bench.clock.now_ms() < begun + seconds * 1000:
                left = begun + seconds * 1000 - bench.clock.now_ms()
                bench.clock.advance(min(left, max(HORIZON_MS // 2, left - HORIZON_MS)))
                await settle(engine)
            assert (await engine.wait(arn)).status == "SUCCEEDED"
        assert await bench.store.due_timers(begun + 1000 * DAY * 1000) == []


async def test_a_timer_that_fell_due_while_nobody_ran_fires_at_once(bench: Bench) -> None:
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, definition))
        await settle(engine)
    bench.clock.advance(1_000_000)
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).status == "SUCCEEDED"


async def test_a_task_timeout_is_cleared_with_the_task(bench: Bench) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 30, "End": True}
    async with bench.engine() as engine:
        arn = await bench.machine(engine, {"StartAt": "T", "States": {"T": task}})
        started = await engine.start_execution(arn)
        assert (await engine.wait(started.arn)).status == "SUCCEEDED"
        assert await bench.store.timers(started.execution) == []


async def test_a_timer_that_is_set_again_as_it_fires_stays_in_the_store(bench: Bench) -> None:
    """A state that fails without an event of its own waits twice under the same key."""
    retry = {"ErrorEquals": ["States.DataLimitExceeded"], "IntervalSeconds": 100, "MaxAttempts": 2, "BackoffRate": 1}
    twice = {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "End": True}
    branch = {"StartAt": "Twice", "States": {"Twice": twice}}
    parallel = {"Type": "Parallel", "Parameters": {"a.$": "$", "b.$": "$"}, "Branches": [branch], "Retry": [retry]}
    definition = {"StartAt": "P", "States": {"P": {**parallel, "End": True}}}
    async with bench.engine() as engine:
        text = '"' + "x" * 200_000 + '"'
        started = await engine.start_execution(await bench.machine(engine, definition), text, "one")
        await settle(engine)
        for _ in range(2):
            assert [timer.purpose for timer in await bench.store.timers(started.execution)] == ["retry"]
            bench.clock.advance(100_000)
            await settle(engine)
        assert (await engine.wait(started.arn)).error == "States.DataLimitExceeded"


async def test_a_timer_that_is_set_while_the_store_is_read_is_not_missed() -> None:
    """The store's answer may be older than a timer that was made durable meanwhile."""
    reading, answer = asyncio.Event(), asyncio.Event()

    class SlowStore(MemoryStore):
        async def due_timers(self, before_ms: int, limit: int = 10_000, after: Timer | None = None) -> list[Timer]:
            timers = await super().due_timers(before_ms, limit, after)
            reading.set()
            await answer.wait()
            return timers

    fired: list[Timer] = []
    clock = VirtualClock()
    timers = Timers(SlowStore(), clock, fired.append)
    timers.start()
    await reading.wait()
    timer = Timer(1, 2, "wait", clock.now_ms() + 1000)
    timers.set(timer, stored=True)
    answer.set()
    while not fired:
        clock.advance(1000)
        await asyncio.sleep(0)
    await timers.stop()
    assert fired == [timer]
    assert clock.now_ms() <= timer.due_ms + 10_000, "not only with the next look into the store"


class Counting(MemoryStore):
    """Counts the looks for due timers."""

    def __init__(self, timers: list[Timer]) -> None:
        super().__init__()
        for timer in timers:
            self._timers[timer.execution][timer.event, timer.purpose] = timer
        self.looks = 0

    async def due_timers(self, before_ms: int, limit: int = 10_000, after: Timer | None = None) -> list[Timer]:
        self.looks += 1
        return await super().due_timers(before_ms, limit, after)


async def passes(count: int = 200) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_more_overdue_timers_than_a_page_holds_fire_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer stays in the store until what it caused is durable; it is not fired again meanwhile."""
    monkeypatch.setattr(module, "_PAGE", 10)
    clock = VirtualClock()
    overdue = [Timer(execution, 1, "wait", clock.now_ms() - execution % 7) for execution in range(1, 36)]
    store, fired = Counting(overdue), list[Timer]()
    timers = Timers(store, clock, fired.append)
    timers.start()
    await passes()
    for _ in range(10):
        clock.advance(HORIZON_MS)
        await passes()
    await timers.stop()
    assert sorted(fired, key=lambda timer: timer.execution) == overdue
    assert store.looks < 30


async def test_many_timers_for_one_moment_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE", 10)
    clock = VirtualClock()
    store = Counting([Timer(execution, 1, "wait", clock.now_ms() + 20_000) for execution in range(35)])
    fired: list[Timer] = []
    timers = Timers(store, clock, fired.append)
    timers.start()
    await passes()
    assert (len(fired), store.looks) == (0, 4)
    clock.advance(20_000)
    await passes()
    await timers.stop()
    assert len(fired) == 35


async def test_cleared_timers_leave_memory() -> None:
    timers = Timers(MemoryStore(), VirtualClock(), lambda _: None)
    for event in range(5000):
        timers.set(Timer(1, event, "heartbeat", 2**60), stored=False)
        timers.clear(1, event, "heartbeat")
    assert len(timers) < 500


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_timers_of_what_has_ended_wake_nobody(bench: Bench, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 50, "HeartbeatSeconds": 40}
    states = {"T": {**task, "Next": "U"}, "U": {**task, "Catch": [{"ErrorEquals": ["E"], "Next": "S"}], "Next": "S"}}
    definition = {"StartAt": "T", "TimeoutSeconds": 55, "States": {**states, "S": {"Type": "Succeed"}}}
    bench.script = Script({"U": [{"error": "E"}]})
    async with bench.engine() as engine:
        arn = await bench.machine(engine, definition, kind)
        if kind == "EXPRESS":
            await Express(engine).start_sync(arn)
        else:
            await engine.wait((await engine.start_execution(arn)).arn)
        asked: list[int] = []

        async def execution_by_id(execution: int) -> None:
            asked.append(execution)

        monkeypatch.setattr(bench.store, "execution_by_id", execution_by_id)
        for _ in range(10):
            bench.clock.advance(HORIZON_MS)
            await settle(engine)
        assert asked == []


async def test_without_timers_there_is_no_engine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours that ends them is not passed over in silence."""

    async def due_timers(*_: object) -> list[Timer]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(bench.store, "due_timers", due_timers)
    async with bench.engine() as engine:
        await settle(engine)
        assert engine.failed is not None


async def test_a_clock_that_goes_back_delays_nothing(bench: Bench) -> None:
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": True}}}
    async with bench.engine() as engine:
        arn = await bench.machine(engine, definition)
        await settle(engine)
        bench.clock.advance(-DAY * 1000)
        started = await engine.start_execution(arn)
        await settle(engine)
        bench.clock.advance(10_000)
        async with asyncio.timeout(5):
            assert (await engine.wait(started.arn)).status == "SUCCEEDED"
