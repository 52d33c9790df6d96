"""The memory store: the contract, and a clock that can be turned."""

import pytest

from tests.store.contract import MakeStore, StoreContract
from tobiishi.store.contract import Store
from tobiishi.store.memory import MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        async def make() -> Store:
            store = MemoryStore()
            await store.open()
            return store

        return make


async def test_a_lease_expires_by_the_clock_given():
    now = 1_000
    store = MemoryStore(now_ms=lambda: now)
    lease = await store.acquire("0", "a", 500)
    assert lease is not None
    assert lease.expires_ms == 1_500
    assert await store.acquire("0", "b", 500) is None
    now = 1_500
    assert await store.acquire("0", "b", 500) is not None
