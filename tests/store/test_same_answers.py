"""Whatever is asked of them in whatever order, the memory store and the SQLite store give the same answers."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.contract import HOUR_MS, express, row
from tobiishi.store.contract import (
    Commit,
    Document,
    Filter,
    Lease,
    OutboxEntry,
    Redrive,
    Segment,
    Stop,
    Store,
    StoreError,
    Timer,
)
from tobiishi.store.memory import MemoryStore
from tobiishi.store.sqlite import SqliteStore

EXECUTIONS = range(1, 5)

executions = st.sampled_from(EXECUTIONS)
keys = st.tuples(st.integers(1, 3), st.sampled_from(["task", "wait"]))
few_keys = st.lists(keys, max_size=2)
kinds = st.sampled_from(["task", "stop"])
entries = st.builds(OutboxEntry, executions, st.integers(1, 3), kinds)


few_entries = st.lists(entries, max_size=2)


@st.composite
def commits(draw: st.DrawFn) -> Commit:
    execution = draw(executions)
    sequence = draw(st.integers(1, 5))
    checkpoint = draw(st.none() | st.binary(max_size=3))
    due = st.integers(1, 50)
    first = sequence == 1 and draw(st.booleans())
    return Commit(
        Segment(execution, sequence, draw(st.binary(max_size=3)), checkpoint),
        start=row(execution, draw(st.sampled_from("abc")), root=draw(executions)) if first else None,
        stop=Stop(draw(st.sampled_from(["SUCCEEDED", "FAILED"])), 9) if draw(st.integers(0, 4)) == 4 else None,
        redrive=Redrive(draw(st.integers(1, 3)), 8) if draw(st.integers(0, 4)) == 4 else None,
        timers_set=[Timer(execution, event, purpose, draw(due)) for event, purpose in draw(few_keys)],
        timers_cleared=draw(few_keys),
        outbox_added=[OutboxEntry(execution, entry.event, entry.kind) for entry in draw(few_entries)],
        outbox_removed=[(entry.event, entry.kind) for entry in draw(few_entries)],
    )


# As the contract says: an execution's commits in order, and a start with its first segment only.
batches = st.lists(commits(), max_size=4).map(lambda batch: sorted(batch, key=lambda commit: commit.segment.sequence))

Operation = Callable[[Store, Lease], Awaitable[Any]]
ids = st.lists(executions, max_size=3)
timers = st.builds(
    lambda execution, key, due: Timer(execution, key[0], key[1], due), executions, keys, st.integers(1, 50)
)

document_keys = st.lists(st.tuples(st.sampled_from(["alias", "tags"]), st.sampled_from(["m", "m:1", "n"])), max_size=2)
documents = document_keys.flatmap(
    lambda keys: st.tuples(*(st.builds(Document, st.just(kind), st.just(key), st.text("xy")) for kind, key in keys))
)


def operations() -> st.SearchStrategy[Operation]:
    return st.one_of(
        batches.map(lambda batch: lambda store, lease: store.commit(batch, lease)),
        st.lists(timers, max_size=3).map(lambda fired: lambda store, lease: store.clear_timers(fired, lease)),
        st.lists(entries, max_size=3).map(lambda done: lambda store, lease: store.clear_outbox(done, lease)),
        ids.map(lambda some: lambda store, lease: store.accept_express([express(one) for one in some], lease)),
        ids.map(lambda some: lambda store, lease: store.try_express(some, lease)),
        ids.map(lambda some: lambda store, lease: store.finish_express(some, lease)),
        st.tuples(st.sampled_from("mn"), st.sampled_from(["{}", "[]"]), documents).map(
            lambda put: (
                lambda store, lease: store.put_machine(put[0], put[0], "STANDARD", "role", put[1], 7, documents=put[2])
            )
        ),
        st.sampled_from("mn").map(lambda arn: lambda store, lease: store.mark_deleting(arn)),
        st.tuples(st.sampled_from("mn"), document_keys).map(
            lambda gone: lambda store, lease: store.delete_machine(*gone)
        ),
        st.tuples(documents, document_keys).map(lambda change: lambda store, lease: store.put_documents(*change)),
    )


async def outcome(work: Awaitable[Any]) -> Any:
    """Return the answer, or the kind of error: only the words of a message may differ."""
    try:
        return await work
    except StoreError as error:
        return type(error)


async def everything(store: Store) -> list[Any]:
    """Ask every reading question that there is."""
    answers: list[Any] = [await store.due_timers(40), await store.due_timers(99, limit=2), await store.outbox()]
    answers += [await store.outbox(limit=3, after=OutboxEntry(2, 2, "task")), await store.machines()]
    answers += [await store.express_starts(), await store.machines("m"), await store.machines(after="m", limit=1)]
    answers += [await store.documents("tags"), await store.documents("alias", "m"), await store.document("tags", "m")]
    answers += [await store.executions(Filter(redriven=redriven)) for redriven in (True, False)]
    for execution in EXECUTIONS:
        answers += [await store.last_sequence(execution), await store.tail(execution), await store.segments(execution)]
        answers += [await store.segments(execution, after=2, limit=2), await store.last_segment(execution)]
        answers += [await store.execution_by_id(execution), await store.timers(execution)]
        answers += [await store.executions(Filter(root=execution, ids=[1, 2, 3]))]
    for name in "abc":
        answers += [await store.execution(row(1, name).arn), await store.executions(Filter(name=name))]
    for status in ("RUNNING", "SUCCEEDED", "FAILED"):
        answers += [await store.executions(Filter(status=status), limit=2, before=4)]
    answers += [await store.revision(number) for number in (1, 2, 3)]
    return answers


async def play(store: Store, steps: list[Operation]) -> list[Any]:
    await store.open()
    lease = await store.acquire("0", "engine", HOUR_MS)
    assert lease is not None
    outcomes = [await outcome(step(store, lease)) for step in steps]
    return [*outcomes, *await everything(store)]


@given(st.lists(operations(), max_size=12))
@settings(max_examples=80, deadline=None)
def test_memory_and_sqlite_agree(steps: list[Operation]) -> None:
    async def compare() -> None:
        in_memory = await play(MemoryStore(), steps)
        with tempfile.TemporaryDirectory() as folder:
            store = SqliteStore(Path(folder) / "tobiishi.sqlite3")
            try:
                on_disk = await play(store, steps)
            finally:
                await store.close()
        assert on_disk == in_memory

    asyncio.run(compare())
