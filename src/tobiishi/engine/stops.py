"""Jobs that nobody waits for any more, until they are known to be stopped.

A `.sync` job goes on when its state times out, its execution ends or a failure beside it stops the state. The segment
that says so puts a `stop` entry into the outbox. It outlives the execution, and goes when the job has been stopped; an
engine that finds one stops the job again, which harms nothing. What there is to stop follows from the history: folding
it anew drops the same tasks.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import orjson

from tobiishi.asl.model import Definition
from tobiishi.engine.dispatch import Dispatcher
from tobiishi.engine.leasing import Leasing
from tobiishi.engine.machines import Machines
from tobiishi.engine.resident import Resident
from tobiishi.interp.effects import StopTask
from tobiishi.interp.run import Identity, Run
from tobiishi.store.contract import OutboxEntry, Store, StoreError

log = logging.getLogger("tobiishi.engine")

STOP: Final = "stop"
"""The kind of the outbox entries."""


class Stops:
    """Has the dispatcher stop jobs, and clears their entries. `begin` makes an execution's run at its beginning."""

    def __init__(
        self,
        store: Store,
        leasing: Leasing,
        machines: Machines,
        dispatcher: Dispatcher,
        begin: Callable[[int, Definition, Identity], Run],
    ) -> None:
        self._store = store
        self._leasing = leasing
        self._machines = machines
        self._dispatcher = dispatcher
        self._begin = begin

    def perform(self, resident: Resident, effect: StopTask) -> None:
        """Stop what a task has begun. Of an Express run nothing is stored."""
        done = None if resident.volatile else partial(self._done, resident.execution, effect.event)
        self._dispatcher.stop(resident.execution, resident.run.identity, effect, done)

    async def recover(self, entries: Iterable[OutboxEntry]) -> None:
        """Stop the jobs again of which no engine has said that they are stopped."""
        events: defaultdict[int, set[int]] = defaultdict(set)
        for entry in entries:
            events[entry.execution].add(entry.event)
        for execution, wanted in events.items():
            try:
                run, stops = await self._fold(execution)
            except Exception:
                log.exception("jobs of execution %d cannot be found, and are left to the next engine", execution)
                continue
            for effect in stops:
                if effect.event in wanted:
                    done = partial(self._done, execution, effect.event)
                    self._dispatcher.stop(execution, run.identity, effect, done)

    async def _fold(self, execution: int) -> tuple[Run, list[StopTask]]:
        """Return an execution's run, and every task that was dropped on its way."""
        row = await self._store.execution_by_id(execution)
        assert row is not None, "it has an outbox"
        definition = await self._machines.compiled(row.revision)
        run: Run | None = None
        stops: list[StopTask] = []
        after = 0
        while segments := await self._store.segments(execution, after=after):
            for segment in segments:
                entries = orjson.loads(segment.body)
                run = run or self._begin(execution, definition, Identity.of(entries[0]))
                stops += run.replay(entries)
            after = segments[-1].sequence
        assert run is not None, "an execution has at least one segment"
        return run, stops

    async def _done(self, execution: int, event: int) -> None:
        try:
            await self._store.clear_outbox([OutboxEntry(execution, event, STOP)], self._leasing.lease)
        except StoreError as error:
            log.warning("a job that was stopped stays in the outbox: %s", error)
