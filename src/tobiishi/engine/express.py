"""Express executions: the same interpreter, in memory.

A synchronous one writes nothing and runs at most once: its caller hears how it ended, or that the engine went away. An
asynchronous start is one durable row, committed before the answer and deleted at the execution's end; after a crash it
runs again from its input, at most three more times.
(https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html)
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

from tobiishi.engine.arns import check_name, express_arn, machine_name
from tobiishi.engine.callers import Started
from tobiishi.engine.engine import Engine, identity_of
from tobiishi.engine.errors import DrainingError, StoppedError, ThrottledError
from tobiishi.engine.inputs import check_input
from tobiishi.engine.machines import Target, not_found
from tobiishi.engine.queries import Outcome
from tobiishi.interp.run import Identity
from tobiishi.store.contract import ExpressStart, LeaseLostError, Machine, StoreError

log = logging.getLogger("tobiishi.engine")

MAX_RERUNS: Final = 3
"""How often an asynchronous execution is run again after crashes."""

FORGET_AGAIN_SECONDS: Final = 1.0
"""How long to wait before a row that could not be deleted is tried again."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExpressResult:
    """A synchronous execution's end. Times in milliseconds since the epoch."""

    arn: str
    name: str
    outcome: Outcome
    started_ms: int
    stopped_ms: int


class Grouped(Generic[T]):
    """Writes many small things with few store calls: what arrives during one call goes with the next."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many wait to be written."""
        return len(self._waiting)

    async def add(self, item: T) -> None:
        """Return when the item is durable. Raises `StoreError`."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._run(), name="express rows")
        await written

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            error: Exception | None = None
            try:
                await self._write([item for item, _ in batch])
            except Exception as raised:  # noqa: BLE001 - those who wait hear it
                error = raised
            for _, written in batch:
                if written.done():
                    continue
                if error is None:
                    written.set_result(None)
                else:
                    written.set_exception(error)


class Express:
    """Starts Express executions on an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        store = engine.store
        self._accepted: Grouped[ExpressStart] = Grouped(lambda rows: store.accept_express(rows, engine.lease))
        self._finished: Grouped[int] = Grouped(lambda ids: store.finish_express(ids, engine.lease))
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = 0

    async def start_sync(
        self,
        machine: str | Target,
        input_text: str = "{}",
        name: str | None = None,
        *,
        trace_header: str | None = None,
    ) -> ExpressResult:
        """Run to the end and return it. Nothing is stored. Raises what `start` raises."""
        target, name = await self._check(machine, input_text, name)
        execution, started_ms = self._engine.new_id(), self._engine.clock.now_ms()
        arn = express_arn(target.machine.arn, name, str(uuid4()))
        identity = identity_of(target, arn, name, trace_header=trace_header)
        ended = await self._run(execution, target.revision.id, identity, input_text)
        outcome = await ended
        return ExpressResult(identity.arn, name, outcome, started_ms, self._engine.clock.now_ms())

    async def start(
        self,
        machine: str | Target,
        input_text: str = "{}",
        name: str | None = None,
        *,
        root: int | None = None,
        trace_header: str | None = None,
    ) -> Started:
        """Accept an asynchronous execution: it will run, at least once.

        Raises what `Engine.start_execution` raises, but for `ExecutionExistsError`: names may repeat. And `StoreError`.
        """
        target, name = await self._check(machine, input_text, name)
        execution = self._engine.new_id()
        row = ExpressStart(
            id=execution,
            arn=express_arn(target.machine.arn, name, str(uuid4())),
            machine_arn=target.machine.arn,
            name=name,
            revision=target.revision.id,
            root=execution if root is None else root,
            input=input_text,
            accepted_ms=self._engine.clock.now_ms(),
            version_arn=target.version_arn,
            alias_arn=target.alias_arn,
            trace_header=trace_header,
        )
        await asyncio.shield(self._spawn(self._accept(row, target)))  # what is accepted runs, whoever has gone
        return Started(execution, row.arn, row.accepted_ms)

    async def recover(self, *, adopt: Sequence[int] | None = None) -> None:
        """Run again what was accepted and had not finished; with `adopt`, only what those roots started."""
        store = self._engine.store
        for row in await store.express_starts():
            if adopt is not None and row.root not in adopt:
                continue
            if row.tries >= MAX_RERUNS:
                log.error("express execution %s was cut off %d times and is given up", row.arn, row.tries + 1)
                await self._finished.add(row.id)
                continue
            await store.try_express([row.id], self._engine.lease)
            try:
                await self._begin(row, await self._target_of(row))
            except StoreError:
                raise
            except Exception:
                log.exception("express execution %s cannot be run again", row.arn)

    async def settled(self) -> None:
        """Return when every asynchronous execution begun here has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _check(self, machine: str | Target, input_text: str, name: str | None) -> tuple[Target, str]:
        self._engine.check_running()
        if self._running + len(self._accepted) >= self._engine.settings.express_runs:
            raise ThrottledError
        name = check_name(name) if name is not None else self._engine.new_name()
        check_input(input_text, self._engine.settings.quotas.payload_bytes)
        return await self._engine.target(machine, "EXPRESS"), name

    async def _target_of(self, row: ExpressStart) -> Target:
        """Return what was started, whatever has become of its machine since. Raises `MachineNotFoundError`."""
        revision = await self._engine.store.revision(row.revision)
        if revision is None:
            raise not_found(row.machine_arn)
        machine = Machine(row.machine_arn, machine_name(row.machine_arn), "EXPRESS", revision.created_ms, revision)
        return Target(machine, row.version_arn, row.alias_arn)

    async def _accept(self, row: ExpressStart, target: Target) -> None:
        await self._accepted.add(row)
        with contextlib.suppress(DrainingError, StoppedError):  # accepted all the same: the next engine runs it
            await self._begin(row, target)

    async def _begin(self, row: ExpressStart, target: Target) -> None:
        identity = identity_of(target, row.arn, row.name, trace_header=row.trace_header)
        ended = await self._run(row.id, row.revision, identity, row.input)
        self._spawn(self._finish(row.id, ended))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name="express execution")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _finish(self, execution: int, ended: "asyncio.Future[Outcome]") -> None:
        """Delete the row once the execution has ended; if the engine goes before, the next one runs it again."""
        with contextlib.suppress(StoppedError, LeaseLostError):
            await ended
            while not await self._forget(execution):  # noqa: ASYNC110 - nobody tells when the store is well again
                await asyncio.sleep(FORGET_AGAIN_SECONDS)

    async def _forget(self, execution: int) -> bool:
        try:
            await self._finished.add(execution)
        except LeaseLostError:
            raise
        except StoreError as error:
            log.warning("the row of Express execution %d cannot be deleted, trying again: %s", execution, error)
            return False
        return True

    async def _run(
        self, execution: int, revision: int, identity: Identity, input_text: str
    ) -> "asyncio.Future[Outcome]":
        definition = await self._engine.machines.compiled(revision)
        settings = await self._engine.machines.settings(revision)
        self._engine.check_running()  # again: it may have stopped meanwhile
        run = self._engine.new_run(execution, definition, identity)
        ended = self._engine.begin_volatile(execution, run, input_text, settings)
        self._running += 1
        ended.add_done_callback(self._left)
        return ended

    def _left(self, _: "asyncio.Future[Outcome]") -> None:
        self._running -= 1
