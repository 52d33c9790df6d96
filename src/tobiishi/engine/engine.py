"""The engine's public operations: start, stop and wait for Standard executions. The work is the shard's."""

import asyncio
from collections.abc import Sequence

from tobiishi.asl.model import Definition
from tobiishi.engine.activities import Activities
from tobiishi.engine.arns import check_name, execution_arn, machine_name, region_of
from tobiishi.engine.callbacks import Callbacks
from tobiishi.engine.callers import Birth, Started
from tobiishi.engine.clock import Clock, SystemClock
from tobiishi.engine.deletion import Deletions
from tobiishi.engine.dispatch import Catalogue
from tobiishi.engine.errors import ExecutionLimitError, ExecutionNotFoundError, ThrottledError, WrongTypeError
from tobiishi.engine.ids import Ids
from tobiishi.engine.inputs import check_input
from tobiishi.engine.machines import Machines, Resolver, Target
from tobiishi.engine.overdue import Overdue
from tobiishi.engine.queries import Outcome, outcome
from tobiishi.engine.redrive import Redrives
from tobiishi.engine.settings import Settings
from tobiishi.engine.shard import Shard
from tobiishi.engine.watching import Watcher
from tobiishi.engine.workers import Workers
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Identity, Run
from tobiishi.store.contract import ExecutionRow, Lease, MachineType, Store


class Engine:
    """Standard executions over a store. `tobiishi.engine.express` adds the other type."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
        resolve: Resolver | None = None,
    ) -> None:
        self.store = store
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self.machines = Machines(store, self.settings.place, catalogue.prepare, resolve)
        self._ids = Ids(self.clock)
        self.activities = Activities(store)
        self._shard = Shard(store, catalogue, self.machines, self.activities, self.clock, self.settings)
        self.deletions = Deletions(store, self.machines, self.stop_execution)
        self.workers = Workers(self._shard, self.activities, self.clock)
        self.callbacks = Callbacks(self._shard, store, self.settings.quotas.payload_bytes)
        self._overdue = Overdue(
            store, self.clock, self.settings.quotas.execution_seconds, lambda late: self.tell(late, sig.Expire())
        )
        self.redrives = Redrives(self._shard, store, self.clock, self.settings.quotas)

    # -- life ----------------------------------------------------------------------------------------------------------
    async def start(self, *, adopt: Sequence[int] | None = None) -> None:
        """Take the shard and begin. With `adopt`, only the executions of those roots are this engine's business."""
        await self.activities.load()
        await self._shard.start(adopt=adopt)
        if adopt is None:
            await self.deletions.recover()
            self._overdue.start()

    async def drain(self, seconds: float | None = None) -> None:
        """Start nothing new, wait for running tasks, and make their results durable."""
        await self.deletions.close()
        await self._shard.drain(self.settings.drain_seconds if seconds is None else seconds)

    async def close(self) -> None:
        """Stop at once. Whatever is durable goes on with the next `start`."""
        await self._overdue.stop()
        await self.deletions.close()
        await self._shard.close()

    @property
    def draining(self) -> bool:
        """Whether the engine is stopping, and starts nothing new."""
        return self._shard.draining

    @property
    def lease(self) -> Lease:
        """The ownership that every write is made under."""
        return self._shard.leasing.lease

    @property
    def watchers(self) -> list[Watcher]:
        """Who is told of history as it becomes durable."""
        return self._shard.watchers

    @property
    def working(self) -> int:
        """How many tasks `drain` would wait for."""
        return self._shard.working

    @property
    def idle(self) -> bool:
        """Nothing is on its way inside: what there is waits for time, or for a task."""
        return self._shard.idle

    @property
    def failed(self) -> Exception | None:
        """Why the engine has stopped by itself; None while it works."""
        return self._shard.failed

    @property
    def resident_runs(self) -> int:
        """How many runs are in memory."""
        return self._shard.resident_runs

    def check_running(self) -> None:
        """Raise `StoppedError` or `DrainingError` unless something new may start."""
        self._shard.check_running()

    # -- operations ----------------------------------------------------------------------------------------------------
    async def start_execution(
        self,
        machine: str | Target,
        input_text: str = "{}",
        name: str | None = None,
        *,
        root: int | None = None,
        parent: str | None = None,
        trace_header: str | None = None,
    ) -> Started:
        """Start a Standard execution; answered once it is durable.

        `machine` is what `machines.target` found, or the ARN of a machine, a version or an alias. Idempotent as AWS has
        it: the same name and input, while the execution runs, gives the same answer. A child of `root` names what
        started it as `parent`; the same parent's start finds its child even when it has ended. Raises
        `InvalidArnError`, `MachineNotFoundError`, `MachineDeletingError`, `InvalidNameError`, `InvalidInputError`,
        `ExecutionExistsError`, `WrongTypeError`, `ExecutionLimitError`, `ThrottledError` when too many starts wait for
        the store, `DrainingError`, `StoppedError`.
        """
        self.check_running()
        name = check_name(name) if name is not None else self.new_name()
        check_input(input_text, self.settings.quotas.payload_bytes)
        target = await self.target(machine, "STANDARD")
        definition = await self.machines.compiled(target.revision.id)
        machine_arn = target.machine.arn
        identity = identity_of(target, execution_arn(machine_arn, name), name, parent, trace_header)
        await self._check_room(machine_arn, identity.arn)
        self.check_running()  # again: it may have stopped meanwhile
        execution = self.new_id()
        row = ExecutionRow(
            id=execution,
            arn=identity.arn,
            machine_arn=machine_arn,
            name=name,
            revision=target.revision.id,
            root=execution if root is None else root,
            started_ms=self.clock.now_ms(),
            version_arn=target.version_arn,
            alias_arn=target.alias_arn,
        )
        if parent is None and len(self._shard.callers.births) >= self.settings.waiting_starts:
            raise ThrottledError
        answer: asyncio.Future[Started] = asyncio.get_running_loop().create_future()
        birth = Birth(row, lambda: self.new_run(execution, definition, identity), input_text, answer, parent)
        birth.settings = target.revision.settings
        self._shard.begin(birth)
        return await answer

    async def _check_room(self, machine_arn: str, arn: str) -> None:
        """Raise `ExecutionLimitError` if no execution more may be open; a repeated start opens none."""
        try:
            self._shard.starts.check(machine_arn)
        except ExecutionLimitError:
            if await self.store.execution(arn) is None:
                raise

    async def target(self, machine: str | Target, machine_type: MachineType) -> Target:
        """Return what a start runs. Raises `WrongTypeError` if that is of another type, and what `machines` raises."""
        now_ms = self.clock.now_ms()
        target = machine if isinstance(machine, Target) else await self.machines.target(machine, now_ms)
        if target.machine.type != machine_type:
            raise WrongTypeError("This operation is not supported by this type of state machine")
        return target

    def new_id(self) -> int:
        """Return a fresh execution id."""
        return self._ids.next()

    def new_name(self) -> str:
        """Return a name for an execution that its caller did not name."""
        return self._ids.name()

    def begin_volatile(
        self, execution: int, run: Run, input_text: str, settings: str = "{}"
    ) -> "asyncio.Future[Outcome]":
        """Run an Express execution in memory; the future hears how it ended. `settings` are its revision's."""
        return self._shard.begin_volatile(execution, run, input_text, settings)

    def new_run(self, execution: int, definition: Definition, identity: Identity) -> Run:
        """Return the run of an execution, at its beginning."""
        return self._shard.new_run(execution, definition, identity)

    def tell(self, execution: int, signal: sig.Signal) -> None:
        """Let an execution hear something; it will, in its turn."""
        self._shard.tell(execution, signal)

    async def stop_execution(self, arn: str, error: str | None = None, cause: str | None = None) -> ExecutionRow:
        """Abort a running execution and return its row once that is durable. Raises `ExecutionNotFoundError`."""
        row = await self._row(arn)
        if row.status == "RUNNING":
            self.tell(row.id, sig.Abort(error, cause))
            await self.wait(arn)
        return await self._row(arn)

    async def wait(self, arn: str) -> Outcome:
        """Return how an execution ended, as soon as that is durable. Raises `ExecutionNotFoundError`."""
        known = self._shard.callers.recent(arn)
        if known is not None:
            return known
        row = await self._row(arn)
        ended = self._shard.callers.wait(row.id)
        row = await self._row(arn)  # it may have ended before anybody listened
        if row.status != "RUNNING":
            ended.cancel()
            return await outcome(self.store, row)
        return await ended

    async def _row(self, arn: str) -> ExecutionRow:
        row = await self.store.execution(arn)
        if row is None:
            raise ExecutionNotFoundError(f"Execution Does Not Exist: '{arn}'")
        return row


def identity_of(
    target: Target, arn: str, name: str, parent: str | None = None, trace_header: str | None = None
) -> Identity:
    """Return who an execution of a target is."""
    machine = target.machine
    return Identity(
        arn=arn,
        name=name,
        machine_arn=machine.arn,
        machine_name=machine_name(machine.arn),
        role_arn=target.revision.role_arn,
        region=region_of(machine.arn),
        type=machine.type,
        parent=parent,
        version_arn=target.version_arn,
        alias_arn=target.alias_arn,
        trace_header=trace_header,
    )
