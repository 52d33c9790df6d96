"""Who may start: versions and aliases, open executions, and room in the engine's queues."""

import asyncio
from dataclasses import replace

import pytest

from tests.engine.conftest import PASS, TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tests.store.faulty import FaultyStore
from tobiishi.engine.errors import ExecutionExistsError, ExecutionLimitError, ThrottledError
from tobiishi.engine.express import Express
from tobiishi.quotas import AWS

TWO = replace(AWS, open_executions=2)


def silent() -> Script:
    return Script({}, default={"silent": True})


async def test_no_more_are_open_than_may_be(bench: Bench) -> None:
    bench.script = silent()
    async with bench.engine(quotas=TWO) as engine:
        arn = await bench.machine(engine, TASK)
        first = await engine.start_execution(arn)
        await engine.start_execution(arn)
        with pytest.raises(ExecutionLimitError, match="maximum number of running executions"):
            await engine.start_execution(arn)
        await engine.stop_execution(first.arn)
        await engine.start_execution(arn)


async def test_a_repeated_start_needs_no_room(bench: Bench) -> None:
    bench.script = silent()
    async with bench.engine(quotas=replace(AWS, open_executions=1)) as engine:
        arn = await bench.machine(engine, TASK)
        first = await engine.start_execution(arn, name="one")
        assert await engine.start_execution(arn, name="one") == first
        with pytest.raises(ExecutionExistsError):
            await engine.start_execution(arn, "[]", name="one")
        with pytest.raises(ExecutionLimitError):
            await engine.start_execution(arn, name="two")
        await engine.stop_execution(first.arn)
        await engine.start_execution(arn, name="two")


async def test_those_of_earlier_engines_count(bench: Bench) -> None:
    bench.script = silent()
    async with bench.engine() as engine:
        arn = await bench.machine(engine, TASK)
        for _ in range(2):
            await engine.start_execution(arn)
    async with bench.engine(quotas=TWO) as engine:
        with pytest.raises(ExecutionLimitError):
            await engine.start_execution(arn)


async def test_what_has_ended_or_never_began_does_not_count(bench: Bench) -> None:
    async with bench.engine(quotas=TWO) as engine:
        arn = await bench.machine(engine, PASS)
        for number in range(5):
            started = await engine.start_execution(arn, name=f"run-{number}")
            await engine.wait(started.arn)
        for _ in range(5):
            with pytest.raises(ExecutionExistsError):
                await engine.start_execution(arn, name="run-0")
        await engine.start_execution(arn)


async def test_a_redriven_execution_is_open_again(bench: Bench) -> None:
    bench.script = Script({"T": [{"error": "Broken"}, {"silent": True}]})
    async with bench.engine(quotas=replace(AWS, open_executions=1)) as engine:
        arn = await bench.machine(engine, TASK)
        failed = await engine.start_execution(arn)
        assert (await engine.wait(failed.arn)).status == "FAILED"
        await engine.redrives.redrive(failed.arn)
        with pytest.raises(ExecutionLimitError):
            await engine.start_execution(arn)


async def test_a_redrive_needs_room_too(bench: Bench) -> None:
    bench.script = Script({"T": [{"error": "Broken"}, {"silent": True}]})
    async with bench.engine(quotas=replace(AWS, open_executions=1)) as engine:
        arn = await bench.machine(engine, TASK)
        failed = await engine.start_execution(arn)
        await engine.wait(failed.arn)
        await engine.start_execution(arn)
        with pytest.raises(ExecutionLimitError):
            await engine.redrives.redrive(failed.arn)


async def test_regions_are_counted_apart(bench: Bench) -> None:
    bench.script = silent()
    async with bench.engine(quotas=replace(AWS, open_executions=1)) as engine:
        arn = await bench.machine(engine, TASK)
        elsewhere = arn.replace("us-east-1", "eu-west-1")
        machine = await bench.store.machine(arn)
        assert machine is not None
        await bench.store.put_machine(elsewhere, "machine", "STANDARD", "r", machine.revision.definition, 1)
        await engine.start_execution(arn)
        started = await engine.start_execution(elsewhere)
        assert ":eu-west-1:" in started.arn


async def test_starts_are_throttled_when_the_store_cannot_keep_up(bench: Bench) -> None:
    store = FaultyStore(bench.store)
    async with bench.engine(store.as_store(), waiting_starts=3) as engine:
        arn = await bench.machine(engine, PASS)
        store.hold_commits()
        starts = [asyncio.ensure_future(engine.start_execution(arn)) for _ in range(3)]
        await store.waiting.wait()
        with pytest.raises(ThrottledError, match="Rate exceeded"):
            await engine.start_execution(arn)
        store.let_commits_go()
        await asyncio.gather(*starts)
        await engine.start_execution(arn)


async def test_express_executions_are_throttled_while_as_many_run_as_may(bench: Bench) -> None:
    bench.script = silent()
    async with bench.engine(express_runs=2) as engine:
        express = Express(engine)
        arn = await bench.machine(engine, TASK, "EXPRESS")
        for _ in range(2):
            await express.start(arn)
        with pytest.raises(ThrottledError):
            await express.start(arn)
        with pytest.raises(ThrottledError):
            await express.start_sync(arn)
        bench.clock.advance(300_000)
        await settle(engine)
        await express.settled()
        await express.start(arn)
