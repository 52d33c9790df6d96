"""One execution's trouble stays its own: whatever a task, a watcher, stored data or a fault of ours does."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.engine.conftest import PASS, TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tests.store.faulty import FaultyStore
from tobiishi import jsontext
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import InvalidNameError
from tobiishi.engine.watching import Source
from tobiishi.interp import hearing, states
from tobiishi.interp import signals as sig
from tobiishi.interp.fold import FOLDERS, Entry
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest

SILENT = {"T": [{"silent": True}]}


def broken(*_: object) -> None:
    raise RuntimeError("a bug")


async def works(bench: Bench, engine: Engine) -> bool:
    """Say whether the engine still runs executions to their ends."""
    arn = (await engine.machines.put("probe", jsontext.encode_text(PASS), 0)).arn
    async with asyncio.timeout(5):
        return (await engine.wait((await engine.start_execution(arn)).arn)).status == "SUCCEEDED"


class Odd(Script):
    """Raises what no integration should."""

    def __init__(self, error: BaseException, after_crash: AfterCrash = AfterCrash.LOST) -> None:
        super().__init__({}, after_crash)
        self.error = error

    async def call(self, request: TaskRequest) -> Any:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [asyncio.CancelledError(), ValueError("no"), RecursionError(), TaskError("E", "\ud800"), TaskError("\udfff")],
)
async def test_a_task_that_raises_anything_fails(bench: Bench, error: BaseException) -> None:
    bench.script = Odd(error)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK))
        async with asyncio.timeout(5):
            assert (await engine.wait(started.arn)).status == "FAILED"
        assert await works(bench, engine)


async def test_text_that_is_not_unicode_ends_one_execution_at_most(bench: Bench) -> None:
    bench.script = Script(SILENT)
    async with bench.engine() as engine:
        arn = await bench.machine(engine, TASK)
        started = await engine.start_execution(arn)
        with pytest.raises(InvalidNameError):
            await engine.start_execution(arn, "{}", "\ud800")
        async with asyncio.timeout(5):
            row = await engine.stop_execution(started.arn, "\ud800", "\udfff")
        assert row.status in {"ABORTED", "FAILED"}
        assert await works(bench, engine)


async def test_a_fault_while_a_commit_is_on_its_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The segment that is being written is performed as any other; the execution fails after it."""
    job = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True}
    bench.script = Script({"T": [{"submitted": 1, "silent": True}]})
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        started = await engine.start_execution(await bench.machine(engine, {"StartAt": "T", "States": {"T": job}}))
        await settle(engine)
        faulty.hold_commits()
        engine.tell(started.execution, sig.TaskSucceeded(3, "1"))
        with monkeypatch.context() as patch:
            patch.setitem(hearing.HEARERS, sig.Abort, broken)
            ended = asyncio.ensure_future(engine.stop_execution(started.arn))
            await faulty.waiting.wait()
            for _ in range(20):
                await asyncio.sleep(0)
        faulty.let_commits_go()
        async with asyncio.timeout(5):
            assert (await ended).status == "SUCCEEDED", "it had ended before"
        assert engine.failed is None
        assert await works(bench, engine)


@pytest.mark.parametrize("fault", ["fail_before", "fail_after"])
async def test_a_fault_while_a_commit_is_failing(bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    job = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True}
    bench.script = Script({"T": [{"silent": True}]})
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        started = await engine.start_execution(await bench.machine(engine, {"StartAt": "T", "States": {"T": job}}))
        await settle(engine)
        getattr(faulty, fault)(len(faulty.batches) + 1)
        faulty.hold_commits()
        engine.tell(started.execution, sig.TaskSubmitted(3, '{"id":1}'))
        await faulty.waiting.wait()
        with monkeypatch.context() as patch:
            patch.setitem(hearing.HEARERS, sig.TaskSucceeded, broken)
            engine.tell(started.execution, sig.TaskSucceeded(3, "1"))
            for _ in range(20):
                await asyncio.sleep(0)
        faulty.let_commits_go()
        async with asyncio.timeout(5):
            ended = await engine.wait(started.arn)
        assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
        assert await works(bench, engine)
    assert (await bench.types(started.arn))[-1] == "ExecutionFailed"


async def test_a_start_that_cannot_even_fail_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS)
        with monkeypatch.context() as patch:
            patch.setitem(hearing.HEARERS, sig.Start, broken)
            with pytest.raises(Exception, match="internal error"):
                async with asyncio.timeout(5):
                    await engine.start_execution(arn)
        await settle(engine)
        assert await works(bench, engine)


async def test_a_repeated_start_of_a_machine_with_a_fault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is taken, so nothing of it is written: not the failure either."""
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS)
        first = await engine.start_execution(arn, "1", "one")
        await engine.wait(first.arn)
        monkeypatch.setitem(states.ENTER, "Pass", broken)
        with pytest.raises(Exception, match="Already Exists"):
            await engine.start_execution(arn, "2", "one")
        await settle(engine)
        assert engine.failed is None
        monkeypatch.undo()
        assert await works(bench, engine)
    assert (await bench.types(first.arn))[-1] == "ExecutionSucceeded"


async def test_a_watcher_that_raises_is_not_asked_again(bench: Bench) -> None:
    told: list[str] = []

    def watcher(source: Source, _: Sequence[Entry]) -> None:
        told.append(source.arn)
        raise RuntimeError("a bug")

    async with bench.engine() as engine:
        engine.watchers.append(watcher)
        assert await works(bench, engine)
        assert await works(bench, engine)
    assert len(told) == 1


@pytest.mark.parametrize("method", ["after_crash", "lost_error"])
@pytest.mark.parametrize("error", [TaskError("States.Runtime", "unknown action"), RuntimeError("a bug")])
async def test_an_integration_that_cannot_say_what_a_crash_means(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, method: str, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    bench.script = Script(SILENT, AfterCrash.LOST)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK))
        await settle(engine)
    monkeypatch.setattr(bench.script, method, fail)
    async with bench.engine() as engine:
        async with asyncio.timeout(5):
            ended = await engine.wait(started.arn)
        assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
        bench.script = Script({})
        assert await works(bench, engine)


@pytest.mark.parametrize("when", ["recovering", "waking"])
async def test_an_execution_that_cannot_be_rebuilt_stays_as_it_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Data that this release cannot read may be readable by the next: nothing is written to it."""
    bench.script = Script(SILENT, AfterCrash.LOST)
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK))
        await settle(engine)
    before = await bench.store.segments(started.execution)
    with monkeypatch.context() as patch:
        patch.setitem(FOLDERS, "TaskScheduled", broken)
        async with bench.engine() as engine:
            if when == "waking":
                engine.tell(started.execution, sig.TaskSucceeded(3, "1"))
                await settle(engine)
                with pytest.raises(Exception, match="cannot be read"):
                    async with asyncio.timeout(5):
                        await engine.stop_execution(started.arn)
            assert await works(bench, engine)
            assert await bench.store.segments(started.execution) == before
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).error == "Lost.SdkClientException"


async def test_a_worker_that_fails_oddly_fails_the_state(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from tobiishi.expr.jsonata_worker import JsonataWorker

    async def odd(*_: object) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(JsonataWorker, "evaluate", odd)
    heavy = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $sum([1..200000]) %}", "End": True}
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, {"StartAt": "P", "States": {"P": heavy}}))
        async with asyncio.timeout(5):
            assert (await engine.wait(started.arn)).status == "FAILED"
        assert await works(bench, engine)


async def test_a_segment_that_the_store_never_takes_holds_nobody_up(bench: Bench) -> None:
    """Batches that fail are parted, so that one bad segment fails alone."""
    from tobiishi.store.contract import Commit, Lease, StoreError

    class Picky(FaultyStore):
        bad = 0

        async def commit(self, commits: Sequence[Commit], lease: Lease) -> frozenset[int]:
            if any(commit.segment.execution == self.bad and commit.segment.sequence > 1 for commit in commits):
                raise StoreError("string or blob too big")
            return await super().commit(commits, lease)

    bench.script = Script(SILENT)
    picky = Picky(bench.store)
    async with bench.engine(picky.as_store()) as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK))
        picky.bad = started.execution
        engine.tell(started.execution, sig.TaskSucceeded(3, "1"))
        arn = (await engine.machines.put("probe", jsontext.encode_text(PASS), 0)).arn
        async with asyncio.timeout(10):
            others = await asyncio.gather(*(engine.start_execution(arn, str(n)) for n in range(50)))
            assert [(await engine.wait(one.arn)).output for one in others] == [str(n) for n in range(50)]
