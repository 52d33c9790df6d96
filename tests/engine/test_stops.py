"""Jobs that nobody waits for any more: they are stopped, whoever dies between the decision and the deed."""

from contextlib import suppress
from typing import Any

import pytest

from tests.engine.conftest import TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tests.store.faulty import Crash, FaultyStore
from tobiishi.asl.model import Resource
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import StoppedError
from tobiishi.interp.signals import Abort
from tobiishi.store.contract import OutboxEntry
from tobiishi.tasks.contract import TaskError, TaskRequest

JOB = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution.sync",
    "Parameters": {"StateMachineArn": "m"},
}
ONE: dict[str, Any] = {
    "StartAt": "J",
    "States": {"J": {**JOB, "TimeoutSeconds": 50, "Next": "W"}, "W": {"Type": "Succeed"}},
}
CAUGHT: dict[str, Any] = {
    "StartAt": "J",
    "States": {
        "J": {**JOB, "TimeoutSeconds": 50, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "W"}], "End": True},
        "W": {"Type": "Wait", "Seconds": 1000, "End": True},
    },
}
BESIDE: dict[str, Any] = {
    "StartAt": "B",
    "States": {
        "B": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "J", "States": {"J": {**JOB, "End": True}}},
                {
                    "StartAt": "W",
                    "States": {
                        "W": {"Type": "Wait", "Seconds": 5, "Next": "F"},
                        "F": {"Type": "Fail", "Error": "Broken"},
                    },
                },
            ],
            "End": True,
        }
    },
}
SUBMITTED = {"J": [{"submitted": {"id": 1}, "silent": True}]}


async def begin(bench: Bench, engine: Engine, definition: dict[str, Any]) -> str:
    """Return the ARN of an execution whose job runs."""
    bench.script.plan(SUBMITTED)
    started = await engine.start_execution(await bench.machine(engine, definition), "{}", "one")
    await settle(engine)
    return started.arn


@pytest.mark.parametrize("definition", [ONE, CAUGHT, BESIDE], ids=["ended", "timed out", "beside"])
async def test_a_job_is_stopped_once(bench: Bench, definition: dict[str, Any]) -> None:
    async with bench.engine() as engine:
        await begin(bench, engine, definition)
        bench.clock.advance(60_000)
        await settle(engine)
        ((_, submitted),) = bench.script.stopped
        assert submitted == {"id": 1}
    assert await bench.store.outbox() == []


@pytest.mark.parametrize("definition", [ONE, CAUGHT, BESIDE], ids=["ended", "timed out", "beside"])
async def test_a_crash_before_the_stop_does_not_let_the_job_run_on(bench: Bench, definition: dict[str, Any]) -> None:
    faulty = FaultyStore(bench.store)
    with suppress(Crash):
        async with bench.engine(faulty.as_store()) as engine:
            await begin(bench, engine, definition)
            faulty.crash_after(len(faulty.batches) + 1)
            bench.clock.advance(60_000)
            await settle(engine)
    assert bench.script.stopped == []
    assert [entry.kind for entry in await bench.store.outbox()] == ["stop"]
    async with bench.engine() as engine:
        await settle(engine)
        assert [submitted for _, submitted in bench.script.stopped] == [{"id": 1}]
    assert await bench.store.outbox() == []


async def test_an_aborted_execution_stops_its_job_after_a_crash(bench: Bench) -> None:
    faulty = FaultyStore(bench.store)
    with suppress(Crash):
        async with bench.engine(faulty.as_store()) as engine:
            arn = await begin(bench, engine, ONE)
            faulty.crash_after(len(faulty.batches) + 1)
            row = await bench.store.execution(arn)
            assert row is not None
            engine.tell(row.id, Abort())
            await settle(engine)
    async with bench.engine() as engine:
        await settle(engine)
        assert len(bench.script.stopped) == 1


class Stubborn(Script):
    """Cannot stop any job."""

    error: Exception = TaskError("Job.Stubborn")

    def find(self, resource: Resource) -> "Stubborn":
        assert resource.arn
        return self

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        await super().stop(request, submitted)
        raise self.error


@pytest.mark.parametrize(("error", "again"), [(TaskError("Job.Stubborn"), 0), (StoppedError("later"), 1)])
async def test_a_job_that_cannot_be_stopped(bench: Bench, error: Exception, again: int) -> None:
    """It is given up; but if it was the engine that stopped, the next one tries."""
    bench.script = stubborn = Stubborn({})
    stubborn.error = error
    async with bench.engine(catalogue=stubborn) as engine:
        arn = await begin(bench, engine, ONE)
        await engine.stop_execution(arn)
        await settle(engine)
        assert len(stubborn.stopped) == 1
    assert len(await bench.store.outbox()) == again
    async with bench.engine(catalogue=stubborn) as engine:
        await settle(engine)
        assert len(stubborn.stopped) == 1 + again


async def test_a_task_without_a_job_leaves_nothing(bench: Bench) -> None:
    bench.script.plan({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        await settle(engine)
        await engine.stop_execution(started.arn)
        assert await bench.store.outbox() == []
    assert bench.script.stopped == []


async def test_a_redriven_execution_does_not_stop_its_new_job(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine, ONE)
        await engine.stop_execution(arn)
        await settle(engine)
        bench.script.plan({"J": [{"submitted": {"id": 2}, "silent": True}]})
        await engine.redrives.redrive(arn)
        await settle(engine)
    row = await bench.store.execution(arn)
    assert row is not None
    (entry,) = await bench.store.outbox()
    assert (entry.execution, entry.kind) == (row.id, "task")
    assert entry != OutboxEntry(row.id, 3, "task"), "the first job's entry is gone"
    async with bench.engine() as engine:
        await settle(engine)
        assert [submitted for _, submitted in bench.script.stopped] == [{"id": 1}]
