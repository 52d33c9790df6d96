"""Commits that fail, commits whose outcome nobody knows, and leases that are gone."""

import pytest

from tests.engine.conftest import PASS, TASK, Bench
from tests.language.stores import settle
from tests.store.faulty import FaultyStore
from tobiishi.engine.errors import StoppedError
from tobiishi.interp import signals as sig


@pytest.mark.parametrize("fault", ["fail_before", "fail_after"])
@pytest.mark.parametrize("commit", [1, 2])
async def test_a_failed_or_unknown_commit_is_settled_by_reading(bench: Bench, fault: str, commit: int) -> None:
    faulty = FaultyStore(bench.store)
    getattr(faulty, fault)(commit)
    async with bench.engine(faulty.as_store()) as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        assert (await engine.wait(started.arn)).output == "null"
        await settle(engine)
    assert bench.script.sent == [(started.arn, 3)], "the task was performed once"
    assert await bench.types(started.arn) == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
        "ExecutionSucceeded",
    ]  # fmt: skip


async def test_a_batch_that_fails_is_done_again_for_every_run_in_it(bench: Bench) -> None:
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        arn = await bench.machine(engine, PASS)
        faulty.fail_before(1)
        faulty.fail_after(2)
        import asyncio

        started = await asyncio.gather(*(engine.start_execution(arn, str(n)) for n in range(20)))
        ended = [await engine.wait(one.arn) for one in started]
        assert [one.output for one in ended] == [str(n) for n in range(20)]


async def test_segments_applied_meanwhile_are_refolded_too(bench: Bench) -> None:
    """A segment that was built on one that is not in the store must not be written."""
    faulty = FaultyStore(bench.store)
    bench.script = type(bench.script)({"T": [{"silent": True}]})
    heartbeat = {**TASK["States"]["T"], "Resource": "arn:aws:states:::states:startExecution.sync"}  # type: ignore[index]
    async with bench.engine(faulty.as_store()) as engine:
        arn = await bench.machine(engine, {"StartAt": "T", "States": {"T": heartbeat}})
        started = await engine.start_execution(arn, "{}", "one")
        await settle(engine)
        faulty.fail_before(len(faulty.batches) + 1)
        faulty.hold_commits()
        engine.tell(started.execution, sig.TaskSubmitted(3, '{"id":1}'))
        await faulty.waiting.wait()
        engine.tell(started.execution, sig.TaskSucceeded(3, "2"))
        faulty.let_commits_go()
        assert (await engine.wait(started.arn)).output == "2"
    assert (await bench.types(started.arn))[-4:] == [
        "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
    ]  # fmt: skip


async def test_an_engine_that_lost_its_lease_writes_nothing_more(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS)
        taken = await bench.store.acquire("0", "local", 60_000)
        assert taken is not None
        with pytest.raises(StoppedError):
            await engine.start_execution(arn, "{}", "one")
        with pytest.raises(StoppedError):
            await engine.start_execution(arn, "{}", "two")
        assert engine.failed is not None
