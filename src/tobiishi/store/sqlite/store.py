"""The whole store: reading beside one writer, which is a connection and thread of its own."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from tobiishi.store.contract import (
    Commit,
    Document,
    ExpressStart,
    Lease,
    LeaseLostError,
    Machine,
    MachineType,
    OutboxEntry,
    Revision,
    Timer,
    same_content,
)
from tobiishi.store.sqlite.batch import write_commits
from tobiishi.store.sqlite.database import QUERY, Session, connect_writer, transaction
from tobiishi.store.sqlite.reader import SqliteReader, machine_of

T = TypeVar("T")
Args = TypeVarTuple("Args")


class SqliteStore(SqliteReader):
    """The store contract over one SQLite file. Opening creates or migrates it; one engine at a time may have it open.

    Each write is one transaction in the writer's thread, on disk (WAL, `synchronous=FULL`) when it returns.
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._writing = Session(self.path, connect_writer)

    async def open(self) -> None:
        """Open or create, migrating older data. Raises `FormatError` for data of a newer release."""
        await self._writing.open()
        try:
            await super().open()
        except BaseException:
            await self._writing.close()
            raise

    async def close(self) -> None:
        await super().close()  # first, so that the writer is the last and folds the WAL into the file
        await self._writing.close()

    async def acquire(self, shard: str, owner: str, ttl_ms: int) -> Lease | None:
        """Take the shard if it is free, expired or already this owner's; the epoch grows. None: somebody holds it."""
        return await self._write(_acquire, shard, owner, ttl_ms)

    async def renew(self, lease: Lease, ttl_ms: int) -> Lease:
        """Raises `LeaseLostError`."""
        return await self._write_under(lease, _renew, lease, ttl_ms)

    async def release(self, lease: Lease) -> None:
        """Give the shard up, so that nothing can be written under this lease again. Raises `LeaseLostError`."""
        await self._write_under(lease, _release, lease)

    async def commit(self, commits: Sequence[Commit], lease: Lease) -> frozenset[int]:
        """Write all, durably and at once. Returns the ids of starts refused because their ARN is taken."""
        return await self._write_under(lease, write_commits, commits)

    async def clear_timers(self, timers: Sequence[Timer], lease: Lease) -> None:
        """Delete timers that fired for nobody."""
        keys = [(timer.execution, timer.event, timer.purpose, timer.due_ms) for timer in timers]
        await self._write_under(lease, sqlite3.Connection.executemany, QUERY["clear_fired_timer"], keys)

    async def clear_outbox(self, entries: Sequence[OutboxEntry], lease: Lease) -> None:
        """Delete entries of what is done."""
        keys = [(entry.execution, entry.event, entry.kind) for entry in entries]
        await self._write_under(lease, sqlite3.Connection.executemany, QUERY["remove_outbox"], keys)

    async def put_machine(
        self,
        arn: str,
        name: str,
        machine_type: MachineType,
        role_arn: str,
        definition: str,
        now_ms: int,
        *,
        settings: str = "{}",
        tag: str | None = None,
        documents: Sequence[Document] = (),
    ) -> Machine:
        """Create or update, with `documents`; what changes nothing keeps the newest revision."""
        wanted = Revision(0, arn, definition, now_ms, role_arn, settings, tag)
        return await self._write(_put_machine, name, machine_type, wanted, documents)

    async def mark_deleting(self, arn: str) -> None:
        """Set the machine's status to DELETING; nothing happens if there is none."""
        await self._write(sqlite3.Connection.execute, QUERY["mark_deleting"], (arn,))

    async def delete_machine(self, arn: str, documents: Sequence[tuple[str, str]] = ()) -> None:
        """Delete the machine and those documents (kind, key) at once; its revisions stay."""
        await self._write(_delete_machine, arn, documents)

    async def put_documents(self, puts: Sequence[Document], deletes: Sequence[tuple[str, str]] = ()) -> None:
        """Write all, durably and at once; `deletes` are (kind, key), and go first."""
        await self._write(_put_documents, puts, deletes)

    async def accept_express(self, starts: Sequence[ExpressStart], lease: Lease) -> None:
        rows = [astuple(start) for start in starts]
        await self._write_under(lease, sqlite3.Connection.executemany, QUERY["accept_express"], rows)

    async def try_express(self, ids: Sequence[int], lease: Lease) -> None:
        """Count one more run of each."""
        keys = [(id_,) for id_ in ids]
        await self._write_under(lease, sqlite3.Connection.executemany, QUERY["try_express"], keys)

    async def finish_express(self, ids: Sequence[int], lease: Lease) -> None:
        """Delete the rows."""
        keys = [(id_,) for id_ in ids]
        await self._write_under(lease, sqlite3.Connection.executemany, QUERY["finish_express"], keys)

    async def _write(self, work: Callable[[sqlite3.Connection, *Args], T], *args: *Args) -> T:
        return await self._writing.run(_in_transaction, None, work, *args)

    async def _write_under(self, lease: Lease, work: Callable[[sqlite3.Connection, *Args], T], *args: *Args) -> T:
        return await self._writing.run(_in_transaction, lease, work, *args)


def _in_transaction(
    connection: sqlite3.Connection, lease: Lease | None, work: Callable[[sqlite3.Connection, *Args], T], *args: *Args
) -> T:
    with transaction(connection):
        if lease is not None:
            _check(connection, lease)
        return work(connection, *args)


def _check(connection: sqlite3.Connection, lease: Lease) -> None:
    row = connection.execute(QUERY["epoch"], (lease.shard,)).fetchone()
    if row is None or row[0] != lease.epoch:
        raise LeaseLostError(f"shard {lease.shard}: {lease.owner} no longer owns it (epoch {lease.epoch})")


def _acquire(connection: sqlite3.Connection, shard: str, owner: str, ttl_ms: int) -> Lease | None:
    now = _now_ms(connection)
    holder, epoch, expires_ms = connection.execute(QUERY["lease"], (shard,)).fetchone() or (None, 0, 0)
    if holder not in (None, owner) and expires_ms > now:
        return None
    return _put_lease(connection, Lease(shard, owner, epoch + 1, now + ttl_ms))


def _renew(connection: sqlite3.Connection, lease: Lease, ttl_ms: int) -> Lease:
    return _put_lease(connection, replace(lease, expires_ms=_now_ms(connection) + ttl_ms))


def _release(connection: sqlite3.Connection, lease: Lease) -> None:
    connection.execute(QUERY["put_lease"], (lease.shard, None, lease.epoch + 1, 0))


def _put_lease(connection: sqlite3.Connection, lease: Lease) -> Lease:
    connection.execute(QUERY["put_lease"], astuple(lease))
    return lease


def _now_ms(connection: sqlite3.Connection) -> int:
    (now,) = connection.execute(QUERY["now_ms"]).fetchone()
    return int(now)


def _put_machine(
    connection: sqlite3.Connection,
    name: str,
    machine_type: MachineType,
    wanted: Revision,
    documents: Sequence[Document],
) -> Machine:
    arn = wanted.machine_arn
    row = connection.execute(QUERY["machine"], (arn,)).fetchone()
    newest = machine_of(row).revision if row else None
    revision = newest.id if newest is not None and same_content(newest, wanted) else _add_revision(connection, wanted)
    connection.execute(QUERY["put_machine"], (arn, name, machine_type, wanted.created_ms, revision))
    _put_documents(connection, documents, ())
    return machine_of(connection.execute(QUERY["machine"], (arn,)).fetchone())


def _add_revision(connection: sqlite3.Connection, revision: Revision) -> int | None:
    return connection.execute(QUERY["add_revision"], astuple(revision)[1:]).lastrowid


def _delete_machine(connection: sqlite3.Connection, arn: str, documents: Sequence[tuple[str, str]]) -> None:
    connection.execute(QUERY["delete_machine"], (arn,))
    _put_documents(connection, (), documents)


def _put_documents(
    connection: sqlite3.Connection, puts: Sequence[Document], deletes: Sequence[tuple[str, str]]
) -> None:
    connection.executemany(QUERY["delete_document"], deletes)
    connection.executemany(QUERY["put_document"], [astuple(document) for document in puts])
