"""The model behind the progress: what it tells of real executions' entries."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.language.script import Script
from tests.language.stores import settle
from tobiishi.cli.live import Note, Progress
from tobiishi.engine.engine import Engine
from tobiishi.engine.watching import Source
from tobiishi.store.memory import MemoryStore
from tobiishi.testing import VirtualClock

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


class Watched:
    """An engine whose one execution is told as it goes."""

    def __init__(self, engine: Engine, clock: VirtualClock) -> None:
        self.engine = engine
        self.clock = clock
        self.progress = Progress()
        self.notes: list[Note] = []
        self.entries: list[dict[str, Any]] = []
        engine.watchers.append(self._hear)

    def _hear(self, _: Source, entries: Any) -> None:
        self.entries += entries
        self.notes += self.progress.hear(entries)

    async def run(self, definition: dict[str, Any], given: Any = None) -> list[tuple[str, str]]:
        """Run to the end, turning the clock when nothing else happens; return what was told: kind and where."""
        machine = await self.engine.machines.put("m", json.dumps(definition), self.clock.now_ms())
        await self.engine.start_execution(machine.arn, json.dumps(given), "one")
        async with asyncio.timeout(10):
            while self.progress.status == "RUNNING":
                await settle(self.engine)
                if not self.clock.advance_to_next():
                    await asyncio.sleep(0)
        return [(note.kind, "/".join(note.where)) for note in self.notes]


@pytest.fixture
def outcomes() -> dict[str, list[dict[str, Any]]]:
    return {}


@pytest.fixture
async def watched(outcomes: dict[str, list[dict[str, Any]]]) -> AsyncIterator[Watched]:
    clock = VirtualClock()
    engine = Engine(MemoryStore(), Script(outcomes), clock=clock)
    await engine.store.open()
    await engine.start()
    yield Watched(engine, clock)
    await engine.close()


async def test_states_that_are_left_at_once_are_told_once(watched):
    states = {"P": {"Type": "Pass", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 20, "End": True}}
    told = await watched.run({"StartAt": "P", "States": states})
    assert told == [("started", ""), ("succeeded", "P"), ("entered", "W"), ("succeeded", "W"), ("ended", "")]
    assert watched.notes[-1].seconds == pytest.approx(20)
    assert watched.progress.statuses == {"P": "SUCCEEDED", "W": "SUCCEEDED"}


async def test_a_wait_and_a_retry_say_how_long(watched, outcomes):
    outcomes["T"] = [{"error": "Busy", "cause": "later"}, {"output": 1}]
    task = {**TASK, "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 7}]}
    told = await watched.run({"StartAt": "T", "States": {"T": task}})
    assert [kind for kind, _ in told] == ["started", "entered", "failed", "retrying", "succeeded", "ended"]
    failed, retrying = watched.notes[2:4]
    assert (failed.text, retrying.seconds, retrying.text) == ("Busy: later", pytest.approx(7), "retry 1")


async def test_a_caught_failure_is_no_failure(watched, outcomes):
    outcomes["T"] = [{"error": "Busy"}]
    task = {**TASK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S"}]}
    told = await watched.run({"StartAt": "T", "States": {"T": task, "S": {"Type": "Succeed"}}})
    assert ("caught", "T") in told
    assert watched.progress.failure is None
    assert watched.progress.statuses == {"T": "CAUGHT", "S": "SUCCEEDED"}


async def test_the_innermost_failure_ends_the_execution(watched, outcomes):
    outcomes["T"] = [{"error": "Broken", "cause": "why"}]
    branches = [
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}},
        {"StartAt": "V", "States": {"V": {"Type": "Wait", "Seconds": 1, "Next": "T"}, "T": TASK}},
    ]
    parallel = {"Type": "Parallel", "Branches": branches, "End": True}
    await watched.run({"StartAt": "P", "States": {"P": parallel}}, {"a": 1})
    failure = watched.progress.failure
    assert failure is not None
    assert (failure.path, failure.error, failure.cause) == (("P", "branch 2", "T"), "Broken", "why")
    assert json.loads(failure.input) == {"a": 1}
    assert watched.progress.statuses == {"P": "FAILED", "W": "ABORTED", "V": "SUCCEEDED", "T": "FAILED"}


async def test_a_time_out_names_the_state_that_was_at_work(watched):
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    await watched.run({"TimeoutSeconds": 5, "StartAt": "W", "States": {"W": wait}})
    assert watched.progress.status == "TIMED_OUT"
    assert watched.progress.failure is not None
    assert watched.progress.failure.path == ("W",)
    assert watched.progress.statuses == {"W": "TIMED_OUT"}


def mapped(state: dict[str, Any]) -> dict[str, Any]:
    processor = {"StartAt": "T", "States": {"T": state}}
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}}


async def test_iterations_are_counted_and_not_told(watched):
    told = await watched.run(mapped(TASK), list(range(500)))
    assert all("T" not in where for _, where in told)
    assert len(told) <= 504
    assert told[-2:] == [("succeeded", "M"), ("ended", "")]
    count = watched.notes[-2].count
    assert (count.total, count.done, count.failed) == (500, 500, 0)
    assert watched.progress.frames == {}


async def test_retries_of_iterations_are_counted(watched, outcomes):
    outcomes["T"] = [{"error": "Busy"}, {"error": "Busy"}, {"output": 1}]
    await watched.run(mapped({**TASK, "Retry": [{"ErrorEquals": ["Busy"]}]}), [1, 2, 3])
    assert next(note.count.retries for note in watched.notes if note.kind == "succeeded") == 2


async def test_a_failed_iteration_is_told_with_its_place(watched, outcomes):
    outcomes["T"] = [{"output": 1}, {"error": "Broken"}]
    told = await watched.run(mapped(TASK), [1, 2])
    assert ("failed", "M/item 1/T") in told
    assert watched.progress.failure.path == ("M", "item 1", "T")
    assert watched.progress.statuses["M"] == "FAILED"


async def test_what_is_recorded_tells_the_same_later(watched, outcomes):
    outcomes["T"] = [{"error": "Busy"}, {"output": 1}]
    await watched.run(mapped({**TASK, "Retry": [{"ErrorEquals": ["Busy"]}]}), [1, 2, 3])
    again = Progress()
    again.hear(watched.entries)
    assert (again.status, again.statuses, again.failure) == ("SUCCEEDED", watched.progress.statuses, None)
