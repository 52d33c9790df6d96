"""What a drain waits for, and what it leaves to the next engine."""

import asyncio
from typing import Any

import pytest

from tests.engine.conftest import TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tests.store.faulty import FaultyStore
from tobiishi import jsontext
from tobiishi.asl.model import Definition
from tobiishi.engine.callers import Started
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import DrainingError
from tobiishi.engine.express import Express
from tobiishi.engine.nested import NestedExecutions
from tobiishi.interp import signals as sig
from tobiishi.store.contract import Filter
from tobiishi.tasks.contract import AfterCrash, TaskRequest
from tobiishi.tasks.nested import StartExecution
from tobiishi.tasks.registry import Integrations

NESTED = {
    "StartAt": "T",
    "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True}},
}


async def test_a_submitted_job_is_left_to_the_next_engine(bench: Bench) -> None:
    bench.script = Script({"T": [{"submitted": {"id": 1}, "silent": True}]})
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, NESTED), "{}", "one")
        await settle(engine)
        assert engine.working == 0
        async with asyncio.timeout(10):
            await engine.drain(3600)
    bench.script = Script({"T": [{"submitted": {"id": 1}, "output": "done"}]})
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).output == '"done"'


async def test_a_task_without_an_answer_is_waited_for(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        await engine.start_execution(await bench.machine(engine, NESTED), "{}", "one")
        await settle(engine)
        assert engine.working == 1
        await engine.drain(0)
        assert engine.working == 0


async def test_a_drain_ends_though_the_store_is_lost(bench: Bench) -> None:
    """With the lease gone nothing can be written any more: there is nothing to wait for."""
    bench.script = Script({"T": [{"silent": True}]})
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        started = await engine.start_execution(await bench.machine(engine, NESTED))
        await settle(engine)
        faulty.hold_commits()
        engine.tell(started.execution, sig.TaskSubmitted(3, "1"))
        await faulty.waiting.wait()
        assert await bench.store.acquire("0", "local", 60_000) is not None
        faulty.let_commits_go()
        async with asyncio.timeout(5):
            await engine.drain(0)
        assert engine.failed is not None


async def test_tasks_that_are_scheduled_while_the_drain_begins_are_waited_for(bench: Bench) -> None:
    """Their request is recorded already: not to send it would look like one that was lost."""
    bench.script = Script({"T": [{"output": 1}]})
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        arn = await bench.machine(engine, TASK)
        faulty.hold_commits()
        starting = asyncio.ensure_future(engine.start_execution(arn))
        await faulty.waiting.wait()
        draining = asyncio.ensure_future(engine.drain(3600))
        await asyncio.sleep(0)
        faulty.let_commits_go()
        async with asyncio.timeout(5):
            await draining
        started = await starting
    assert (await bench.types(started.arn))[-1] == "TaskSucceeded"


@pytest.mark.parametrize("how", ["drain", "close"])
async def test_a_start_that_is_under_way_is_refused(bench: Bench, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever, and nothing starts, however far the start had come."""
    async with bench.engine() as engine:
        standard = await bench.machine(engine, TASK)
        quick = (await engine.machines.put("quick", jsontext.encode_text(TASK), 0, "EXPRESS")).arn
        compiling, compiled = asyncio.Event(), asyncio.Event()
        really = engine.machines.compiled

        async def slowly(revision: int) -> Definition:
            compiling.set()
            await compiled.wait()
            return await really(revision)

        monkeypatch.setattr(engine.machines, "compiled", slowly)
        starts = [
            asyncio.ensure_future(engine.start_execution(standard)),
            asyncio.ensure_future(Express(engine).start_sync(quick)),
            asyncio.ensure_future(Express(engine).start(quick)),
        ]
        await compiling.wait()
        await settle(engine)
        await (engine.drain(0) if how == "drain" else engine.close())
        compiled.set()
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*starts, return_exceptions=True)
        assert isinstance(answers[0], DrainingError)
        assert isinstance(answers[1], DrainingError)
        assert isinstance(answers[2], Started), "its row is durable: the next engine runs it"
        assert bench.script.sent == []
        assert len(await bench.store.express_starts()) == 1
        assert await bench.store.executions(Filter()) == []


async def test_a_child_that_a_drain_keeps_from_starting_is_left_to_the_next_engine(bench: Bench) -> None:
    """The parent does not fail because of a restart."""
    bench.script = Draining()
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, NESTED))
        await settle(engine)
        await engine.drain(0)
        assert (await bench.types(started.arn))[-1] == "TaskStarted"
    bench.script = Script({"T": [{"submitted": 1, "output": "done"}]}, AfterCrash.RESEND)
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).output == '"done"'


class Draining(Script):
    """Needs the engine, which says that it starts nothing."""

    def __init__(self) -> None:
        super().__init__({})

    async def call(self, request: TaskRequest) -> Any:
        raise DrainingError(request.execution_arn)


async def test_what_is_told_that_the_engine_has_stopped_is_not_recorded(bench: Bench) -> None:
    """A parent waits for its child; the engine stops under it. That is no failure of the child's."""
    nested = NestedExecutions()
    children = Integrations(services={"states:startExecution": StartExecution(nested)})
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}
    async with bench.engine(catalogue=children) as engine:
        nested.attach(engine, Express(engine))
        child = (await engine.machines.put("child", jsontext.encode_text(wait), 0)).arn
        parameters = {"StateMachineArn": child}
        state = {**NESTED["States"]["T"], "Parameters": parameters}  # type: ignore[index]
        started = await engine.start_execution(await bench.machine(engine, {"StartAt": "T", "States": {"T": state}}))
        while (await bench.types(started.arn))[-1] != "TaskSubmitted":
            await settle(engine)
        engine._shard.lost(RuntimeError("something else broke"))
        for _ in range(100):
            await asyncio.sleep(0)
    assert (await bench.types(started.arn))[-1] == "TaskSubmitted"
    again = Engine(bench.store, children, clock=bench.clock)
    nested.attach(again, Express(again))
    await again.start()
    bench.clock.advance(100_000)
    assert (await again.wait(started.arn)).status == "SUCCEEDED"
    await again.close()
