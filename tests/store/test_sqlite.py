"""The SQLite store: the contract, and what only a file can show."""

import asyncio
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.store.contract import HOUR_MS, DurableStoreContract, more, row, started
from tobiishi.store.contract import FORMAT_VERSION, Commit, Filter, FormatError, Segment, Store, StoreError
from tobiishi.store.sqlite import SqliteReader, SqliteStore, database
from tobiishi.store.sqlite.batch import write_commits
from tobiishi.store.sqlite.database import APPLICATION_ID


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "tobiishi.sqlite3"


@pytest.fixture
async def make_store(path):
    opened: list[SqliteStore] = []

    async def make() -> Store:
        store = SqliteStore(path)
        await store.open()
        opened.append(store)
        return store

    yield make
    for store in opened:
        await store.close()


@pytest.fixture
async def store(make_store):
    return await make_store()


@pytest.fixture
async def lease(store):
    return await store.acquire("0", "engine-a", HOUR_MS)


def wal_size(path: Path) -> int:
    return Path(f"{path}-wal").stat().st_size


class TestSqliteStore(DurableStoreContract):
    @pytest.fixture
    def make_store(self, make_store):
        return make_store


def pragma(connection: sqlite3.Connection, text: str) -> Any:
    return connection.execute(f"pragma {text}").fetchone()[0]


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


# -- the file ------------------------------------------------------------------------------------------------------


async def test_commits_are_synced_and_the_file_is_private(store, path):
    settings = [
        await store._writing.run(pragma, name)
        for name in ("journal_mode", "synchronous", "foreign_keys", "application_id", "user_version")
    ]
    assert settings == ["wal", 2, 1, APPLICATION_ID, FORMAT_VERSION]
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


async def test_closing_leaves_one_file(store, path):
    await store.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_data_of_a_newer_release_is_refused_in_one_line(store, path):
    await store.close()
    change(path, f"pragma user_version = {FORMAT_VERSION + 1}")
    for newer in (SqliteStore(path), SqliteReader(path)):
        with pytest.raises(FormatError) as caught:
            await newer.open()
        message = str(caught.value)
        assert f"format {FORMAT_VERSION + 1}" in message
        assert message.endswith(f"reads up to {FORMAT_VERSION}")
        assert "\n" not in message


@pytest.mark.parametrize("statement", ["create table t (x)", "pragma user_version = 1", "pragma application_id = 7"])
async def test_a_database_of_another_program_is_left_alone(path, statement):
    change(path, statement)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        await SqliteStore(path).open()
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_a_store_error(path):
    path.write_bytes(b"hello" * 1000)
    with pytest.raises(StoreError) as caught:
        await SqliteStore(path).open()
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


async def test_a_directory_that_is_not_there_is_a_store_error(path):
    with pytest.raises(StoreError):
        await SqliteStore(path / "nowhere" / "x").open()


async def test_a_migration_that_fails_leaves_nothing_behind(path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(database, "migrations", lambda _: [(1, "create table a (x);\ncreate table a (x);\n")])
        with pytest.raises(StoreError, match="already exists"):
            await SqliteStore(path).open()
    store = SqliteStore(path)
    await store.open()
    assert await store.machines() == []
    await store.close()


# -- durability ----------------------------------------------------------------------------------------------------

COMMITTING = """
import asyncio, sys
from tests.store.contract import HOUR_MS, more, started
from tobiishi.store.sqlite import SqliteStore

async def main():
    store = SqliteStore(sys.argv[1])
    await store.open()
    lease = await store.acquire("0", "doomed", HOUR_MS)
    await store.commit([started(1), started(2)], lease)
    sequence = 1
    while True:
        sequence += 1
        await store.commit([more(1, sequence, b"x" * 4000), more(2, sequence)], lease)
        print(sequence, flush=True)

asyncio.run(main())
"""


def commit_until_killed(path: Path, acknowledged: int) -> int:
    """Kill a committing process after that many acknowledgements; return the last number that it acknowledged."""
    with subprocess.Popen([sys.executable, "-c", COMMITTING, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    return max(int(line) for line in lines if line.endswith("\n"))


@pytest.mark.parametrize("acknowledged", [1, 60, 400])
async def test_what_was_acknowledged_survives_kill_9(path, acknowledged):
    newest = await asyncio.to_thread(commit_until_killed, path, acknowledged)
    reader = SqliteReader(path)
    await reader.open()
    assert await reader.last_sequence(1) >= newest
    await reader.close()
    store = SqliteStore(path)
    await store.open()
    for execution in (1, 2):
        found = [segment.sequence for segment in await store.segments(execution, limit=10**9)]
        assert found == list(range(1, found[-1] + 1))
        assert found[-1] >= newest
    assert await store.last_sequence(1) == await store.last_sequence(2)
    assert await store.tail(1) == (b"x" * 4000, [])
    await store.close()


# -- trouble -------------------------------------------------------------------------------------------------------


async def test_a_full_disk_fails_the_whole_batch_and_the_store_works_after(store, lease):
    await store.commit([started(1)], lease)
    pages = await store._writing.run(pragma, "page_count")
    await store._writing.run(pragma, f"max_page_count = {pages + 2}")
    big = Commit(Segment(1, 3, b"x" * 1_000_000))
    with pytest.raises(StoreError, match="full") as caught:
        await store.commit([started(2), more(1, 2), big], lease)
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert await store.last_sequence(1) == 1
    assert await store.execution_by_id(2) is None
    await store._writing.run(pragma, "max_page_count = 1000000")
    await store.commit([started(2), more(1, 2), big], lease)
    assert await store.last_sequence(1) == 3


async def test_a_write_that_the_system_refuses_fails_the_batch_and_the_store_works_after(store, lease, path):
    await store.commit([started(1)], lease)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal_size(path) + 10_000, hard))
    try:
        with pytest.raises(StoreError):
            await store.commit([started(2), Commit(Segment(1, 2, b"x" * 1_000_000))], lease)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await store.last_sequence(1) == 1
    assert await store.execution_by_id(2) is None
    await store.commit([started(2), more(1, 2)], lease)
    assert await store.last_sequence(1) == 2


async def test_a_lock_that_another_process_keeps_is_a_store_error(path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    store = SqliteStore(path)
    await store.open()
    lease = await store.acquire("0", "engine", HOUR_MS)
    assert lease is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreError, match="locked"):
        await store.commit([started(1)], lease)
    other.execute("rollback")
    other.close()
    await store.commit([started(1)], lease)
    await store.close()


@pytest.mark.parametrize("bad", [started(2, "\ud800"), started(2**64)], ids=["lone surrogate", "65 bits"])
async def test_values_that_sqlite_cannot_hold_fail_the_whole_batch(store, lease, bad):
    with pytest.raises(StoreError):
        await store.commit([started(1), bad], lease)
    assert await store.execution_by_id(1) is None
    await store.commit([started(1)], lease)


async def test_reading_with_values_that_sqlite_cannot_hold(store):
    with pytest.raises(StoreError):
        await store.execution("\ud800")
    with pytest.raises(StoreError):
        await store.last_sequence(2**64)


# -- reading beside a writer ---------------------------------------------------------------------------------------


async def test_reads_do_not_wait_for_a_commit(store, lease):
    await store.commit([started(1)], lease)
    writing, go_on = threading.Event(), threading.Event()

    def slow_commit(connection):
        with database.transaction(connection):
            write_commits(connection, [more(1, 2)])
            writing.set()
            go_on.wait()

    commit = asyncio.create_task(store._writing.run(slow_commit))
    await asyncio.to_thread(writing.wait)
    try:
        assert await store.last_sequence(1) == 1
        assert await store.executions(Filter()) == [row(1)]
    finally:
        go_on.set()
    await commit
    assert await store.last_sequence(1) == 2


async def test_a_reader_sees_what_is_committed_and_holds_nobody_up(store, lease, path):
    reader = SqliteReader(path)
    await reader.open()
    await store.commit([started(1)], lease)
    assert await reader.last_sequence(1) == 1
    await reader._reading.run(sqlite3.Connection.execute, "begin")
    assert await reader.executions(Filter()) == [row(1)]
    await store.commit([more(1, 2)], lease)
    assert await reader.last_sequence(1) == 1
    assert await store.last_sequence(1) == 2
    await reader._reading.run(sqlite3.Connection.execute, "rollback")
    assert await reader.last_sequence(1) == 2
    await reader.close()


async def test_a_log_that_a_long_read_made_long_is_cut(path, monkeypatch):
    monkeypatch.setattr(database, "WAL_BYTES_KEPT", 1_000_000)
    store, reader = SqliteStore(path), SqliteReader(path)
    await store.open()
    await reader.open()
    lease = await store.acquire("0", "engine", HOUR_MS)
    assert lease is not None
    await reader._reading.run(sqlite3.Connection.execute, "begin")
    assert await reader.last_sequence(1) == 0
    await store.commit([Commit(Segment(1, number, b"x" * 1_000_000)) for number in range(1, 9)], lease)
    assert wal_size(path) > 8_000_000
    await reader.close()
    await store.commit([more(1, 9)], lease)
    await store.commit([more(1, 10)], lease)
    assert wal_size(path) <= 1_000_000
    await store.close()


async def test_a_reader_cannot_write(store, lease, path):
    await store.commit([started(1)], lease)
    reader = SqliteReader(path)
    await reader.open()
    with pytest.raises(StoreError, match="readonly"):
        await reader._reading.run(sqlite3.Connection.execute, "delete from execution")
    await reader.close()


async def test_a_reader_reads_what_a_closed_engine_left(store, lease, path):
    await store.commit([started(1)], lease)
    await store.close()
    before = path.read_bytes()
    reader = SqliteReader(path)
    await reader.open()
    assert await reader.executions(Filter()) == [row(1)]
    await reader.close()
    assert path.read_bytes() == before


async def test_a_reader_without_a_database_says_so_and_makes_none(path):
    with pytest.raises(StoreError, match="has no database"):
        await SqliteReader(path).open()
    assert not path.exists()


async def test_a_reader_asks_for_the_engine_when_data_is_older(path):
    path.touch()
    with pytest.raises(StoreError, match="start the engine"):
        await SqliteReader(path).open()
