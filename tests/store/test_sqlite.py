"""The SQLite store: the contract, and what only a file can show."""

import pytest

from tests.store.contract import DurableStoreContract
from tobiishi.store.contract import Store
from tobiishi.store.sqlite import SqliteStore


class TestSqliteStore(DurableStoreContract):
    @pytest.fixture
    async def make_store(self, tmp_path):
        opened: list[SqliteStore] = []

        async def make() -> Store:
            store = SqliteStore(tmp_path / "tobiishi.sqlite3")
            await store.open()
            opened.append(store)
            return store

        yield make
        for store in opened:
            await store.close()
