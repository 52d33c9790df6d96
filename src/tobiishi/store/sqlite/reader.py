"""Reading: what a command needs beside a living engine, and what the engine itself reads."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tobiishi.store.contract import (
    Document,
    ExecutionRow,
    ExpressStart,
    Filter,
    Machine,
    OutboxEntry,
    Revision,
    Segment,
    Timer,
)
from tobiishi.store.sqlite.database import QUERY, Session, connect_reader, snapshot

_BEFORE_ALL = OutboxEntry(-1, -1, "")
_BEFORE_ALL_TIMERS = Timer(-1, -1, "", -(2**63))
_AFTER_ALL = 2**63 - 1
_COMPARED = {
    "name": "where_name",
    "version_arn": "where_version_arn",
    "alias_arn": "where_alias_arn",
    "map_run": "where_map_run",
    "redriven": "where_redriven",
}
"""The filters that are a plain comparison, with their queries."""


class SqliteReader:
    """The reading half of the store contract, over a connection that cannot write and waits for no commit."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._reading = Session(self.path, connect_reader)

    async def open(self) -> None:
        """Open what exists. Raises `FormatError` for data of a newer release, `StoreError` if there is none."""
        await self._reading.open()

    async def close(self) -> None:
        await self._reading.close()

    async def secret(self) -> bytes:
        """Return the store's own 32-byte key."""
        (secret,) = await self._reading.run(_row, QUERY["secret"])
        return bytes(secret)

    async def last_sequence(self, execution: int) -> int:
        """Return the newest committed sequence number, 0 if there is no segment."""
        (newest,) = await self._reading.run(_row, QUERY["last_sequence"], (execution,))
        return int(newest or 0)

    async def tail(self, execution: int) -> tuple[bytes | None, list[Segment]]:
        """Return the newest checkpoint and the segments after the one that carries it."""
        return await self._reading.run(_tail, execution)

    async def segments(self, execution: int, after: int = 0, limit: int = 1000) -> list[Segment]:
        """Return segments in order, without checkpoints."""
        rows = await self._reading.run(_rows, QUERY["segments"], (execution, after, limit))
        return [Segment(*row) for row in rows]

    async def segments_back(self, execution: int, before: int | None = None, limit: int = 1000) -> list[Segment]:
        """Return segments before that sequence number, newest first, without checkpoints; None: from the newest."""
        end = _AFTER_ALL if before is None else before
        rows = await self._reading.run(_rows, QUERY["segments_back"], (execution, end, limit))
        return [Segment(*row) for row in rows]

    async def last_segment(self, execution: int) -> Segment | None:
        row = await self._reading.run(_row, QUERY["last_segment"], (execution,))
        return Segment(*row) if row else None

    async def execution(self, arn: str) -> ExecutionRow | None:
        row = await self._reading.run(_row, QUERY["execution"], (arn,))
        return ExecutionRow(*row) if row else None

    async def execution_by_id(self, execution: int) -> ExecutionRow | None:
        row = await self._reading.run(_row, QUERY["execution_by_id"], (execution,))
        return ExecutionRow(*row) if row else None

    async def executions(self, where: Filter, limit: int = 100, before: int | None = None) -> list[ExecutionRow]:
        """Return rows, newest first (by id); `before` is the last id of the page before.

        A name, and whether they were redriven, is looked for from the newest row down; the rest is found by index.
        """
        terms = list(_terms(where, before))
        query = "\n".join([QUERY["executions"], *(QUERY[name] for name, _ in terms), QUERY["newest_first"]])
        values = [value for _, values in terms for value in values]
        return [ExecutionRow(*row) for row in await self._reading.run(_rows, query, (*values, limit))]

    async def open_executions(self) -> dict[str, int]:
        """Return how many executions are RUNNING, by the ARN of their machine."""
        return dict(await self._reading.run(_rows, QUERY["open_executions"]))

    async def due_timers(self, before_ms: int, limit: int = 10_000, after: Timer | None = None) -> list[Timer]:
        """Return timers due before that time, earliest first; `after` is the last one of the page before."""
        last = after or _BEFORE_ALL_TIMERS
        key = (last.due_ms, last.execution, last.event, last.purpose)
        rows = await self._reading.run(_rows, QUERY["due_timers"], (*key, before_ms, limit))
        return [Timer(*row) for row in rows]

    async def timers(self, execution: int) -> list[Timer]:
        """Return the execution's timers, earliest first."""
        return [Timer(*row) for row in await self._reading.run(_rows, QUERY["timers"], (execution,))]

    async def outbox(self, limit: int = 10_000, after: OutboxEntry | None = None) -> list[OutboxEntry]:
        """Return entries ordered by (execution, event, kind)."""
        last = after or _BEFORE_ALL
        rows = await self._reading.run(_rows, QUERY["outbox"], (last.execution, last.event, last.kind, limit))
        return [OutboxEntry(*row) for row in rows]

    async def machine(self, arn: str) -> Machine | None:
        row = await self._reading.run(_row, QUERY["machine"], (arn,))
        return machine_of(row) if row else None

    async def machines(self, prefix: str = "", after: str = "", limit: int | None = None) -> list[Machine]:
        """Return machines whose ARN begins with `prefix` and comes after `after`, in the order of their ARNs."""
        rows = await self._reading.run(_rows, QUERY["machines"], _page(prefix, after, limit))
        return [machine_of(row) for row in rows]

    async def count_machines(self, prefix: str = "") -> int:
        """Return how many machines have an ARN that begins with `prefix`."""
        row = await self._reading.run(_row, QUERY["count_machines"], (prefix, prefix))
        return int(row[0])

    async def revision(self, revision: int) -> Revision | None:
        row = await self._reading.run(_row, QUERY["revision"], (revision,))
        return Revision(*row) if row else None

    async def document(self, kind: str, key: str) -> Document | None:
        row = await self._reading.run(_row, QUERY["document"], (kind, key))
        return Document(*row) if row else None

    async def documents(self, kind: str, prefix: str = "", after: str = "", limit: int | None = None) -> list[Document]:
        """Return documents whose key begins with `prefix` and comes after `after`, in the order of their keys."""
        rows = await self._reading.run(_rows, QUERY["documents"], (kind, *_page(prefix, after, limit)))
        return [Document(*row) for row in rows]

    async def express_starts(self) -> list[ExpressStart]:
        """Return all that were accepted and have not finished."""
        return [ExpressStart(*row) for row in await self._reading.run(_rows, QUERY["express_starts"])]


def machine_of(row: Sequence[Any]) -> Machine:
    arn, name, type_, created_ms, status, *revision = row
    return Machine(arn, name, type_, created_ms, Revision(*revision), status)


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[Any]:
    return connection.execute(query, values).fetchall()


def _row(connection: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> Any:
    return connection.execute(query, values).fetchone()


def _tail(connection: sqlite3.Connection, execution: int) -> tuple[bytes | None, list[Segment]]:
    with snapshot(connection):
        sequence, checkpoint = _row(connection, QUERY["checkpoint"], (execution,)) or (0, None)
        rows = _rows(connection, QUERY["segments"], (execution, sequence, -1))  # no limit
    return checkpoint, [Segment(*row) for row in rows]


def _page(prefix: str, after: str, limit: int | None) -> tuple[str, str, str, int]:
    return (prefix, prefix, after, -1 if limit is None else limit)


def _terms(where: Filter, before: int | None) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the conditions of a list as (query name, values)."""
    for name, query in _COMPARED.items():
        if (value := getattr(where, name)) is not None:
            yield query, (value,)
    if where.machine_arn is not None and where.status == "RUNNING":
        yield "where_open", (where.machine_arn,)
    else:
        yield from _machine_and_status(where)
    if where.root is not None:
        yield "where_root", (where.root, where.root)
    if where.ids:
        yield "where_ids", (json.dumps(list(where.ids)),)
    if before is not None:
        yield "where_before", (before,)


def _machine_and_status(where: Filter) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if where.machine_arn is not None:
        yield "where_machine_arn", (where.machine_arn,)
    if where.status is not None:
        yield "where_succeeded" if where.status == "SUCCEEDED" else "where_status", (where.status,)
