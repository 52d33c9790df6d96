"""Task tokens: each is answered once, durably, by whoever holds it, and by nobody who guesses."""

import asyncio
import random

import pytest

from tests.engine.conftest import Bench
from tests.engine.outside import SUBMITTED, callback, history, sent_tokens
from tests.language.script import Script
from tests.language.stores import settle
from tests.store.faulty import FaultyStore
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import (
    EngineError,
    InvalidOutputError,
    InvalidTokenError,
    StoppedError,
    TaskNotFoundError,
    TaskTimedOutError,
)
from tobiishi.engine.tokens import TaskToken, mint
from tobiishi.store.contract import OutboxEntry
from tobiishi.tasks.contract import AfterCrash

RETRYING = callback(Retry=[{"ErrorEquals": ["Refused"], "IntervalSeconds": 1}])


async def begin(bench: Bench, engine: Engine, definition: dict[str, object] | None = None) -> tuple[str, str]:
    """Start a callback that is submitted; return the execution's ARN and the token."""
    started = await engine.start_execution(await bench.machine(engine, definition or callback()))
    await settle(engine)
    return started.arn, (await sent_tokens(bench, started.arn))[-1]


@pytest.fixture
def submitting(bench: Bench) -> Bench:
    bench.script = Script(SUBMITTED, AfterCrash.LOST)
    return bench


async def test_a_token_succeeds_once(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        await engine.callbacks.succeed(token, '{"a": 1}')
        assert (await submitting.types(arn))[-1] == "ExecutionSucceeded", "answered once it is durable"
        assert (await engine.wait(arn)).output == '{"a": 1}'
        for answer in (engine.callbacks.succeed(token, "1"), engine.callbacks.fail(token)):
            with pytest.raises(TaskTimedOutError, match="Task Timed Out: 'Provided task does not exist anymore'"):
                await answer
        with pytest.raises(TaskTimedOutError):
            await engine.callbacks.heartbeat(token)


async def test_a_token_fails(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        await engine.callbacks.fail(token, "Refused", "c" * 40_000)
        ended = await engine.wait(arn)
        assert (ended.status, ended.error, ended.cause) == ("FAILED", "Refused", "c" * 32_768)


async def test_a_failure_need_not_say_anything(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        await engine.callbacks.fail(token)
        ended = await engine.wait(arn)
        assert (ended.status, ended.error, ended.cause) == ("FAILED", None, None)


async def test_each_attempt_has_a_token_of_its_own(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, first = await begin(submitting, engine, RETRYING)
        await engine.callbacks.fail(first, "Refused")
        await settle(engine)
        submitting.clock.advance(1000)
        await settle(engine)
        second = (await sent_tokens(submitting, arn))[-1]
        assert second != first
        with pytest.raises(TaskTimedOutError):
            await engine.callbacks.succeed(first, "1")
        await engine.callbacks.succeed(second, "2")
        assert (await engine.wait(arn)).output == "2"


async def test_of_two_answers_at_once_one_counts(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        answers = [engine.callbacks.succeed(token, str(number)) for number in range(20)]
        results = await asyncio.gather(*answers, return_exceptions=True)
        assert [str(number) for number, result in enumerate(results) if result is None] == [
            (await engine.wait(arn)).output
        ]
        assert all(isinstance(result, TaskTimedOutError) for result in results if result is not None)


async def test_tokens_cannot_be_guessed(submitting: Bench) -> None:
    draw = random.Random(1)
    async with submitting.engine() as engine:
        _, token = await begin(submitting, engine)
        changed = [
            token[:place] + draw.choice("ABCxyz019-_") + token[place + 1 :] for place in range(0, len(token) - 1, 7)
        ]
        forged = mint(b"another key", TaskToken(1, 2, 0))
        for guess in {*changed, forged, "", "NoSuchTaskToken", "\ud800", f"{token} ", f" {token}", "a.b.c"} - {token}:
            with pytest.raises(InvalidTokenError, match="Invalid Token: 'Invalid token'"):
                await engine.callbacks.succeed(guess, "1")


async def test_a_token_of_an_execution_that_never_was(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        with pytest.raises(TaskNotFoundError):
            await engine.callbacks.heartbeat(mint(await submitting.store.secret(), TaskToken(77, 2, 0)))


@pytest.mark.parametrize("output", ["", "{", "[" * 300 + "]" * 300, f'"{"é" * 131_072}"', '"\ud800"', "NaN"])
async def test_an_output_must_be_json(submitting: Bench, output: str) -> None:
    async with submitting.engine() as engine:
        _, token = await begin(submitting, engine)
        with pytest.raises(InvalidOutputError, match="Invalid Output: '"):
            await engine.callbacks.succeed(token, output)
        with pytest.raises(InvalidTokenError):
            await engine.callbacks.succeed("wrong", output)
        await engine.callbacks.succeed(token, "1")


async def test_text_that_is_not_unicode_is_recorded_as_far_as_it_goes(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        await engine.callbacks.fail(token, "\ud800", "\udfff")
        assert (await engine.wait(arn)).error == "?"


async def test_a_restart_keeps_the_token(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
    assert await submitting.store.outbox() == [], "nothing needs to be taken up for a callback that was submitted"
    async with submitting.engine() as engine:
        assert engine.resident_runs == 0
        await engine.callbacks.succeed(token, "5")
        assert (await engine.wait(arn)).output == "5"


async def test_a_run_that_left_memory_hears_its_token(submitting: Bench) -> None:
    async with submitting.engine(resident_runs=1) as engine:
        machine = await submitting.machine(engine, callback())
        arns = [(await engine.start_execution(machine)).arn for _ in range(5)]
        await settle(engine)
        assert engine.resident_runs == 1
        assert engine.working == 0, "waiting for a token takes no asyncio task"
        for arn in arns:
            await engine.callbacks.succeed((await sent_tokens(submitting, arn))[0], "1")
            assert (await engine.wait(arn)).status == "SUCCEEDED"


async def test_an_answer_before_the_request_is_answered(bench: Bench) -> None:
    """The request goes on to its end: it may be a function that has more to do."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def answer(token: str, outcome: dict[str, object]) -> None:
        await engine.callbacks.succeed(token, str(outcome["output"]))
        asked.set()
        await go_on.wait()

    bench.script = Script({"T": [{"submitted": 1, "early": True, "answer": {"output": "7"}}]})
    bench.script.answer = answer
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, callback()))
        await asked.wait()
        assert (await engine.wait(started.arn)).output == "7"
        assert engine.working == 1
        go_on.set()
        await engine.drain(10)
        assert engine.working == 0
    assert "TaskSubmitted" not in await bench.types(started.arn)


async def test_an_answer_whose_commit_fails_is_recorded_all_the_same(submitting: Bench) -> None:
    for fault in ("fail_before", "fail_after"):
        faulty = FaultyStore(submitting.store)
        async with submitting.engine(faulty.as_store()) as engine:
            arn, token = await begin(submitting, engine)
            getattr(faulty, fault)(len(faulty.batches) + 1)
            answers = [engine.callbacks.succeed(token, "1"), engine.callbacks.succeed(token, "2")]
            first, second = await asyncio.gather(*answers, return_exceptions=True)
            assert first is None
            assert isinstance(second, TaskTimedOutError)
            assert (await submitting.types(arn))[-1] == "ExecutionSucceeded"


async def test_a_late_answer_waits_until_what_made_it_late_is_durable(submitting: Bench) -> None:
    faulty = FaultyStore(submitting.store)
    async with submitting.engine(faulty.as_store()) as engine:
        _, token = await begin(submitting, engine)
        faulty.hold_commits()
        first = asyncio.ensure_future(engine.callbacks.succeed(token, "1"))
        second = asyncio.ensure_future(engine.callbacks.succeed(token, "2"))
        await faulty.waiting.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not first.done()
        assert not second.done()
        faulty.let_commits_go()
        await first
        with pytest.raises(TaskTimedOutError):
            await second


async def test_an_answer_that_was_taken_back_is_not_heard(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        answer = asyncio.ensure_future(engine.callbacks.succeed(token, "1"))
        await asyncio.sleep(0)
        answer.cancel()
        await settle(engine)
        assert (await submitting.types(arn))[-1] == "TaskSubmitted"
        await engine.callbacks.succeed(token, "2")
        assert (await engine.wait(arn)).output == "2"


async def test_an_engine_that_stops_answers_everybody(submitting: Bench) -> None:
    faulty = FaultyStore(submitting.store)
    async with submitting.engine(faulty.as_store()) as engine:
        _, token = await begin(submitting, engine)
        faulty.hold_commits()
        answer = asyncio.ensure_future(engine.callbacks.succeed(token, "1"))
        await faulty.waiting.wait()
    with pytest.raises(StoppedError):
        await answer
    with pytest.raises(StoppedError):
        await engine.callbacks.succeed(token, "1")


async def test_a_fault_of_ours_is_no_answer(submitting: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        monkeypatch.setattr("tobiishi.interp.hearing._record_success", None)
        with pytest.raises(EngineError, match="An internal error occurred"):
            await engine.callbacks.succeed(token, "1")
        assert (await engine.wait(arn)).error == "States.Runtime"


async def test_a_token_is_answered_while_the_engine_drains(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        await engine.drain(10)
        await engine.callbacks.succeed(token, "1")
    assert (await submitting.types(arn))[-1] == "TaskSucceeded", "the next engine goes on"
    async with submitting.engine() as engine:
        assert (await engine.wait(arn)).output == "1"


HEARTBEAT = callback(TimeoutSeconds=100, HeartbeatSeconds=10)


async def test_heartbeats_keep_a_task_alive_until_its_timeout(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine, HEARTBEAT)
        before = len(await history(submitting, arn))
        for _ in range(10):
            submitting.clock.advance(9_900)
            await settle(engine)
            await engine.callbacks.heartbeat(token)
        assert len(await history(submitting, arn)) == before, "a heartbeat is no history"
        submitting.clock.advance(1000)
        assert (await engine.wait(arn)).error == "States.Timeout"
        with pytest.raises(TaskTimedOutError):
            await engine.callbacks.heartbeat(token)


async def test_a_task_without_heartbeats_times_out(submitting: Bench) -> None:
    catching = callback(HeartbeatSeconds=10, Catch=[{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "C"}])
    catching["States"]["C"] = {"Type": "Pass", "End": True}
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine, catching)
        submitting.clock.advance(9_999)
        await settle(engine)
        await engine.callbacks.heartbeat(token)
        submitting.clock.advance(9_999)
        await settle(engine)
        assert (await submitting.types(arn))[-1] == "TaskSubmitted"
        submitting.clock.advance(1)
        assert (await engine.wait(arn)).status == "SUCCEEDED"
        assert "TaskTimedOut" in await submitting.types(arn)


async def test_after_a_restart_a_heartbeat_has_its_full_time(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine, HEARTBEAT)
        submitting.clock.advance(9_000)
    row = await submitting.store.execution(arn)
    assert row is not None
    assert await submitting.store.outbox() == [OutboxEntry(row.id, 3, "task")]
    async with submitting.engine() as engine:
        submitting.clock.advance(9_000)
        await settle(engine)
        await engine.callbacks.heartbeat(token)
        submitting.clock.advance(10_000)
        assert (await engine.wait(arn)).error == "States.Timeout"


async def test_a_heartbeat_for_a_task_that_needs_none(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        await engine.callbacks.heartbeat(token)
        submitting.clock.advance(10**9)
        await settle(engine)
        assert (await submitting.types(arn))[-1] == "TaskSubmitted"


async def test_a_token_of_one_branch_leaves_the_others_alone(submitting: Bench) -> None:
    branch = callback()
    other = {"StartAt": "U", "States": {"U": branch["States"]["T"]}}
    submitting.script = Script({"T": [{"submitted": 1}], "U": [{"submitted": 2}]})
    parallel = {"Type": "Parallel", "Branches": [branch, other], "End": True}
    async with submitting.engine() as engine:
        started = await engine.start_execution(
            await submitting.machine(engine, {"StartAt": "P", "States": {"P": parallel}})
        )
        await settle(engine)
        first, second = await sent_tokens(submitting, started.arn)
        await engine.callbacks.succeed(second, '"second"')
        with pytest.raises(TaskTimedOutError):
            await engine.callbacks.succeed(second, '"again"')
        await engine.callbacks.succeed(first, '"first"')
        assert (await engine.wait(started.arn)).output == '["first","second"]'


async def test_a_token_dies_with_its_execution(submitting: Bench) -> None:
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine)
        await engine.stop_execution(arn)
        with pytest.raises(TaskTimedOutError):
            await engine.callbacks.succeed(token, "1")
        assert (await submitting.types(arn))[-1] == "ExecutionAborted"


async def test_a_job_may_report_on_itself(submitting: Bench) -> None:
    """The job that was submitted goes on; nobody attends to it any more."""
    submitting.script = Script({"T": [{"submitted": {"id": 1}, "silent": True}]})
    job = callback(Resource="arn:aws:states:::states:startExecution.sync")
    async with submitting.engine() as engine:
        arn, token = await begin(submitting, engine, job)
        tasks = len(asyncio.all_tasks())
        await engine.callbacks.succeed(token, "1")
        await settle(engine)
        assert (await engine.wait(arn)).output == "1"
        assert len(asyncio.all_tasks()) == tasks - 1
    assert await submitting.store.outbox() == []
