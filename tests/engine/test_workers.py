"""Workers of activities: each task goes to one, once its start is durable."""

import asyncio

import pytest

from tests.engine.conftest import Bench
from tests.engine.outside import ACTIVITY, activity, create_activity, history
from tests.language.stores import settle
from tests.store.faulty import Crash, FaultyStore
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import (
    ActivityNotFoundError,
    DrainingError,
    InvalidArnError,
    TaskTimedOutError,
    WorkerLimitError,
)
from tobiishi.engine.tokens import TaskToken, mint
from tobiishi.engine.workers import POLL_MS, ActivityTask


async def begin(bench: Bench, engine: Engine, input_text: str = "{}", **fields: object) -> str:
    """Create the activity and start an execution that wants a task of it done; return its ARN."""
    await create_activity(engine)
    started = await engine.start_execution(await bench.machine(engine, activity(**fields)), input_text)
    await settle(engine)
    return started.arn


async def take(engine: Engine, worker: str | None = None) -> ActivityTask:
    async with asyncio.timeout(5):
        task = await engine.workers.take(ACTIVITY, worker)
    assert task is not None
    return task


async def test_a_worker_takes_a_task_and_does_it(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine, '{"n": 1}')
        assert engine.working == 0, "waiting for a worker takes no asyncio task"
        task = await take(engine, "me")
        assert task.input == '{"n": 1}'
        started = (await history(bench, arn))[-1]
        assert started["type"] == "ActivityStarted", "its start is durable before it is handed out"
        assert started["activityStartedEventDetails"] == {"workerName": "me"}
        await engine.callbacks.succeed(task.token, "2")
        assert (await engine.wait(arn)).output == "2"


async def test_a_worker_without_a_name(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine)
        await take(engine)
        assert (await history(bench, arn))[-1]["activityStartedEventDetails"] == {}


async def test_a_worker_waits_a_minute_for_a_task(bench: Bench) -> None:
    async with bench.engine() as engine:
        await create_activity(engine)
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await settle(engine)
        bench.clock.advance(POLL_MS - 1)
        await settle(engine)
        assert not poll.done()
        bench.clock.advance(1)
        assert await poll is None


async def test_of_two_workers_one_gets_the_task(bench: Bench) -> None:
    async with bench.engine() as engine:
        await create_activity(engine)
        polls = [asyncio.ensure_future(engine.workers.take(ACTIVITY, f"w{number}")) for number in range(2)]
        await settle(engine)
        arn = await begin(bench, engine)
        bench.clock.advance(POLL_MS)
        tasks = await asyncio.gather(*polls)
        assert sum(task is not None for task in tasks) == 1
        assert (await bench.types(arn)).count("ActivityStarted") == 1


async def test_tasks_are_handed_out_in_order(bench: Bench) -> None:
    async with bench.engine() as engine:
        for number in range(5):
            await begin(bench, engine, str(number))
        assert [(await take(engine)).input for _ in range(5)] == ["0", "1", "2", "3", "4"]


async def test_an_activity_must_exist(bench: Bench) -> None:
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, activity()))
        ended = await engine.wait(started.arn)
        where = "An error occurred while executing the state 'T' (entered at the event id #2). "
        assert (ended.error, ended.cause) == ("States.Runtime", f"{where}The activity {ACTIVITY} does not exist.")
        with pytest.raises(ActivityNotFoundError):
            await engine.workers.take(ACTIVITY)
        with pytest.raises(InvalidArnError):
            await engine.workers.take("press")


async def test_a_task_outlives_its_activity(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine)
        await engine.activities.delete(ACTIVITY)
        with pytest.raises(ActivityNotFoundError):
            await engine.workers.take(ACTIVITY)
        await create_activity(engine)
        await engine.callbacks.succeed((await take(engine)).token, "1")
        assert (await engine.wait(arn)).status == "SUCCEEDED"


async def test_seconds_count_from_the_start(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine, TimeoutSeconds=60, HeartbeatSeconds=20)
        bench.clock.advance(100_000)
        await settle(engine)
        assert (await bench.types(arn))[-1] == "ActivityScheduled"
        task = await take(engine)
        for _ in range(2):
            bench.clock.advance(19_999)
            await settle(engine)
            await engine.callbacks.heartbeat(task.token)
        bench.clock.advance(20_000)
        assert (await engine.wait(arn)).error == "States.Timeout"
        assert "ActivityTimedOut" in await bench.types(arn)
        with pytest.raises(TaskTimedOutError):
            await engine.callbacks.succeed(task.token, "1")


async def test_a_task_that_nobody_waits_for_is_not_handed_out(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine)
        await engine.stop_execution(arn)
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await settle(engine)
        bench.clock.advance(POLL_MS)
        assert await poll is None


async def test_a_task_whose_token_was_used_before_it_was_taken(bench: Bench) -> None:
    """The history shows the token, if the definition puts it into the input."""
    async with bench.engine() as engine:
        arn = await begin(bench, engine)
        row = await bench.store.execution(arn)
        assert row is not None
        await engine.callbacks.succeed(mint(await bench.store.secret(), TaskToken(row.id, 2, 0)), "1")
        assert (await engine.wait(arn)).status == "SUCCEEDED"
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await settle(engine)
        bench.clock.advance(POLL_MS)
        assert await poll is None


async def test_a_worker_that_has_gone_gets_no_task(bench: Bench) -> None:
    async with bench.engine() as engine:
        await create_activity(engine)
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await settle(engine)
        poll.cancel()
        arn = await begin(bench, engine)
        assert (await bench.types(arn))[-1] == "ActivityScheduled"
        assert (await take(engine)).input == "{}"


async def test_a_worker_that_goes_before_its_task_starts_leaves_it(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine)
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await asyncio.sleep(0)
        poll.cancel()
        await settle(engine)
        assert (await bench.types(arn))[-1] == "ActivityScheduled"
        await take(engine)


async def test_a_worker_that_goes_while_its_task_starts_has_it(bench: Bench) -> None:
    """The start is on its way to the store: as on AWS, only the task's own timeout helps."""
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        arn = await begin(bench, engine, TimeoutSeconds=60)
        faulty.hold_commits()
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await faulty.waiting.wait()
        poll.cancel()
        faulty.let_commits_go()
        other = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await settle(engine)
        assert (await bench.types(arn)).count("ActivityStarted") == 1
        assert not other.done()
        bench.clock.advance(60_000)
        assert (await engine.wait(arn)).error == "States.Timeout"
        assert await other is None


async def test_a_start_whose_commit_fails_is_recorded_all_the_same(bench: Bench) -> None:
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        arn = await begin(bench, engine)
        faulty.fail_before(len(faulty.batches) + 1)
        task = await take(engine)
        assert (await bench.types(arn)).count("ActivityStarted") == 1
        await engine.callbacks.succeed(task.token, "1")
        assert (await engine.wait(arn)).status == "SUCCEEDED"


async def test_a_start_that_was_taken_back_and_could_not_be_written(bench: Bench) -> None:
    """The worker had gone, and the commit failed: the task is as if nobody had asked for it."""
    faulty = FaultyStore(bench.store)
    async with bench.engine(faulty.as_store()) as engine:
        arn = await begin(bench, engine)
        faulty.fail_before(len(faulty.batches) + 1)
        faulty.hold_commits()
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await faulty.waiting.wait()
        poll.cancel()
        faulty.let_commits_go()
        await settle(engine)
        assert (await bench.types(arn))[-1] == "ActivityScheduled"
        await engine.callbacks.succeed((await take(engine)).token, "1")
        assert (await engine.wait(arn)).status == "SUCCEEDED"


async def test_a_restart_queues_what_nobody_has_taken(bench: Bench) -> None:
    async with bench.engine() as engine:
        arns = [await begin(bench, engine, str(number), HeartbeatSeconds=10) for number in range(3)]
        taken = await take(engine)
    async with bench.engine() as engine:
        bench.clock.advance(9_000)
        await settle(engine)
        await engine.callbacks.heartbeat(taken.token)
        assert [(await take(engine)).input for _ in range(2)] == ["1", "2"]
        await engine.callbacks.succeed(taken.token, '"done"')
        assert (await engine.wait(arns[0])).output == '"done"'


async def test_a_task_that_was_taken_needs_no_recovery(bench: Bench) -> None:
    async with bench.engine() as engine:
        await begin(bench, engine, TimeoutSeconds=100)
        assert len(await bench.store.outbox()) == 1
        await take(engine)
        assert await bench.store.outbox() == []


async def test_a_crash_after_the_start_is_durable(bench: Bench) -> None:
    """Nobody has heard of the task: as when a worker dies, its own timeout helps."""
    faulty = FaultyStore(bench.store)
    engine = Engine(faulty.as_store(), bench.script, clock=bench.clock)
    await engine.start()
    arn = await begin(bench, engine, TimeoutSeconds=60)
    faulty.crash_after(len(faulty.batches) + 1)
    poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
    await asyncio.wait([poll])
    assert poll.exception() is not None
    with pytest.raises(Crash):
        await engine.close()
    async with bench.engine() as engine:
        assert (await bench.types(arn))[-1] == "ActivityStarted"
        bench.clock.advance(60_000)
        assert (await engine.wait(arn)).error == "States.Timeout"


async def test_so_many_workers_may_wait(bench: Bench) -> None:
    async with bench.engine() as engine:
        await create_activity(engine)
        polls = [asyncio.ensure_future(engine.workers.take(ACTIVITY, None, 2)) for _ in range(2)]
        await settle(engine)
        with pytest.raises(WorkerLimitError):
            await engine.workers.take(ACTIVITY, None, 2)
        polls[0].cancel()
        await settle(engine)
        polls[0] = asyncio.ensure_future(engine.workers.take(ACTIVITY, None, 2))
        await settle(engine)
        bench.clock.advance(POLL_MS)
        assert await asyncio.gather(*polls) == [None, None]


async def test_a_drain_ends_polls_at_once(bench: Bench) -> None:
    async with bench.engine() as engine:
        await create_activity(engine)
        poll = asyncio.ensure_future(engine.workers.take(ACTIVITY))
        await settle(engine)
        await engine.drain(0)
        assert await poll is None
        with pytest.raises(DrainingError):
            await engine.workers.take(ACTIVITY)


async def test_text_that_is_not_unicode_is_a_name_too(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await begin(bench, engine)
        await take(engine, "\ud800")
        assert (await history(bench, arn))[-1]["activityStartedEventDetails"] == {"workerName": "?"}


async def test_tasks_that_wait_for_a_worker_are_queued_again_without_their_runs(bench: Bench) -> None:
    async with bench.engine() as engine:
        arns = [await begin(bench, engine, str(number), HeartbeatSeconds=10) for number in range(3)]
    async with bench.engine() as engine:
        assert engine.resident_runs == 0
        taken = [await take(engine) for _ in range(3)]
        assert [task.input for task in taken] == ["0", "1", "2"]
        await engine.stop_execution(arns[1])
        assert [entry.kind for entry in await bench.store.outbox()] == ["task", "task"]
