"""Reading what the store holds: for a living engine, and for commands that look beside one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from tobiishi.store.contract import ExecutionRow, Filter, Revision, Segment, Status

Event = dict[str, Any]
"""A history event in AWS's shape; `timestamp` in seconds since the epoch."""


class Readable(Protocol):
    """The part of a store that reading takes."""

    async def execution(self, arn: str) -> ExecutionRow | None: ...

    async def executions(self, where: Filter, limit: int = 100, before: int | None = None) -> list[ExecutionRow]: ...

    async def segments(self, execution: int, after: int = 0, limit: int = 1000) -> list[Segment]: ...

    async def last_segment(self, execution: int) -> Segment | None: ...

    async def revision(self, revision: int) -> Revision | None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution stands. `output` is JSON text; all but `status` are None while it runs."""

    status: Status
    output: str | None = None
    error: str | None = None
    cause: str | None = None


async def events(store: Readable, execution: int) -> AsyncIterator[Event]:
    """Yield an execution's history, oldest first, without anything private."""
    sequence = 0
    while segments := await store.segments(execution, after=sequence, limit=100):
        for segment in segments:
            for entry in orjson.loads(segment.body):
                if "_r" not in entry:
                    yield public(entry)
            sequence = segment.sequence


def public(entry: Event) -> Event:
    """Return a history event without its private keys."""
    return {key: value for key, value in entry.items() if not key.startswith("_")}


async def outcome(store: Readable, row: ExecutionRow) -> Outcome:
    """Return how an execution ended, from its last event."""
    segment = None if row.status == "RUNNING" else await store.last_segment(row.id)
    if segment is None:
        return Outcome(row.status)
    return outcome_of(row.status, _last_event(segment))


@dataclass(frozen=True, slots=True)
class Description:
    """What is told of an execution beside its row. `input` is JSON text; `events` the history's length at its end."""

    input: str
    trace_header: str | None
    outcome: Outcome
    events: int


async def describe(store: Readable, row: ExecutionRow) -> Description:
    """Return an execution's description, from its first segment and its last."""
    (first,) = await store.segments(row.id, limit=1)
    record, started = orjson.loads(first.body)[:2]
    segment = None if row.status == "RUNNING" else await store.last_segment(row.id)
    last = None if segment is None else _last_event(segment)
    return Description(
        input=started["executionStartedEventDetails"]["input"],
        trace_header=record.get("trace_header"),
        outcome=Outcome(row.status) if last is None else outcome_of(row.status, last),
        events=0 if last is None else last["id"],
    )


def _last_event(segment: Segment) -> Event:
    return next(entry for entry in reversed(orjson.loads(segment.body)) if "_r" not in entry)


def outcome_of(status: Status, last: Event) -> Outcome:
    """Read an outcome off an execution's last event."""
    details: dict[str, Any] = next((value for key, value in last.items() if key.endswith("EventDetails")), {})
    return Outcome(status, details.get("output"), details.get("error"), details.get("cause"))


async def execution_input(store: Readable, execution: int) -> str:
    """Return an execution's input, as JSON text."""
    async for event in events(store, execution):
        text: str = event["executionStartedEventDetails"]["input"]
        return text
    return "{}"


async def execution_parent(store: Readable, execution: int) -> str | None:
    """Return what started an execution: its parent's ARN and event, or None."""
    first = await store.segments(execution, limit=1)
    parent: str | None = orjson.loads(first[0].body)[0].get("parent") if first else None
    return parent


async def find_executions(store: Readable, reference: str) -> list[ExecutionRow]:
    """Return the executions that an ARN or a name stands for: at most one for an ARN."""
    if reference.startswith("arn:"):
        row = await store.execution(reference)
        return [] if row is None else [row]
    return await store.executions(Filter(name=reference), limit=100)
