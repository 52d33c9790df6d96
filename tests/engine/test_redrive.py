"""Redriving executions: which can be, what happens, and what survives."""

from dataclasses import replace

import pytest

from tobiishi.engine.redrive import redrive_status
from tobiishi.quotas import AWS, Quotas
from tobiishi.store.contract import ExecutionRow, Status

DAY_MS = 86_400_000
FAILED = ExecutionRow(
    id=1,
    arn="arn:aws:states:us-east-1:123456789012:execution:machine:one",
    machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    name="one",
    revision=1,
    root=1,
    started_ms=0,
    status="FAILED",
    stopped_ms=DAY_MS,
)


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_unsuccessful_execution_can_be_redriven(status: Status) -> None:
    assert redrive_status(replace(FAILED, status=status), 24_998, 15 * DAY_MS, AWS) == ("REDRIVABLE", None)


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "PENDING_REDRIVE"])
def test_another_cannot(status: Status) -> None:
    reason = f"Execution is {status} and cannot be redriven"
    assert redrive_status(replace(FAILED, status=status), 5, DAY_MS, AWS) == ("NOT_REDRIVABLE", reason)


def test_its_history_must_have_room() -> None:
    assert redrive_status(FAILED, 24_999, DAY_MS, AWS)[1] == "Execution history event limit exceeded"
    assert redrive_status(FAILED, 24_999, DAY_MS, Quotas(history_events=None)) == ("REDRIVABLE", None)


def test_its_time_can_be_over() -> None:
    assert redrive_status(FAILED, 5, 15 * DAY_MS + 1, AWS)[1] == "Execution redrivable period exceeded"
    late = replace(FAILED, stopped_ms=365 * DAY_MS)
    assert redrive_status(late, 5, 365 * DAY_MS + 1, AWS)[1] == "Execution has exceeded the max execution time"


def test_its_machine_must_stay() -> None:
    assert redrive_status(FAILED, 5, DAY_MS, AWS, deleting=True)[1] == "State machine is in DELETING status"
