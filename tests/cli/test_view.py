"""The progress as it is shown: lines for logs, a live view for terminals."""

import asyncio
import io
import logging
from typing import Any

import pytest
from rich.console import Console

from tobiishi.cli.screen import Screen
from tobiishi.cli.view import CHILDREN_TOLD, Lines, LogLines, Silent

ARN = "arn:aws:states:us-east-1:123456789012:execution:m:one"


def child(number: int) -> str:
    return f"arn:aws:states:us-east-1:123456789012:execution:n:{number}"


def event(number: int, kind: str, at: float = 100.0, **more: Any) -> dict[str, Any]:
    details = more.pop("details", None)
    named = {} if details is None else {f"{kind[0].lower()}{kind[1:]}EventDetails": details}
    return {"id": number, "timestamp": at, "type": kind} | named | more


def entered(number: int, kind: str, name: str, at: float = 100.0, **more: Any) -> dict[str, Any]:
    return event(number, f"{kind}StateEntered", at, stateEnteredEventDetails={"name": name, "input": "{}"}, **more)


def exited(number: int, kind: str, name: str, at: float = 100.0, **more: Any) -> dict[str, Any]:
    return event(number, f"{kind}StateExited", at, stateExitedEventDetails={"name": name, "output": "{}"}, **more)


START = event(1, "ExecutionStarted", details={"input": "{}"})
WAIT = [START, entered(2, "Wait", "W"), {"_r": "timer", "event": 2, "purpose": "wait", "due_ms": 120_000}]
MAP = [START, entered(2, "Map", "M"), event(3, "MapStateStarted", details={"length": 40})]


def iteration(index: int) -> list[dict[str, Any]]:
    details = {"name": "M", "index": index}
    frame = 10 + 2 * index
    return [
        event(frame, "MapIterationStarted", details=details, _f=frame, _p=0),
        event(frame + 1, "MapIterationSucceeded", details=details, _f=frame),
    ]


def shown(*batches: list[dict[str, Any]]) -> list[str]:
    out = io.StringIO()
    view = Lines(ARN, out)
    for batch in batches:
        view.hear(ARN, batch)
    return out.getvalue().splitlines()


def test_one_line_for_each_thing_that_happens():
    told = shown(WAIT, [exited(3, "Wait", "W", 120.0), event(4, "ExecutionSucceeded", 120.0, details={"output": "1"})])
    assert told[0] == "    0.0s  m:one  started"
    assert told[1].startswith("    0.0s  W  started (Wait until ")
    assert told[2:] == ["   20.0s  W  succeeded in 20.0s", "   20.0s  SUCCEEDED after 20.0s"]


def test_a_map_is_told_in_tenths():
    told = shown(MAP, *(iteration(index) for index in range(40)), [exited(99, "Map", "M")])
    assert told[1] == "    0.0s  M  started (Map of 40 items)"
    assert told[2:-1] == [f"    0.0s  M  {4 * tenth} of 40 done" for tenth in range(1, 11)]
    assert told[-1] == "    0.0s  M  succeeded, 40 of 40 done"


def test_what_fails_is_told_on_one_line():
    failure = {"error": "Broken", "cause": '{\n"a": "\x1b[2J"}', "resourceType": "lambda", "resource": "invoke"}
    told = shown([START, entered(2, "Task", "T")], [event(3, "TaskFailed", details=failure)])
    assert told[-1] == '    0.0s  T  failed: Broken: { "a": "\\x1b[2J"}'


def test_nested_executions_are_told_until_there_are_many():
    out = io.StringIO()
    view = Lines(ARN, out)
    view.hear(ARN, [START])
    for number in range(100):
        view.hear(child(number), [START])
    for number in range(100):
        view.hear(child(number), [event(2, "ExecutionFailed", details={})])
    told = out.getvalue().splitlines()
    assert told[1] == "    0.0s  nested execution n:0 started"
    assert len(told) == 1 + CHILDREN_TOLD + 1
    assert str(view.children) == "nested executions: 0 running, 100 FAILED"


def test_an_execution_without_a_known_arn_is_the_first_one_heard():
    view = Silent(None, io.StringIO())
    view.hear("arn:aws:states:us-east-1:123456789012:express:m:one:1", WAIT)
    assert [frame.state for frame in view.progress.open_frames] == ["W"]


class Gone(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_nobody_has_to_look():
    Lines(ARN, Gone()).hear(ARN, WAIT)


def test_a_fault_in_what_is_shown_does_not_reach_the_engine(caplog):
    view = Lines(ARN, io.StringIO())
    view.hear(ARN, [exited(3, "Wait", "W")])
    assert "cannot be shown" in caplog.text


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [
        ("tobiishi.functions.f", logging.INFO, "f | one\nf | two\n"),
        ("tobiishi.engine", logging.WARNING, "tobiishi: one\ntobiishi: two\n"),
        ("tobiishi.engine", logging.INFO, ""),
    ],
)
def test_the_log_is_shown_with_its_origin(name, level, said):
    out = io.StringIO()
    LogLines(Lines(ARN, out), logging.INFO).emit(logging.LogRecord(name, level, "", 0, "one\ntwo", None, None))
    assert out.getvalue() == said


async def screen(*batches: list[dict[str, Any]]) -> tuple[str, str]:
    """Return what a terminal shows while an execution runs, and what stays of it."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, height=30, color_system=None, legacy_windows=False)
    view = Screen(ARN, console)
    for batch in batches:
        view.hear(ARN, batch)
    await asyncio.sleep(0)
    running = out.getvalue()
    view.close()
    view.close()
    return running, out.getvalue()[len(running) :]


async def test_a_terminal_shows_what_is_at_work():
    running, _ = await screen(WAIT)
    assert "▶ m:one" in running
    assert "W" in running
    assert " left" in running


async def test_a_terminal_shows_how_far_a_map_is():
    running, _ = await screen(MAP, *(iteration(index) for index in range(7)))
    assert "7 of 40 done" in running
    assert "━" in running


async def test_a_terminal_shows_a_retry_and_what_has_ended():
    scheduled = {"resource": "invoke", "resourceType": "lambda", "parameters": "{}"}
    failed = event(4, "TaskFailed", details={"error": "Busy", "resource": "invoke", "resourceType": "lambda"})
    retry = {"_r": "retry", "retrier": 0, "due_ms": 4_000_000_000_000}
    task = [START, entered(2, "Task", "[T]"), event(3, "TaskScheduled", details=scheduled)]
    running, _ = await screen(task, [failed, retry])
    assert "✗ [T]  failed: Busy" in running
    assert "retry 1 in " in running


async def test_many_branches_do_not_fill_the_terminal():
    branches = [entered(10 + index, "Wait", f"W{index}", _f=10 + index, _p=0, _b=index) for index in range(30)]
    running, _ = await screen([START, entered(2, "Parallel", "P"), event(3, "ParallelStateStarted"), *branches])
    assert "and 21 more at work" in running
    assert "W20" not in running
