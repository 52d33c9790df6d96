"""Executions that other executions start: what `states:startExecution` asks of the engine."""

import asyncio
from typing import Final

from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.engine.callers import Started as EngineStarted
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import (
    DrainingError,
    EngineError,
    ExecutionExistsError,
    ExecutionLimitError,
    InvalidArnError,
    InvalidInputError,
    InvalidNameError,
    MachineDeletingError,
    MachineNotFoundError,
    RefusedError,
    ThrottledError,
)
from tobiishi.engine.express import Express
from tobiishi.engine.queries import execution_input, outcome
from tobiishi.store.contract import ExecutionRow
from tobiishi.tasks.contract import TaskRequest
from tobiishi.tasks.nested import Ended, Started, StartRefusedError

_CODES: dict[type[EngineError], str] = {
    MachineNotFoundError: "StateMachineDoesNotExist",
    ExecutionExistsError: "ExecutionAlreadyExists",
    InvalidInputError: "InvalidExecutionInput",
    InvalidNameError: "InvalidName",
    InvalidArnError: "InvalidArn",
    MachineDeletingError: "StateMachineDeleting",
    ExecutionLimitError: "ExecutionLimitExceeded",
    ThrottledError: "ThrottlingException",
    RefusedError: "ValidationException",
}
"""AWS's names for what can be wrong with a start."""

AT_ONCE: Final = 100
"""Children that are being started together; more wait their turn. A machine that starts itself again and again, and
twice each time, would leave the engine no room for anybody else's executions."""


class NestedExecutions:
    """Children belong to their parent's root, so that whoever drives the parent drives them too."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._express: Express | None = None
        self._turn = asyncio.Semaphore(AT_ONCE)

    def attach(self, engine: Engine, express: Express) -> None:
        """Name the engine that runs the children; it needs this object before it exists itself."""
        self._engine, self._express = engine, express

    async def start(self, machine_arn: str, name: str, input_text: str, parent: TaskRequest) -> Started:
        """Start a child. What the same parent's same event started is found, even if it has ended.

        Raises `StartRefusedError`, and `DrainingError`: then the next engine starts it.
        """
        try:
            async with self._turn:
                started = await self._start(machine_arn, name, input_text, parent)
        except InvalidDefinitionError as error:
            raise StartRefusedError("InvalidDefinition", str(error)) from None
        except DrainingError:
            raise
        except EngineError as error:
            raise StartRefusedError(_CODES.get(type(error), "ServiceUnavailable"), str(error)) from None
        return Started(started.arn, started.started_ms)

    async def _start(self, machine_arn: str, name: str, input_text: str, parent: TaskRequest) -> EngineStarted:
        engine, express = self._attached()
        target = await engine.machines.target(machine_arn, engine.clock.now_ms())
        row = await engine.store.execution(parent.execution_arn)
        root = None if row is None else row.root
        if target.machine.type == "EXPRESS":
            return await express.start(target, input_text, name, root=root)
        cause = f"{parent.execution_arn}#{parent.event}"
        return await engine.start_execution(target, input_text, name, root=root, parent=cause)

    async def wait(self, arn: str) -> Ended:
        """Return when the execution has ended; one that was redriven meanwhile has not."""
        engine, _ = self._attached()
        while True:
            await engine.wait(arn)
            row = await engine.store.execution(arn)
            assert row is not None, "it was waited for"
            if row.stopped_ms is not None:
                return await self._description(row, row.stopped_ms)

    async def _description(self, row: ExecutionRow, stopped_ms: int) -> Ended:
        engine, _ = self._attached()
        ended = await outcome(engine.store, row)
        return Ended(
            arn=row.arn,
            machine_arn=row.machine_arn,
            name=row.name,
            status=row.status,
            start_ms=row.started_ms,
            stop_ms=stopped_ms,
            input=await execution_input(engine.store, row.id),
            output=ended.output,
            error=ended.error,
            cause=ended.cause,
        )

    async def stop(self, arn: str) -> None:
        """Abort the execution; one that has ended stays as it is."""
        engine, _ = self._attached()
        await engine.stop_execution(arn)

    def _attached(self) -> tuple[Engine, Express]:
        assert self._engine is not None, "attach comes first"
        assert self._express is not None
        return self._engine, self._express
