"""What becomes of work in flight when an engine dies and another takes over."""

import asyncio
from typing import Any

import pytest

from tests.engine.conftest import TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tests.store.faulty import Crash, FaultyStore
from tobiishi.engine.engine import Engine
from tobiishi.engine.queries import events
from tobiishi.expr.jsonata_worker import JsonataWorker
from tobiishi.interp import signals as sig
from tobiishi.store.contract import Filter, OutboxEntry, Store
from tobiishi.tasks.contract import AfterCrash

RETRYING = {
    "StartAt": "T",
    "States": {"T": {**TASK["States"]["T"], "Retry": [{"ErrorEquals": ["Lost.SdkClientException"]}]}},  # type: ignore[index]
}


async def test_a_request_in_flight_is_lost_not_repeated(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]}, AfterCrash.LOST)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        await settle(engine)
    sent = len(bench.script.sent)
    async with bench.engine() as engine:
        ended = await engine.wait(started.arn)
    assert (ended.status, ended.error) == ("FAILED", "Lost.SdkClientException")
    assert len(bench.script.sent) == sent


async def test_a_retry_catches_a_lost_request(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}, {"output": 1}]}, AfterCrash.LOST)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, RETRYING), "{}", "one")
        await settle(engine)
    async with bench.engine() as engine:
        await settle(engine)
        bench.clock.advance(1000)
        assert (await engine.wait(started.arn)).output == "1"
    kinds = await bench.types(started.arn)
    assert kinds.count("TaskScheduled") == len(bench.script.sent) == 2
    assert kinds.count("TaskFailed") == 1


async def test_a_read_is_sent_again(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]}, AfterCrash.RESEND)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        await settle(engine)
    bench.script = Script({"T": [{"output": 2}]}, AfterCrash.RESEND)
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).output == "2"
    assert (await bench.types(started.arn)).count("TaskScheduled") == 1


async def test_a_job_with_a_recorded_id_is_attended_again(bench: Bench) -> None:
    job = {"T": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True}}
    bench.script = Script({"T": [{"submitted": {"id": 1}, "silent": True}]}, AfterCrash.LOST)
    async with bench.engine() as engine:
        started = await engine.start_execution(
            await bench.machine(engine, {"StartAt": "T", "States": job}), "{}", "one"
        )
        await settle(engine)
        assert (await bench.types(started.arn))[-1] == "TaskSubmitted"
    bench.script = Script({"T": [{"submitted": {"id": 1}, "output": 3}]}, AfterCrash.LOST)
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).output == "3"
    assert bench.script.sent == [], "the job was not submitted again"


async def test_only_adopted_executions_are_taken_up(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": True}}}
    async with bench.engine() as engine:
        arn = await bench.machine(engine, TASK)
        ours, theirs = await engine.start_execution(arn), await engine.start_execution(arn)
        waiting = await engine.start_execution(await bench.machine(engine, wait))
        await settle(engine)
    bench.script = Script({"T": [{"output": 4}]})
    async with bench.engine_of(ours.execution) as engine:
        assert (await engine.wait(ours.arn)).output == "4"
        bench.clock.advance(20_000)
        await settle(engine)
        rows = {row.id: row.status for row in await bench.store.executions(Filter())}
    assert rows[theirs.execution] == rows[waiting.execution] == "RUNNING"


async def test_heartbeats_start_again_in_full(bench: Bench) -> None:
    beating = {"StartAt": "T", "States": {"T": {**TASK["States"]["T"], "HeartbeatSeconds": 60}}}  # type: ignore[index]
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, beating), "{}", "one")
        await settle(engine)
        bench.clock.advance(59_000)
        await settle(engine)
    async with bench.engine() as engine:
        await settle(engine)
        bench.clock.advance(59_000)
        await settle(engine)
        assert (await bench.types(started.arn))[-1] == "TaskStarted"
        bench.clock.advance(1_000)
        ended = await engine.wait(started.arn)
    assert (ended.status, ended.error) == ("FAILED", "States.Timeout")


async def test_a_checkpoint_spares_the_history(bench: Bench) -> None:
    """A run with a long history is woken from a checkpoint and a short tail."""
    big = "x" * 20_000
    again = {"Variable": "$", "IsString": True, "Next": "T"}
    loop = {
        "StartAt": "T",
        "States": {
            "T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "C"},
            "C": {"Type": "Choice", "Choices": [again], "Default": "E"},
            "E": {"Type": "Succeed"},
        },
    }
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, loop), f'"{big}"', "one")
        for round_ in range(12):
            await settle(engine)
            row_events = [event async for event in events(bench.store, started.execution)]
            engine.tell(started.execution, sig.TaskSucceeded(row_events[-2]["id"], f'"{round_}{big}"'))
        await settle(engine)
        history = [event async for event in events(bench.store, started.execution)]
    saved, tail = await bench.store.tail(started.execution)
    assert saved is not None
    assert len(tail) < 12
    async with bench.engine() as engine:
        engine.tell(started.execution, sig.TaskFailed(history[-2]["id"], "Enough"))
        assert (await engine.wait(started.arn)).error == "Enough"


class SmallPages(FaultyStore):
    """Gives the outbox out entry by entry."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.inner = store

    async def outbox(self, limit: int = 1, after: OutboxEntry | None = None) -> list[OutboxEntry]:
        assert limit == 1
        return await self.inner.outbox(limit, after)


async def test_an_execution_whose_entries_lie_on_two_pages_is_taken_up_once(bench: Bench) -> None:
    branches = [{"StartAt": name, "States": {name: TASK["States"]["T"]}} for name in "ABC"]  # type: ignore[index]
    parallel = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    bench.script = Script({name: [{"silent": True}] for name in "ABC"}, AfterCrash.RESEND)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, parallel))
        await settle(engine)
        assert len(await bench.store.outbox()) == 3
    bench.script = Script({name: [{"output": name}] for name in "ABC"}, AfterCrash.RESEND)
    async with bench.engine(SmallPages(bench.store).as_store()) as engine:
        assert (await engine.wait(started.arn)).output == '["A","B","C"]'
    assert len(bench.script.sent) == 3


async def test_a_crash_while_a_worker_evaluates(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What else happens to the execution meanwhile must not hide that it has more to do."""

    async def never(*_: object) -> Any:
        await asyncio.Event().wait()

    async def quickly(*_: object) -> Any:
        return 7

    heavy = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $sum([1..200000]) %}", "End": True}
    branches = [{"StartAt": "H", "States": {"H": heavy}}, TASK]
    parallel = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    bench.script = Script({"T": [{"silent": True}]})
    monkeypatch.setattr(JsonataWorker, "evaluate", never)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, parallel))
        scheduled = [event["id"] async for event in events(bench.store, started.execution)][-2]
        engine.tell(started.execution, sig.TaskSucceeded(scheduled, "1"))
        while (await bench.types(started.arn))[-1] != "TaskStateExited":  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0)
    monkeypatch.setattr(JsonataWorker, "evaluate", quickly)
    async with bench.engine() as engine, asyncio.timeout(5):
        assert (await engine.wait(started.arn)).output == "[7,1]"


async def test_a_timer_is_not_forgotten_for_what_is_not_durable(bench: Bench) -> None:
    """It fires while the answer that would clear it is on its way to the store, and there the engine dies."""
    patient = {**TASK["States"]["T"], "TimeoutSeconds": 60}  # type: ignore[index]
    bench.script = Script({"T": [{"silent": True}]}, AfterCrash.RESEND)
    faulty = FaultyStore(bench.store)
    engine = Engine(faulty.as_store(), bench.script, clock=bench.clock)
    await engine.start()
    started = await engine.start_execution(await bench.machine(engine, {"StartAt": "T", "States": {"T": patient}}))
    await settle(engine)
    faulty.crash_before(len(faulty.batches) + 1)
    faulty.hold_commits()
    engine.tell(started.execution, sig.TaskSucceeded(3, "1"))
    await faulty.waiting.wait()
    bench.clock.advance(60_000)
    for _ in range(50):
        await asyncio.sleep(0.001)
    faulty.let_commits_go()
    while engine.failed is None:  # noqa: ASYNC110 - it dies silently
        await asyncio.sleep(0)
    with pytest.raises(Crash):
        await engine.close()
    async with bench.engine() as engine, asyncio.timeout(5):
        assert (await engine.wait(started.arn)).error == "States.Timeout"
