"""Who may have a worker now, and who has to wait: bookkeeping only, no processes.

Theory of operation. A *place* is room for one worker. A function has as many as its limit, all functions together
have `total`. A worker keeps its place for life, busy or idle. Whoever needs a worker gets an idle one of its function;
or a place to start one; or, if everything is taken, a place that an idle worker of another function is retired for;
or it waits. What becomes free is handed straight to the longest waiting that can use it, so that nobody who comes
later can take it first.
"""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Generic, TypeVar

W = TypeVar("W")

MAX_WAITING: Final = 10_000
"""Calls that may wait for a worker; more are throttled, as Lambda would."""


class ThrottledError(Exception):
    """Too many calls at once."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[W]):
    order: int
    limit: int
    granted: "asyncio.Future[W | None]"


@dataclass(slots=True)
class Capacity(Generic[W]):
    """Places for workers of type W, by function name. `retire` is called with an idle worker that has to go."""

    total: int
    retire: Callable[[W], None]
    _places: Counter[str] = field(default_factory=Counter)
    _idle: dict[str, list[W]] = field(default_factory=lambda: defaultdict(list))
    _waiting: dict[str, deque[_Waiting[W]]] = field(default_factory=lambda: defaultdict(deque))
    _orders: Iterator[int] = field(default_factory=count)

    def busy(self, name: str) -> int:
        """Return how many workers of a function are at work or starting."""
        return self._places[name] - len(self._idle[name])

    async def take(self, name: str, limit: int) -> W | None:
        """Wait for a worker of the function `name`; None stands for a place to start one in.

        Give it back with `put_idle` or `free`. Raises `ThrottledError` if too many wait already.
        """
        if not self._waiting[name] and (self._idle[name] or self._make_room(name, limit)):
            return self._grant(name)
        if sum(map(len, self._waiting.values())) >= MAX_WAITING:
            raise ThrottledError
        waiting: _Waiting[W] = _Waiting(next(self._orders), limit, asyncio.get_running_loop().create_future())
        self._waiting[name].append(waiting)
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            self._give_up(name, waiting)
            raise

    def put_idle(self, name: str, worker: W) -> None:
        """A worker has finished a request and can take another."""
        self._idle[name].append(worker)
        self._hand_out()

    def free(self, name: str) -> None:
        """A worker that was taken has ended, or was never started."""
        self._places[name] -= 1
        self._hand_out()

    def withdraw(self, name: str, worker: W) -> bool:
        """Take an idle worker out of service, with its place; False if it is not idle (any more)."""
        if worker not in self._idle[name]:
            return False
        self._idle[name].remove(worker)
        self.free(name)
        return True

    def idle(self) -> list[tuple[str, W]]:
        return [(name, worker) for name, workers in self._idle.items() for worker in workers]

    def _make_room(self, name: str, limit: int) -> bool:
        """See to it that there is a place for `name`; False if there can be none now."""
        if self._places[name] >= limit:
            return False
        if sum(self._places.values()) < self.total:
            return True
        owner = next((each for each, workers in self._idle.items() if workers and each != name), None)
        if owner is None:
            return False
        self.retire(self._idle[owner].pop(0))
        self._places[owner] -= 1
        return True

    def _grant(self, name: str) -> W | None:
        if self._idle[name]:
            return self._idle[name].pop()
        self._places[name] += 1
        return None

    def _hand_out(self) -> None:
        """Give what is free to those who wait, the longest waiting first."""
        while True:
            heads = sorted((queue[0].order, name) for name, queue in self._waiting.items() if queue)
            name = next((name for _, name in heads if self._has_for(name)), None)
            if name is None:
                return
            waiting = self._waiting[name].popleft()
            waiting.granted.set_result(self._grant(name))

    def _has_for(self, name: str) -> bool:
        return bool(self._idle[name]) or self._make_room(name, self._waiting[name][0].limit)

    def _give_up(self, name: str, waiting: _Waiting[W]) -> None:
        if waiting.granted.cancelled():
            self._waiting[name].remove(waiting)
        elif (worker := waiting.granted.result()) is None:
            self.free(name)
        else:
            self.put_idle(name, worker)
