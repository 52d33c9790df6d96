"""Timers by due time: the store keeps them all, memory the next minute."""

from tests.engine.conftest import Bench
from tests.language.stores import settle
from tobiishi.engine.timers import HORIZON_MS

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
