"""Activity tasks that wait for a worker, and workers that wait for a task.

All of it is memory: recovery puts the tasks that no worker has taken into their queues again. A waiting task is its key
and nothing else, so a million of them are no burden.
"""

import asyncio
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field

from tobiishi.engine.clock import Clock

Key = tuple[int, int]
"""An execution's id, and the event that scheduled the task."""


@dataclass(slots=True)
class _Queue:
    tasks: OrderedDict[Key, None] = field(default_factory=OrderedDict)
    polls: OrderedDict[asyncio.Future[None], None] = field(default_factory=OrderedDict)


class ActivityQueues:
    """One queue for each activity, by ARN: first in, first out, and so for those who wait for a task."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues: defaultdict[str, _Queue] = defaultdict(_Queue)
        self._arns: dict[Key, str] = {}
        self._closed = False

    def __len__(self) -> int:
        """How many tasks wait."""
        return len(self._arns)

    @property
    def activities(self) -> int:
        """For how many activities anything is kept."""
        return len(self._queues)

    def add(self, arn: str, key: Key, *, first: bool = False) -> None:
        """Let a task wait; `first` is for one that was already at the head of its queue."""
        tasks = self._queues[arn].tasks
        tasks[key] = None
        tasks.move_to_end(key, last=not first)
        self._arns[key] = arn
        self._wake(arn)

    def remove(self, key: Key) -> None:
        """Nobody shall get that task any more; it need not be waiting."""
        arn = self._arns.pop(key, None)
        if arn is not None:
            del self._queues[arn].tasks[key]
            self._tidy(arn)

    async def next(self, arn: str, until_ms: int) -> Key | None:
        """Take the activity's oldest task; wait for one until then, or until the queues are closed."""
        while not self._closed:
            tasks = self._queues[arn].tasks
            if tasks:
                key = next(iter(tasks))
                self.remove(key)
                return key
            if not await self._arrival(arn, until_ms):
                break
        self._tidy(arn)
        return None

    def close(self) -> None:
        """Let nobody wait any more."""
        self._closed = True
        for queue in self._queues.values():
            for poll in queue.polls:
                _end(poll)

    async def _arrival(self, arn: str, until_ms: int) -> bool:
        """Wait for a task to arrive; False if none did in time."""
        if self._clock.now_ms() >= until_ms:
            return False
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = asyncio.ensure_future(self._clock.sleep_until(until_ms))
        polls = self._queues[arn].polls
        polls[arrived] = None
        try:
            await asyncio.wait((arrived, due), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            polls.pop(arrived, None)
            if arrived.done():  # the task that it was woken for is somebody else's
                self._wake(arn)
            self._tidy(arn)
            raise
        finally:
            due.cancel()
        polls.pop(arrived, None)
        return arrived.done()

    def _wake(self, arn: str) -> None:
        polls = self._queues[arn].polls
        if polls and self._queues[arn].tasks:
            _end(polls.popitem(last=False)[0])

    def _tidy(self, arn: str) -> None:
        queue = self._queues.get(arn)
        if queue is not None and not queue.tasks and not queue.polls:
            del self._queues[arn]


def _end(poll: "asyncio.Future[None]") -> None:
    if not poll.done():
        poll.set_result(None)
