"""Which executions can be redriven, and why others cannot.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html (eligibility),
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html (the reasons' words).
"""

from typing import Final, Literal

from tobiishi.quotas import Quotas
from tobiishi.store.contract import ExecutionRow

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
