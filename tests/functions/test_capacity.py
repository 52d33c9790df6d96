import asyncio

import pytest

from tobiishi.functions import capacity
from tobiishi.functions.capacity import Capacity, ThrottledError


class Places(Capacity[str]):
    """Places whose workers are words; the retired ones are kept in a list."""

    def __init__(self, total: int) -> None:
        self.retired: list[str] = []
        super().__init__(total, self.retired.append)


async def test_an_idle_worker_goes_first() -> None:
    places = Places(total=3)
    assert await places.take("a", 2) is None
    places.put_idle("a", "worker")
    assert await places.take("a", 2) == "worker"
    assert places.busy("a") == 1


async def test_who_finds_everything_taken_waits_in_turn() -> None:
    places = Places(total=3)
    assert await places.take("a", 1) is None
    first = asyncio.create_task(places.take("a", 1))
    second = asyncio.create_task(places.take("a", 1))
    await asyncio.sleep(0)
    places.put_idle("a", "worker")
    assert await first == "worker"
    assert not second.done()
    places.free("a")
    assert await second is None


async def test_a_newcomer_does_not_overtake() -> None:
    places = Places(total=3)
    assert await places.take("a", 1) is None
    waiting = asyncio.create_task(places.take("a", 1))
    await asyncio.sleep(0)
    places.put_idle("a", "worker")
    newcomer = asyncio.create_task(places.take("a", 1))
    assert await waiting == "worker"
    assert not newcomer.done()
    newcomer.cancel()


async def test_an_idle_worker_of_another_function_makes_room() -> None:
    places = Places(total=1)
    assert await places.take("a", 1) is None
    places.put_idle("a", "worker of a")
    assert await places.take("b", 1) is None
    assert places.retired == ["worker of a"]
    assert places.busy("a") == 0


async def test_a_busy_worker_makes_room_when_it_becomes_idle() -> None:
    places = Places(total=1)
    assert await places.take("a", 1) is None
    other = asyncio.create_task(places.take("b", 1))
    await asyncio.sleep(0)
    places.put_idle("a", "worker of a")
    assert await other is None
    assert places.retired == ["worker of a"]


async def test_the_longest_waiting_goes_first_across_functions() -> None:
    places = Places(total=1)
    assert await places.take("a", 1) is None
    b = asyncio.create_task(places.take("b", 1))
    await asyncio.sleep(0)
    a = asyncio.create_task(places.take("a", 1))
    await asyncio.sleep(0)
    places.put_idle("a", "worker of a")
    assert await b is None
    assert not a.done()
    places.free("b")
    assert await a is None


async def test_one_who_waits_for_its_own_limit_holds_up_nobody() -> None:
    places = Places(total=2)
    assert await places.take("a", 1) is None
    a = asyncio.create_task(places.take("a", 1))
    assert await places.take("b", 1) is None
    c = asyncio.create_task(places.take("c", 1))
    await asyncio.sleep(0)
    places.free("b")
    assert await c is None
    assert not a.done()
    a.cancel()


async def test_who_gives_up_waiting_leaves_no_trace() -> None:
    places = Places(total=1)
    assert await places.take("a", 1) is None
    gone = asyncio.create_task(places.take("a", 1))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    places.put_idle("a", "worker")
    assert places.idle() == [("a", "worker")]


@pytest.mark.parametrize("granted", ["worker", "place"])
async def test_who_gives_up_just_when_it_is_served_passes_it_on(granted: str) -> None:
    places = Places(total=1)
    assert await places.take("a", 1) is None
    gone, waiting = (asyncio.create_task(places.take("a", 1)) for _ in range(2))
    await asyncio.sleep(0)
    if granted == "worker":
        places.put_idle("a", "worker")
    else:
        places.free("a")
    gone.cancel()
    assert await waiting == ("worker" if granted == "worker" else None)
    assert places.busy("a") == 1


async def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "MAX_WAITING", 0)
    places = Places(total=1)
    assert await places.take("a", 1) is None
    with pytest.raises(ThrottledError):
        await places.take("a", 1)


async def test_only_an_idle_worker_can_be_withdrawn() -> None:
    places = Places(total=1)
    assert await places.take("a", 1) is None
    assert not places.withdraw("a", "worker")
    places.put_idle("a", "worker")
    assert places.withdraw("a", "worker")
    assert places.idle() == []
    assert await places.take("b", 1) is None
    assert places.retired == []
