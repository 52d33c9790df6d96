"""The database file: connections with their settings, transactions, migrations, and one thread per connection.

Settings that are not made here were measured and left alone; docs/decisions/2026-11-22-sqlite-store.md has the figures.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

from tobiishi.store.contract import FORMAT_VERSION, FormatError, StoreError
from tobiishi.store.statements import migrations, queries

APPLICATION_ID: Final = 0x746F6269
"""`tobi`: marks the file as ours, so that another program's database is never migrated."""

BUSY_SECONDS: Final = 5.0
"""How long a statement waits for another process's lock before it fails."""

WAL_BYTES_KEPT: Final = 64 * 1024 * 1024
"""A write-ahead log that a long read made longer than this is cut when it starts over; normally it stays near 4 MB."""

QUERY: Final = queries("sqlite")

T = TypeVar("T")
Args = TypeVarTuple("Args")


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open or create the database, migrating it to this release's format. Raises `FormatError`, `sqlite3.Error`."""
    _create_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _check_format(connection, path)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute(f"pragma journal_size_limit = {WAL_BYTES_KEPT}")
        connection.execute("pragma foreign_keys = on")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open an existing database that a living engine may be writing to; nothing can be written through it."""
    if not path.exists():
        raise StoreError(f"{path.parent} has no database yet ({path.name}): nothing has run there")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        _check_migrated(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock, commit at the end; whatever goes wrong, nothing of it stays and the connection is usable."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        _roll_back(connection)
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let several queries see the same state."""
    connection.execute("begin")
    try:
        yield
    finally:
        _roll_back(connection)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # SQLite has ended it already after some errors, such as a full disk
        with suppress(sqlite3.Error):  # the error that brought us here is the one worth reporting
            connection.execute("rollback")


def _create_private(path: Path) -> None:
    """Make the file readable by its owner alone; SQLite gives its `-wal` and `-shm` the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)  # or a power cut could take the new file away with all that was committed to it
    finally:
        os.close(folder)


def _check_format(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of the data, 0 for a new database."""
    (found,) = connection.execute("pragma user_version").fetchone()
    (mark,) = connection.execute("pragma application_id").fetchone()
    (tables,) = connection.execute("select count(*) from sqlite_schema").fetchone()
    if mark != APPLICATION_ID and (tables or found or mark):
        raise StoreError(f"{path} is a database of another program")
    if found > FORMAT_VERSION:
        raise FormatError(f"{path} has format {found}, made by a newer release; this one reads up to {FORMAT_VERSION}")
    return int(found)


def _check_migrated(connection: sqlite3.Connection, path: Path) -> None:
    if (found := _check_format(connection, path)) < FORMAT_VERSION:
        raise StoreError(f"{path} has format {found}: start the engine once to bring it to format {FORMAT_VERSION}")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection):
        found = _check_format(connection, path)
        for number, script in migrations("sqlite"):
            if number > found:
                for statement in _statements(script):
                    connection.execute(statement)
        connection.execute(f"pragma user_version = {FORMAT_VERSION}")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        connection.execute(QUERY["make_secret"], (os.urandom(32),))


def _statements(script: str) -> Iterator[str]:
    """Cut a script into statements: `executescript` would commit the transaction that is to hold them all."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


class Session:
    """One connection and the one thread that uses it, so that waiting for the disk never blocks the event loop."""

    def __init__(self, path: Path, connect: Callable[[Path], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"sqlite-{self._connect.__name__}")
        try:
            self._connection = await self._in_thread(self._connect, self._path)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was asked before, then close. Closing again does nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._in_thread(connection.close)
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    async def run(self, work: Callable[[sqlite3.Connection, *Args], T], *args: *Args) -> T:
        """Return `work(connection, *args)`. Raises `StoreError` for whatever SQLite says."""
        if self._connection is None:
            raise StoreError(f"{self._path} is not open")
        return await self._in_thread(work, self._connection, *args)

    async def _in_thread(self, work: Callable[[*Args], T], *args: *Args) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        except (sqlite3.Error, OSError, ValueError, OverflowError) as error:
            # ValueError: text that is not Unicode; OverflowError: an integer beyond 64 bits.
            raise StoreError(f"{self._path}: {error}") from error
