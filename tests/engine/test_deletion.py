"""The deletion of a machine whose executions do not let go at once."""

import asyncio

import pytest

from tests.engine.conftest import Bench
from tobiishi.engine.deletion import Deletions
from tobiishi.engine.errors import ExecutionNotFoundError, StoppedError
from tobiishi.store.contract import Filter
from tobiishi.store.memory import MemoryStore

WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}


@pytest.fixture
def bench() -> Bench:
    return Bench(MemoryStore())


async def test_a_machine_goes_when_its_last_execution_has_ended(bench):
    async with bench.engine() as engine:
        arn = await bench.machine(engine, WAIT)
        for _ in range(250):
            await engine.start_execution(await engine.machines.target(arn, 0))
        await engine.deletions.delete(arn)
        await engine.deletions.delete(arn)
        await engine.deletions.settled()
    assert await bench.store.machine(arn) is None
    rows = await bench.store.executions(Filter(machine_arn=arn), limit=1000)
    assert [row.status for row in rows] == ["ABORTED"] * 250


async def test_an_engine_that_stops_leaves_the_rest_to_the_next(bench):
    async with bench.engine() as engine:
        arn = await bench.machine(engine, WAIT)
        await engine.start_execution(await engine.machines.target(arn, 0))

        async def stopped(execution: str) -> None:
            raise StoppedError("the lease is lost")

        deletions = Deletions(bench.store, engine.machines, stopped)
        await deletions.delete(arn)
        await deletions.settled()
        machine = await bench.store.machine(arn)
        assert machine is not None
        assert machine.status == "DELETING"
    async with bench.engine() as engine:
        await engine.deletions.settled()
    assert await bench.store.machine(arn) is None


async def test_close_lets_go(bench):
    async with bench.engine() as engine:
        arn = await bench.machine(engine, WAIT)
        await engine.start_execution(await engine.machines.target(arn, 0))
        waiting = asyncio.Event()

        async def never(execution: str) -> None:
            waiting.set()
            await asyncio.Event().wait()

        deletions = Deletions(bench.store, engine.machines, never)
        await deletions.delete(arn)
        await waiting.wait()
        await deletions.close()
        assert await bench.store.machine(arn) is not None


async def test_an_execution_that_is_gone_holds_nothing_up(bench):
    async with bench.engine() as engine:
        arn = await bench.machine(engine, WAIT)
        started = await engine.start_execution(await engine.machines.target(arn, 0))

        async def gone(execution: str) -> None:
            await engine.stop_execution(started.arn)
            raise ExecutionNotFoundError("gone")

        deletions = Deletions(bench.store, engine.machines, gone)
        await deletions.delete(arn)
        await deletions.settled()
    assert await bench.store.machine(arn) is None


async def test_a_machine_that_is_made_anew_meanwhile_stays(bench):
    async with bench.engine() as engine:
        arn = await bench.machine(engine, WAIT)
        started = await engine.start_execution(await engine.machines.target(arn, 0))

        async def made_anew(execution: str) -> None:
            await engine.stop_execution(started.arn)
            await bench.machine(engine, WAIT)

        deletions = Deletions(bench.store, engine.machines, made_anew)
        await deletions.delete(arn)
        await deletions.settled()
        machine = await bench.store.machine(arn)
        assert machine is not None
        assert machine.status == "ACTIVE"
