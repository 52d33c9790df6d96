"""Histories page by page: no event is lost or doubled, whatever the pages' sizes."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.engine import history
from tobiishi.engine.history import History, Position
from tobiishi.store.contract import Commit, Lease, Segment
from tobiishi.store.memory import MemoryStore

Sizes = list[list[bool]]
"""Of each segment, of each entry: whether it is an event."""

segments = st.lists(st.lists(st.booleans(), max_size=5), max_size=60)


async def filled(sizes: Sizes, padding: str = "") -> MemoryStore:
    store = MemoryStore()
    lease = await store.acquire("0", "test", 1000)
    assert isinstance(lease, Lease)
    number = 0
    for sequence, entries in enumerate(sizes, 1):
        body: list[dict[str, Any]] = []
        for is_event in entries:
            number += is_event
            event = {"id": number, "type": "PassStateEntered", "_f": 1, "padding": padding}
            body.append(event if is_event else {"_r": "timer"})
        await store.commit([Commit(Segment(1, sequence, orjson.dumps(body)))], lease)
    return store


async def pages(of: History, limit: int) -> list[list[int]]:
    found: list[list[int]] = []
    start: Position | None = None
    while True:
        page = await of.page(limit, start)
        found.append([event["id"] for event in page.events])
        if page.next is None:
            return found
        start = page.next


@given(segments, st.integers(1, 12), st.booleans())
async def test_pages_hold_every_event_once(sizes: Sizes, limit: int, newest_first: bool) -> None:
    count = sum(map(sum, sizes))
    found = await pages(History(await filled(sizes), 1, newest_first), limit)
    events = [id_ for page in found for id_ in page]
    assert events == sorted(range(1, count + 1), reverse=newest_first)
    assert all(len(page) == limit for page in found[:-1]), "only the last page may be short"
    assert found[-1] or not count, "there is no page after the last event"


async def test_events_lose_what_is_private() -> None:
    page = await History(await filled([[False, True]]), 1).page(10)
    assert page.events == [{"id": 1, "type": "PassStateEntered", "padding": ""}]


@pytest.mark.parametrize("newest_first", [False, True])
async def test_large_events_make_short_pages(newest_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_BYTES", 1000)
    store = await filled([[True, True]] * 5, padding="x" * 400)
    found = await pages(History(store, 1, newest_first), 100)
    assert [len(page) for page in found] == [4, 4, 2]


async def test_a_history_that_grows_is_read_on() -> None:
    store = await filled([[True], [True, True]])
    of = History(store, 1)
    first = await of.page(2)
    assert first.next == (2, 1)
    later = await of.page(5, first.next)
    assert [event["id"] for event in later.events] == [3]
