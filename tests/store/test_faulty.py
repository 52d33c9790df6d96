"""The wrapper that fails on demand does what it says, or every test that leans on it would prove nothing."""

import asyncio

import pytest

from tests.store.contract import HOUR_MS, more, started
from tests.store.faulty import Crash, FaultyStore
from tobiishi.store.contract import StoreError
from tobiishi.store.memory import MemoryStore


@pytest.fixture
def inner():
    return MemoryStore()


@pytest.fixture
def faulty(inner):
    return FaultyStore(inner)


@pytest.fixture
async def lease(faulty):
    return await faulty.as_store().acquire("0", "engine", HOUR_MS)


async def test_without_faults_everything_passes(faulty, inner, lease):
    assert await faulty.commit([started(1)], lease) == frozenset()
    assert await faulty.as_store().last_sequence(1) == 1
    assert faulty.batches == [[started(1)]]


async def test_fail_before_writes_nothing(faulty, lease):
    faulty.fail_before(2)
    await faulty.commit([started(1)], lease)
    with pytest.raises(StoreError):
        await faulty.commit([more(1, 2)], lease)
    assert await faulty.as_store().last_sequence(1) == 1
    await faulty.commit([more(1, 2)], lease)


async def test_fail_after_has_written_all(faulty, lease):
    faulty.fail_after(1)
    with pytest.raises(StoreError):
        await faulty.commit([started(1)], lease)
    assert await faulty.as_store().last_sequence(1) == 1


@pytest.mark.parametrize(("when", "written"), [("crash_before", 0), ("crash_after", 1)])
async def test_after_a_crash_nothing_answers_but_the_inner_store(faulty, inner, lease, when, written):
    getattr(faulty, when)(1)
    with pytest.raises(Crash):
        await faulty.commit([started(1)], lease)
    with pytest.raises(Crash):
        await faulty.commit([started(2)], lease)
    with pytest.raises(Crash):
        await faulty.as_store().last_sequence(1)
    assert await inner.last_sequence(1) == written
    assert await inner.last_sequence(2) == 0


async def test_held_commits_wait(faulty, inner, lease):
    faulty.hold_commits()
    commit = asyncio.create_task(faulty.commit([started(1)], lease))
    await faulty.waiting.wait()
    assert not commit.done()
    assert await inner.last_sequence(1) == 0
    faulty.let_commits_go()
    await commit
    assert await inner.last_sequence(1) == 1
