"""The end of a state machine: its executions are ended first, then it goes, with its versions, aliases and tags.

Until then it is DELETING: it is still shown, and starts nothing any more. The history of its executions stays.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from tobiishi.engine.errors import EngineError, ExecutionNotFoundError
from tobiishi.engine.machines import Machines
from tobiishi.engine.tags import tags_key
from tobiishi.store.contract import Filter, Machine, Store, StoreError

log = logging.getLogger("tobiishi.engine")

_AT_ONCE: Final = 100
"""Executions ended together, and machines looked through together."""


class Deletions:
    """Deletes machines. One that a stopped engine left half deleted is taken up by `recover`."""

    def __init__(self, store: Store, machines: Machines, stop: Callable[[str], Awaitable[object]]) -> None:
        """`stop` ends an execution, by its ARN, and returns once that is durable."""
        self._store = store
        self._machines = machines
        self._stop = stop
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def delete(self, arn: str) -> None:
        """Delete a machine. One without open executions is gone on return; nothing happens if there is none."""
        async with self._machines.turns.of(arn):
            machine = await self._store.machine(arn)
            if machine is None or machine.arn in self._under_way:
                return
            await self._store.mark_deleting(arn)
            self._machines.forget(arn)
            if await self._open_executions(machine):
                self._begin(arn)
            else:
                await self._remove(arn)

    async def recover(self) -> None:
        """Go on with every deletion that has begun."""
        after = ""
        while page := await self._store.machines(after=after, limit=_AT_ONCE):
            for machine in page:
                if machine.status == "DELETING" and machine.arn not in self._under_way:
                    self._begin(machine.arn)
            after = page[-1].arn

    async def settled(self) -> None:
        """Return when every deletion under way has ended."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop deleting; `recover` goes on with it."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open_executions(self, machine: Machine) -> list[str]:
        if machine.type == "EXPRESS":  # they are in memory, and end by themselves within five minutes
            return []
        rows = await self._store.executions(Filter(machine_arn=machine.arn, status="RUNNING"), limit=_AT_ONCE)
        return [row.arn for row in rows]

    def _begin(self, arn: str) -> None:
        task = asyncio.create_task(self._run(arn), name=f"deletion of {arn}")
        self._under_way[arn] = task
        task.add_done_callback(lambda _: self._under_way.pop(arn, None))

    async def _run(self, arn: str) -> None:
        try:
            await self._end(arn)
        except (EngineError, StoreError) as error:
            log.warning("the deletion of %s goes on with the next start: %s", arn, error)
        except Exception:
            log.exception("the deletion of %s has failed and is tried again with the next start", arn)

    async def _end(self, arn: str) -> None:
        while (machine := await self._deleting(arn)) and (open_ := await self._open_executions(machine)):
            await asyncio.gather(*map(self._end_execution, open_))
        async with self._machines.turns.of(arn):
            if await self._deleting(arn):
                await self._remove(arn)

    async def _deleting(self, arn: str) -> Machine | None:
        """Return the machine, unless it is gone or was made anew meanwhile."""
        machine = await self._store.machine(arn)
        return machine if machine is not None and machine.status == "DELETING" else None

    async def _end_execution(self, arn: str) -> None:
        with contextlib.suppress(ExecutionNotFoundError):
            await self._stop(arn)

    async def _remove(self, arn: str) -> None:
        """Delete the machine's row and its documents, at once."""
        versions, aliases = await self._machines.versions.keys(arn), await self._machines.aliases.keys(arn)
        await self._store.delete_machine(arn, [*versions, *aliases, tags_key(arn)])
        self._machines.forget(arn)
