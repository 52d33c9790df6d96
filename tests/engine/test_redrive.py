"""Redriving executions: which can be, what happens, and what survives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.conftest import PASS, TASK, Bench
from tests.language.script import Script
from tests.store.faulty import FaultyStore
from tobiishi import jsontext
from tobiishi.asl.model import Resource
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import DrainingError, ExecutionNotFoundError, NotRedrivableError
from tobiishi.engine.express import Express
from tobiishi.engine.nested import NestedExecutions
from tobiishi.engine.queries import Outcome
from tobiishi.engine.redrive import redrive_status
from tobiishi.quotas import AWS, Quotas
from tobiishi.store.contract import ExecutionRow, Filter, Status
from tobiishi.tasks.contract import Integration
from tobiishi.tasks.nested import StartExecution

DAY_MS = 86_400_000
FAILED = ExecutionRow(
    id=1,
    arn="arn:aws:states:us-east-1:123456789012:execution:machine:one",
    machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    name="one",
    revision=1,
    root=1,
    started_ms=0,
    status="FAILED",
    stopped_ms=DAY_MS,
)


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_unsuccessful_execution_can_be_redriven(status: Status) -> None:
    assert redrive_status(replace(FAILED, status=status), 24_998, 15 * DAY_MS, AWS) == ("REDRIVABLE", None)


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "PENDING_REDRIVE"])
def test_another_cannot(status: Status) -> None:
    reason = f"Execution is {status} and cannot be redriven"
    assert redrive_status(replace(FAILED, status=status), 5, DAY_MS, AWS) == ("NOT_REDRIVABLE", reason)


def test_its_history_must_have_room() -> None:
    assert redrive_status(FAILED, 24_999, DAY_MS, AWS)[1] == "Execution history event limit exceeded"
    assert redrive_status(FAILED, 24_999, DAY_MS, Quotas(history_events=None)) == ("REDRIVABLE", None)


def test_its_time_can_be_over() -> None:
    assert redrive_status(FAILED, 5, 15 * DAY_MS + 1, AWS)[1] == "Execution redrivable period exceeded"
    late = replace(FAILED, stopped_ms=365 * DAY_MS)
    assert redrive_status(late, 5, 365 * DAY_MS + 1, AWS)[1] == "Execution has exceeded the max execution time"


def test_its_machine_must_stay() -> None:
    assert redrive_status(FAILED, 5, DAY_MS, AWS, deleting=True)[1] == "State machine is in DELETING status"


class Both:
    """Finds the script, and what starts children."""

    def __init__(self, script: Script, executions: NestedExecutions) -> None:
        self._script = script
        self._start = StartExecution(executions)

    def find(self, resource: Resource) -> Integration:
        return self._start if "startExecution" in resource.arn else self._script

    def prepare(self, resource: Resource) -> None: ...


CHILD = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
START = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync"}
PARENT = {"StartAt": "P", "States": {"P": {**START, "Parameters": {"StateMachineArn": CHILD}, "End": True}}}
FAILING: list[dict[str, Any]] = [{"error": "Broken"}, {"error": "Broken"}, {"output": 7}]


async def row_of(bench: Bench, arn: str) -> ExecutionRow:
    row = await bench.store.execution(arn)
    assert row is not None
    return row


@asynccontextmanager
async def broken(bench: Bench) -> AsyncIterator[tuple[Engine, str]]:
    """An engine with an execution that has failed."""
    bench.script = Script({"T": FAILING})
    async with bench.engine(catalogue=bench.script) as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        assert (await engine.wait(started.arn)).status == "FAILED"
        yield engine, started.arn


async def test_the_same_execution_goes_on(bench: Bench) -> None:
    async with broken(bench) as (engine, arn):
        before = await row_of(bench, arn)
        bench.clock.advance(5000)
        redriven_ms = await engine.redrives.redrive(arn)
        assert (await engine.wait(arn)).status == "FAILED", "its second end, not its first"
        again = await row_of(bench, arn)
        assert (again.id, again.revision, again.started_ms) == (before.id, before.revision, before.started_ms)
        assert (again.redrives, again.redriven_ms, again.stopped_ms) == (1, redriven_ms, bench.clock.now_ms())
        await engine.redrives.redrive(arn)
        assert await engine.wait(arn) == Outcome("SUCCEEDED", "7")
        assert (await row_of(bench, arn)).redrives == 2


async def test_a_row_that_runs_again_has_no_stop(bench: Bench) -> None:
    bench.script = Script({"T": [{"error": "Broken"}, {"silent": True}]})
    async with bench.engine(catalogue=bench.script) as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        await engine.wait(started.arn)
        await engine.redrives.redrive(started.arn)
        row = await row_of(bench, started.arn)
        assert (row.status, row.stopped_ms) == ("RUNNING", None)
        assert [entry.kind for entry in await bench.store.outbox()] == ["task"]


async def test_the_definition_stays(bench: Bench) -> None:
    async with broken(bench) as (engine, arn):
        await bench.machine(engine, PASS)
        await engine.redrives.redrive(arn)
        await engine.wait(arn)
    assert (await bench.types(arn)).count("TaskScheduled") == 2


async def test_of_two_at_once_one_wins(bench: Bench) -> None:
    bench.script = Script({"T": [{"error": "Broken"}, {"silent": True}]})
    async with bench.engine(catalogue=bench.script) as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        await engine.wait(started.arn)
        redrives = [engine.redrives.redrive(started.arn, f"token-{number}") for number in range(3)]
        answers = await asyncio.gather(*redrives, return_exceptions=True)
    refused = [str(answer) for answer in answers if isinstance(answer, NotRedrivableError)]
    words = f"Execution {started.arn} invalid for redrive as: Execution is RUNNING and cannot be redriven"
    assert refused == [words, words]
    assert (await bench.types(started.arn)).count("ExecutionRedriven") == 1


async def test_one_that_fails_at_once_is_redriven_as_often_as_it_is_asked(bench: Bench) -> None:
    """Each redrive follows an end that is durable; none of them stops the engine."""
    definition = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken"}}}
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, definition), "{}", "one")
        await engine.wait(started.arn)
        await asyncio.gather(*(engine.redrives.redrive(started.arn) for _ in range(3)))
        assert engine.failed is None
        row = await row_of(bench, started.arn)
        assert (row.status, row.redrives) == ("FAILED", 3)
    assert (await bench.types(started.arn))[2:] == ["ExecutionFailed", "ExecutionRedriven"] * 3 + ["ExecutionFailed"]


async def test_a_client_token_gets_one_answer(bench: Bench) -> None:
    async with broken(bench) as (engine, arn):
        both = await asyncio.gather(engine.redrives.redrive(arn, "A"), engine.redrives.redrive(arn, "A"))
        first = both[0]
        assert list(both) == [first, first]
        await engine.wait(arn)
        bench.clock.advance(1000)
        assert await engine.redrives.redrive(arn, "A") == first, "it failed again, and is not redriven again"
        assert await engine.redrives.redrive(arn, "B") == first + 1000
        await engine.wait(arn)
    async with bench.engine() as engine:
        assert await engine.redrives.redrive(arn, "A") == first, "the token outlives the engine"
        assert await engine.redrives.redrive(arn, "B") == first + 1000, "and the execution's success"
        with pytest.raises(NotRedrivableError, match="Execution is SUCCEEDED and cannot be redriven"):
            await engine.redrives.redrive(arn, "C")
    assert (await bench.types(arn)).count("ExecutionRedriven") == 2


async def test_a_repeated_request_opens_no_other_execution(bench: Bench) -> None:
    """Heard while the run merely goes on, it is recorded with steps that have nothing to do with it."""
    loop = {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "E"}], "Default": "L"}
    task = {**TASK["States"]["T"], "Next": "L"}  # type: ignore[index]
    del task["End"]
    definition = {"StartAt": "T", "States": {"T": task, "L": loop, "E": {"Type": "Succeed"}}}
    bench.script = Script({"T": [{"error": "Broken"}, {"output": 7}]})
    quotas = Quotas(history_events=None, open_executions=2)
    async with bench.engine(quotas=quotas) as engine:
        machine = await bench.machine(engine, definition)
        started = await engine.start_execution(machine, "{}", "one")
        await engine.wait(started.arn)
        for _ in range(5):
            await engine.redrives.redrive(started.arn, "A")
        assert await engine.start_execution(machine, "{}", "two")
        row = await row_of(bench, started.arn)
        assert (row.status, row.redrives) == ("RUNNING", 1)


async def test_a_commit_that_fails_is_done_again(bench: Bench) -> None:
    faulty = FaultyStore(bench.store)
    bench.script = Script({"T": [{"error": "Broken"}, {"output": 7}]})
    async with bench.engine(faulty.as_store(), catalogue=bench.script) as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        await engine.wait(started.arn)
        faulty.fail_before(len(faulty.batches) + 1)
        faulty.fail_after(len(faulty.batches) + 2)
        await engine.redrives.redrive(started.arn, "A")
        assert (await engine.wait(started.arn)).status == "SUCCEEDED"
    assert (await bench.types(started.arn)).count("ExecutionRedriven") == 1


async def test_what_does_not_exist(bench: Bench) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:machine:none"
    async with bench.engine() as engine:
        with pytest.raises(ExecutionNotFoundError, match=f"Execution Does Not Exist: '{arn}'"):
            await engine.redrives.redrive(arn)


async def test_too_late(bench: Bench) -> None:
    async with broken(bench) as (engine, arn):
        bench.clock.advance(14 * DAY_MS + 1)
        with pytest.raises(NotRedrivableError, match="Execution redrivable period exceeded"):
            await engine.redrives.redrive(arn)


async def test_a_draining_engine_redrives_nothing(bench: Bench) -> None:
    async with broken(bench) as (engine, arn):
        await engine.drain(0)
        with pytest.raises(DrainingError):
            await engine.redrives.redrive(arn)


async def test_a_parent_starts_another_child(bench: Bench) -> None:
    """What `.sync` has started stays as it is: the Task is scheduled anew, and so is a child."""
    executions = NestedExecutions()
    bench.script = Script({"T": [{"error": "Broken"}, {"output": 7}]})
    async with bench.engine(catalogue=Both(bench.script, executions)) as engine:
        executions.attach(engine, Express(engine))
        await engine.machines.put("child", jsontext.encode_text(TASK), bench.clock.now_ms())
        started = await engine.start_execution(await bench.machine(engine, PARENT), "{}", "one")
        assert (await engine.wait(started.arn)).status == "FAILED"
        await engine.redrives.redrive(started.arn)
        assert (await engine.wait(started.arn)).status == "SUCCEEDED"
    statuses = [row.status for row in await bench.store.executions(Filter(root=started.execution))]
    assert statuses == ["SUCCEEDED", "FAILED", "SUCCEEDED"]


async def test_whoever_waits_for_a_child_waits_on_when_it_is_redriven(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails, and goes on before its parent has read how it failed."""
    executions = NestedExecutions()
    async with broken(bench) as (engine, arn):
        executions.attach(engine, Express(engine))
        really = bench.store.execution

        async def redriven_first(execution: str) -> ExecutionRow | None:
            monkeypatch.undo()
            bench.script.plan({"T": [{"output": 7}] * 3})
            bench.clock.advance(5000)
            await engine.redrives.redrive(arn)
            return await really(execution)

        assert engine.store is bench.store
        monkeypatch.setattr(bench.store, "execution", redriven_first)
        ended = await executions.wait(arn)
        assert (ended.status, ended.output) == ("SUCCEEDED", "7")
