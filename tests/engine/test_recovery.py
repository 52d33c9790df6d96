"""What becomes of work in flight when an engine dies and another takes over."""

from tests.engine.conftest import TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tobiishi.engine.queries import events
from tobiishi.interp import signals as sig
from tobiishi.store.contract import Filter
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
