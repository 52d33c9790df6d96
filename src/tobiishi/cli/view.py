"""Progress as lines of text: what a log of a build server, or a pipe, gets to see. `cli.screen` is for terminals."""

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol, TextIO

from tobiishi.cli.live import ENDINGS, Count, Entry, Frame, Note, Progress
from tobiishi.cli.text import clock, count, duration, lines, one_line

log = logging.getLogger("tobiishi.cli")

CHILDREN_TOLD: Final = 20
"""Nested executions that are told one by one; further ones are only counted."""


class View(Protocol):
    """Where a command's user looks while an execution runs."""

    progress: Progress

    def remember(self, progress: Progress) -> None:
        """Begin in the middle: how the execution stood before this process."""

    def hear(self, arn: str, entries: Sequence[Entry]) -> None:
        """Take in entries of an execution: the one that is followed, or one that it started."""

    def say(self, text: str) -> None:
        """Tell something that matters even to those who want quiet."""

    def close(self) -> None: ...


class Silent:
    """No progress at all (`--quiet`); what matters is said all the same."""

    def __init__(self, arn: str | None = None, out: TextIO | None = None) -> None:
        self.arn = arn
        self.progress = Progress()
        self.children = Children()
        self.latest = 0.0
        self._out = out or sys.stderr

    def remember(self, progress: Progress) -> None:
        self.progress = progress

    def hear(self, arn: str, entries: Sequence[Entry]) -> None:
        try:
            self._hear(arn, entries)
        except Exception:  # what is shown must not stop what is done
            log.exception("the progress of %s cannot be shown", arn)

    def _hear(self, arn: str, entries: Sequence[Entry]) -> None:
        if self.arn is None:
            self.arn = arn  # an Express execution, whose ARN nobody knows before it runs
        if arn == self.arn:
            self.tell(self.progress.hear(entries))
        else:
            self.latest = max(self.latest, entries[-1].get("timestamp", 0.0))
            self.tell_child(self.children.hear(arn, entries))

    def tell(self, notes: Sequence[Note]) -> None:
        """Nothing is told here."""

    def tell_child(self, line: str | None) -> None:
        """Nothing is told here."""

    def say(self, text: str) -> None:
        with suppress(OSError, ValueError):  # whoever read this has gone: the execution goes on without a listener
            print(text, file=self._out, flush=True)

    def close(self) -> None:
        """Nothing is held."""


class Lines(Silent):
    """One line for each thing that happens."""

    def __init__(self, arn: str | None = None, out: TextIO | None = None) -> None:
        super().__init__(arn, out)
        self._tenths: dict[tuple[str, ...], int] = {}

    def remember(self, progress: Progress) -> None:
        super().remember(progress)
        for frame in progress.open_frames:
            self._line(progress.latest, f"{where(frame.where)}  goes on ({what(frame)})")

    def tell(self, notes: Sequence[Note]) -> None:
        for note in notes:
            if note.kind == "counted" and not self._is_milestone(note):
                continue
            self._line(note.at, self._begun() if note.kind == "started" else describe(note))

    def _is_milestone(self, note: Note) -> bool:
        """Whether a Map's count is worth a line: each tenth of the way."""
        assert note.count is not None
        tenth = note.count.done * 10 // note.count.total
        before, self._tenths[note.where] = self._tenths.get(note.where, 0), tenth
        return tenth > before

    def tell_child(self, line: str | None) -> None:
        if line is not None:
            self._line(max(self.latest, self.progress.latest), line)

    def _begun(self) -> str:
        return f"{short_name(self.arn or '')}  started"

    def _line(self, at: float, text: str) -> None:
        self.say(f"{duration(at - self.progress.started):>8}  {text}")


class Children:
    """Nested executions: the first ones are told by name, all are counted."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.ended: dict[str, int] = {}

    def hear(self, arn: str, entries: Sequence[Entry]) -> str | None:
        """Take in entries of a nested execution; return a line to tell."""
        status = next((ENDINGS[entry["type"]] for entry in entries if entry.get("type") in ENDINGS), None)
        begun = arn not in self.running and any(entry.get("type") == "ExecutionStarted" for entry in entries)
        if status is None:
            self.running.add(arn)
        else:
            self.running.discard(arn)
            self.ended[status] = self.ended.get(status, 0) + 1
        total = len(self.running) + sum(self.ended.values())
        if total > CHILDREN_TOLD + 1 or not (begun or status):
            return None
        if total == CHILDREN_TOLD + 1:
            return "further nested executions are not shown one by one" if begun else None
        return f"nested execution {short_name(arn)} {status or 'started'}"

    def __str__(self) -> str:
        counts = [f"{number} {status}" for status, number in self.ended.items()]
        return f"nested executions: {', '.join([count(len(self.running), 'running', 'running'), *counts])}"


def short_name(arn: str) -> str:
    """Return an execution's machine and name: `orders:1234`."""
    return one_line(":".join(arn.split(":")[6:8]))


def where(path: Sequence[str]) -> str:
    """Return a state with what is around it: `Checks > branch 1 > Price`."""
    return " > ".join(one_line(part, 80) for part in path)


def describe(note: Note) -> str:
    """Return a note in words."""
    took = "" if note.seconds is None else duration(note.seconds)
    match note.kind:
        case "started":
            return "started"
        case "entered":
            return f"{where(note.where)}  started ({what(note.frame)})" if note.frame else where(note.where)
        case "succeeded":
            items = f", {tally(note.count)}" if note.count else ""
            return f"{where(note.where)}  succeeded" + (f" in {took}" if note.seconds else "") + items
        case "failed":
            return f"{where(note.where)}  failed: {one_line(note.text) or 'without an error name'}"
        case "retrying":
            return f"{where(note.where)}  {note.text} in {took}"
        case "caught":
            return f"{where(note.where)}  caught after {took}"
        case "counted":
            return f"{where(note.where)}  {tally(note.count)}"
        case "ended":
            return f"{note.text} after {took}"


def what(frame: Frame) -> str:
    """Return what a frame's state does: its type, and what it calls or until when it waits."""
    if frame.count is not None:
        return f"Map of {count(frame.count.total, 'item')}"
    if frame.doing:
        return one_line(frame.doing, 100)
    return f"{frame.type} until {clock(frame.due)}" if frame.due else frame.type


def tally(number: Count | None) -> str:
    """Return how far a Map is: `30 of 60 done, 4 retries`."""
    if number is None:
        return ""
    parts = [f"{number.done} of {number.total} done"]
    parts += [f"{number.failed} failed"] if number.failed else []
    parts += [count(number.retries, "retry", "retries")] if number.retries else []
    return ", ".join(parts)


class LogLines(logging.Handler):
    """Passes on what the engine and functions log: a function's lines with its name, everything else from WARNING."""

    def __init__(self, view: View, level: int) -> None:
        super().__init__(level)
        self._view = view

    def emit(self, record: logging.LogRecord) -> None:
        name = record.name.removeprefix("tobiishi.")
        is_function = name.startswith("functions.") and record.levelno < logging.WARNING
        if is_function or record.levelno >= logging.WARNING:
            prefix = f"{name.removeprefix('functions.')} | " if is_function else "tobiishi: "
            for line in lines(record.getMessage()).splitlines():
                self._view.say(prefix + line)
