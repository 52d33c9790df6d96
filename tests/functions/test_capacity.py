import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


LIMITS = {"a": 1, "b": 2, "c": 3}
TOTAL = 3
STEPS = st.lists(st.tuples(st.sampled_from(["take", "idle", "free", "cancel"]), st.integers(0, 7)), max_size=40)


class Scene:
    """Callers that take workers, hold them and give them back."""

    def __init__(self) -> None:
        self.places = Places(TOTAL)
        self.waiting: list[tuple[str, asyncio.Task[str | None]]] = []
        self.held: list[str] = []

    async def step(self, action: str, choice: int) -> None:
        if action == "take":
            name = "abc"[choice % 3]
            self.waiting.append((name, asyncio.create_task(self.places.take(name, LIMITS[name]))))
        elif action == "cancel" and self.waiting:
            self.waiting.pop(choice % len(self.waiting))[1].cancel()
        elif action in ("idle", "free") and self.held:
            name = self.held.pop(choice % len(self.held))
            if action == "idle":
                self.places.put_idle(name, f"worker of {name}")
            else:
                self.places.free(name)
        for _ in range(3):
            await asyncio.sleep(0)
        self.held += [name for name, task in self.waiting if task.done()]
        self.waiting = [(name, task) for name, task in self.waiting if not task.done()]

    def check(self) -> None:
        idle = Counter(name for name, _ in self.places.idle())
        taken = Counter(self.held) + idle
        assert all(taken[name] <= LIMITS[name] for name in taken)
        assert taken.total() <= TOTAL
        assert all(self.places.busy(name) == self.held.count(name) for name in LIMITS)
        for name, _ in self.waiting:  # nobody waits for what is there
            assert not idle[name]
            assert taken[name] == LIMITS[name] or (taken.total() == TOTAL and not idle)


@given(STEPS)
def test_places_are_neither_lost_nor_given_twice(steps: list[tuple[str, int]]) -> None:
    async def play() -> None:
        scene = Scene()
        for action, choice in steps:
            await scene.step(action, choice)
            scene.check()
        for _, task in scene.waiting:
            task.cancel()

    asyncio.run(play())
