"""What was in flight when the last engine stopped, found again by the store's outbox."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from tobiishi.engine.indexes import WAITING
from tobiishi.engine.queues import ActivityQueues
from tobiishi.engine.stops import STOP, Stops
from tobiishi.store.contract import Filter, OutboxEntry, Store

_PAGE: Final = 1000


class Recovery:
    """`is_mine` says which executions are this shard's business; `take_up` sends one on its way again."""

    def __init__(
        self,
        store: Store,
        stops: Stops,
        queues: ActivityQueues,
        is_mine: Callable[[int], bool],
        take_up: Callable[[int], Awaitable[None]],
    ) -> None:
        self._store = store
        self._stops = stops
        self._queues = queues
        self._is_mine = is_mine
        self._take_up = take_up

    async def run(self) -> None:
        """Take up what the outbox has: every execution once, unless it only waits for workers. Raises `StoreError`."""
        after: OutboxEntry | None = None
        begun: int | None = None
        while page := await self._store.outbox(after=after):
            mine = [entry for entry in page if self._is_mine(entry.execution)]
            await self._stops.recover(entry for entry in mine if entry.kind == STOP)
            self._queue(entry for entry in mine if entry.kind.startswith(WAITING))
            others = (entry for entry in mine if entry.kind != STOP and not entry.kind.startswith(WAITING))
            for execution in dict.fromkeys(entry.execution for entry in others):
                if execution != begun:  # its entries may go on on the next page
                    await self._take_up(execution)
                begun = execution
            after = page[-1]

    def _queue(self, entries: Iterable[OutboxEntry]) -> None:
        """Let tasks wait for a worker again. There may be a million: their runs stay in the store."""
        for entry in entries:
            self._queues.add(entry.kind.removeprefix(WAITING), (entry.execution, entry.event))


async def descendants(store: Store, root: int) -> list[int]:
    """Return the ids of every execution that a root has started, directly or not, and its own."""
    ids: list[int] = []
    before: int | None = None
    while page := await store.executions(Filter(root=root), limit=_PAGE, before=before):
        ids += [row.id for row in page]
        before = page[-1].id
    return ids
