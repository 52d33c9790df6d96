"""Timers by due time: the store keeps them all, memory the next minute."""

import asyncio

from tests.engine.conftest import Bench
from tests.language.stores import settle
from tobiishi.engine.timers import HORIZON_MS, Timers
from tobiishi.store.contract import Timer
from tobiishi.store.memory import MemoryStore
from tobiishi.testing import VirtualClock

DAY = 86_400


async def test_timers_beyond_the_horizon_fire_on_time(bench: Bench) -> None:
    async with bench.engine() as engine:
        machines = {}
        for seconds in (1, 59, 61, 3600, 400 * DAY):
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


async def test_a_timer_that_is_set_while_the_store_is_read_is_not_missed() -> None:
    """The store's answer may be older than a timer that was made durable meanwhile."""
    reading, answer = asyncio.Event(), asyncio.Event()

    class SlowStore(MemoryStore):
        async def due_timers(self, before_ms: int, limit: int = 10_000) -> list[Timer]:
            timers = await super().due_timers(before_ms, limit)
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
