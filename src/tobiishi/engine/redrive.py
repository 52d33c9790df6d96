"""Redrives: executions that did not succeed go on where they stopped. Which can, and why others cannot.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html (eligibility),
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html (the reasons' words).
"""

from typing import Final, Literal

import orjson

from tobiishi.engine.clock import Clock
from tobiishi.engine.errors import ExecutionNotFoundError, NotRedrivableError
from tobiishi.engine.shard import Shard
from tobiishi.interp.effects import Redriven
from tobiishi.interp.signals import Redrive
from tobiishi.quotas import Quotas
from tobiishi.store.contract import ExecutionRow, Store

RedriveStatus = Literal["REDRIVABLE", "NOT_REDRIVABLE"]

REDRIVE_EVENTS: Final = 2
"""What the history must have room for: ExecutionRedriven and one event more, which is the execution's end."""
_DAY_MS: Final = 86_400_000


def redrive_status(
    row: ExecutionRow, events: int, now_ms: int, quotas: Quotas, *, deleting: bool = False
) -> tuple[RedriveStatus, str | None]:
    """Return whether a Standard execution can be redriven, and the reason if it cannot, both in AWS's words.

    `events` is the length of its history; `deleting` says that its state machine is being deleted, or has been.
    """
    reason = _reason(row, events, now_ms, quotas, deleting=deleting)
    return ("REDRIVABLE", None) if reason is None else ("NOT_REDRIVABLE", reason)


def _reason(row: ExecutionRow, events: int, now_ms: int, quotas: Quotas, *, deleting: bool) -> str | None:
    if row.status in ("RUNNING", "SUCCEEDED", "PENDING_REDRIVE"):
        return f"Execution is {row.status} and cannot be redriven"
    if deleting:
        return "State machine is in DELETING status"
    if quotas.history_events is not None and events > quotas.history_events - REDRIVE_EVENTS:
        return "Execution history event limit exceeded"
    if now_ms - row.started_ms > quotas.execution_seconds * 1000:
        return "Execution has exceeded the max execution time"
    if row.stopped_ms is not None and now_ms - row.stopped_ms > quotas.redrivable_days * _DAY_MS:
        return "Execution redrivable period exceeded"
    return None


async def _history_length(store: Store, execution: int) -> int:
    """Return how many events an execution has that has ended; of one that runs it does not matter."""
    segment = await store.last_segment(execution)
    assert segment is not None, "it has begun"
    return max((entry["id"] for entry in orjson.loads(segment.body) if "_r" not in entry), default=0)


class Redrives:
    """Lets executions go on."""

    def __init__(self, shard: Shard, store: Store, clock: Clock, quotas: Quotas) -> None:
        self._shard = shard
        self._store = store
        self._clock = clock
        self._quotas = quotas

    async def redrive(self, arn: str, token: str | None = None) -> int:
        """Redrive an execution; answered once that is durable. Returns when it was redriven.

        A client `token` that the execution remembers gets the time of the redrive that it was first used for, whatever
        has become of the execution since. Raises `ExecutionNotFoundError`, `NotRedrivableError`,
        `ExecutionLimitError`, `DrainingError`, `StoppedError`, `UnreadableError`.
        """
        self._shard.check_running()
        row = await self._row(arn)
        reason = await self._reason(row)
        if reason is None:
            self._shard.starts.check(row.machine_arn)
        if reason is None or (token is not None and row.redrives):
            heard = await self._shard.ask(row.id, Redrive(token, repeat=reason is not None))
            redriven = [effect.redriven_ms for effect in heard or () if isinstance(effect, Redriven)]
            if redriven:
                return redriven[0]
        if reason is None:  # somebody else was first
            reason = await self._reason(await self._row(arn)) or "Execution is RUNNING and cannot be redriven"
        raise NotRedrivableError(f"Execution {arn} invalid for redrive as: {reason}")

    async def _reason(self, row: ExecutionRow) -> str | None:
        machine = await self._store.machine(row.machine_arn)
        deleting = machine is None or machine.status == "DELETING"
        events = await _history_length(self._store, row.id)
        return redrive_status(row, events, self._clock.now_ms(), self._quotas, deleting=deleting)[1]

    async def _row(self, arn: str) -> ExecutionRow:
        row = await self._store.execution(arn)
        if row is None:
            raise ExecutionNotFoundError(f"Execution Does Not Exist: '{arn}'")
        return row
