"""Activity workers: each polls for a task, and answers it later with the task's token.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final

from tobiishi.engine.activities import Activities
from tobiishi.engine.clock import Clock
from tobiishi.engine.dispatch import unicode_text
from tobiishi.engine.errors import WorkerLimitError
from tobiishi.engine.queues import Key
from tobiishi.engine.receipts import Heard
from tobiishi.engine.shard import Shard
from tobiishi.interp.effects import StartTask
from tobiishi.interp.signals import ActivityTaken

POLL_MS: Final = 60_000
"""How long a poll waits for a task."""


@dataclass(frozen=True, slots=True)
class ActivityTask:
    """What a worker gets: `input` is JSON text, `token` what it answers with."""

    token: str
    input: str


class Workers:
    """Hands each task to one worker, once its start is durable."""

    def __init__(self, shard: Shard, activities: Activities, clock: Clock) -> None:
        self._shard = shard
        self._activities = activities
        self._queues = shard.queues
        self._clock = clock
        self._polling: Counter[str] = Counter()

    async def take(self, arn: str, worker: str | None = None, limit: int | None = None) -> ActivityTask | None:
        """Return the activity's oldest task; None if there was none for a minute, or the engine stops.

        Cancelled, it takes no task. Raises `InvalidArnError`, `ActivityNotFoundError`, `WorkerLimitError` when `limit`
        workers wait already, `DrainingError`, `StoppedError`.
        """
        self._shard.check_running()
        self._activities.check(arn)
        if limit is not None and self._polling[arn] >= limit:
            raise WorkerLimitError(f"Activity Worker Limit Exceeded: '{limit} workers are polling {arn}'")
        self._polling[arn] += 1
        try:
            return await self._take(arn, worker)
        finally:
            self._polling[arn] -= 1
            if not self._polling[arn]:
                del self._polling[arn]

    async def _take(self, arn: str, worker: str | None) -> ActivityTask | None:
        until_ms = self._clock.now_ms() + POLL_MS
        while (key := await self._queues.next(arn, until_ms)) is not None:
            task = await self._hand_out(arn, key, worker)
            if task is not None:
                return task
        return None

    async def _hand_out(self, arn: str, key: Key, worker: str | None) -> ActivityTask | None:
        """Record that a task starts; None if nobody waits for it any more, or somebody has it."""
        execution, event = key
        try:
            heard = await self._shard.ask(execution, ActivityTaken(event, worker and unicode_text(worker)))
        except asyncio.CancelledError:
            self._queues.add(arn, key, first=True)  # should its start be recorded all the same, the next poll passes it
            raise
        return _task(heard, event)


def _task(heard: Heard, event: int) -> ActivityTask | None:
    for effect in heard or ():
        if isinstance(effect, StartTask) and effect.event == event:
            assert effect.token is not None, "activities have tokens"
            return ActivityTask(effect.token, effect.arguments)
    return None
