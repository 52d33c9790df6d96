"""How an execution stands, told by its entries: the model behind the progress on the screen.

Theory of operation. `Progress.hear` takes entries in the order in which they became durable, public history events and
private records alike (`interp.fold` says what they hold), and answers with notes: what is worth telling a person. It
knows nothing of terminals and reads no clock. States inside a Map's iterations are counted, not told: a Map of ten
thousand items is one line that grows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

Entry = dict[str, Any]
Kind = Literal["started", "entered", "succeeded", "failed", "retrying", "caught", "counted", "ended"]

ENDINGS: Final = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_ATTEMPT_FAILED: Final = frozenset(
    f"{kind}{end}" for kind in ("Task", "LambdaFunction", "Activity") for end in ("Failed", "TimedOut")
) | {"EvaluationFailed"}
_TASK_SCHEDULED: Final = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled")


@dataclass(slots=True)
class Count:
    """A Map's iterations."""

    total: int
    done: int = 0
    failed: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """What a state failed with: where it stands, its input (JSON text), and the error in AWS's words."""

    path: tuple[str, ...]
    input: str
    error: str | None
    cause: str | None


@dataclass(slots=True)
class Frame:
    """One thread of control. `path` names the states around it and its branch; seconds are since the epoch."""

    id: int
    parent: "Frame | None" = None
    path: tuple[str, ...] = ()
    counted: bool = False
    """Inside a Map's iteration: told as a number."""
    state: str = ""
    type: str = ""
    input: str = ""
    doing: str = ""
    entered: float = 0.0
    due: float | None = None
    """When a Wait, or the pause before a retry, is over."""
    retries: int = 0
    open: bool = False
    failure: Failure | None = None
    count: Count | None = None
    children: set[int] = field(default_factory=set)

    @property
    def where(self) -> tuple[str, ...]:
        return (*self.path, self.state)


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell. `at` in seconds since the epoch; `seconds` is how long it took, or the delay of a retry."""

    kind: Kind
    at: float
    where: tuple[str, ...] = ()
    text: str = ""
    seconds: float | None = None
    count: Count | None = None
    """How far a Map had come."""
    frame: Frame | None = field(default=None, compare=False, repr=False)
    """Of a state that was entered: it is still there when its note is told."""


class Progress:
    """One execution, from its entries."""

    def __init__(self) -> None:
        self.status = "RUNNING"
        self.started = 0.0
        self.latest = 0.0
        self.input = "{}"
        self.frames: dict[int, Frame] = {}
        self.failure: Failure | None = None
        """What ended the execution, as far as a state did."""
        self.statuses: dict[str, str] = {}
        """How each state that was entered stands, by its name."""
        self._inside: dict[str, int] = {}

    @property
    def open_frames(self) -> list[Frame]:
        """Frames that are in a state and are told one by one, oldest first."""
        return [frame for frame in self.frames.values() if frame.open and not frame.counted]

    def hear(self, entries: Sequence[Entry]) -> list[Note]:
        """Take in entries that belong together; return what they come to, oldest first."""
        notes: list[Note] = []
        for entry in entries:
            if "timestamp" in entry:
                self.latest = entry["timestamp"]
            notes += self._hear(entry)
        return _without_passing(notes)

    def _hear(self, entry: Entry) -> Iterator[Note]:
        kind = entry.get("_r") or entry["type"]
        if kind in ENDINGS:
            yield self._end(kind, entry)
        elif kind in _ATTEMPT_FAILED:
            yield from self._attempt_failed(self._frame(entry), entry[_details_key(kind)])
        elif kind in _TASK_SCHEDULED:
            self._scheduled(self._frame(entry), entry[_details_key(kind)])
        elif kind.endswith("StateEntered"):
            yield from self._entered(entry, kind.removesuffix("StateEntered"))
        elif kind.endswith("StateExited"):
            yield from self._exited(self._frame(entry))
        elif kind in _HEARERS:
            yield from _HEARERS[kind](self, entry) or ()

    def _frame(self, entry: Entry) -> Frame:
        return self.frames[entry.get("_f", 0)]

    # -- the execution -------------------------------------------------------------------------------------------------
    def started_record(self, entry: Entry) -> None:
        self.started = self.latest = entry["started_ms"] / 1000

    def execution_started(self, entry: Entry) -> Iterator[Note]:
        self.started = entry["timestamp"]
        self.input = entry["executionStartedEventDetails"]["input"]
        self.frames[0] = Frame(0)
        yield Note("started", self.started)

    def _end(self, kind: str, entry: Entry) -> Note:
        self.status = ENDINGS[kind]
        main = self.frames[0]
        self.failure = main.failure
        if self.failure is None and self.status != "SUCCEEDED":
            self.failure = self._cut_off(entry.get(_details_key(kind), {}))
        for frame in list(self.frames.values()):
            self._leave(frame, "FAILED" if frame.failure else self.status)
        self.frames.clear()
        return Note("ended", entry["timestamp"], text=self.status, seconds=entry["timestamp"] - self.started)

    def _cut_off(self, details: dict[str, Any]) -> Failure | None:
        """Describe an end that came from outside: the innermost state that was at work."""
        working = [frame for frame in self.frames.values() if frame.open]
        if not working:
            return None
        frame = working[-1]
        return Failure(frame.where, frame.input, details.get("error"), details.get("cause"))

    # -- states --------------------------------------------------------------------------------------------------------
    def _entered(self, entry: Entry, state_type: str) -> Iterator[Note]:
        if "_p" in entry:
            self._begin_child(entry, f"branch {entry['_b'] + 1}")
        frame, details = self._frame(entry), entry["stateEnteredEventDetails"]
        frame.state, frame.type, frame.input = details["name"], state_type, details.get("input", "")
        frame.entered, frame.due, frame.retries, frame.doing = entry["timestamp"], None, 0, ""
        frame.open, frame.failure, frame.count = True, None, None
        self._inside[frame.state] = self._inside.get(frame.state, 0) + 1
        self.statuses[frame.state] = "RUNNING"
        if not frame.counted:
            yield Note("entered", frame.entered, frame.where, state_type, frame=frame)

    def _exited(self, frame: Frame) -> Iterator[Note]:
        caught = frame.failure is not None
        self._drop_children(frame)
        self._leave(frame, "CAUGHT" if caught else "SUCCEEDED")
        if not frame.counted:
            kind: Kind = "caught" if caught else "succeeded"
            yield Note(kind, self.latest, frame.where, "", self.latest - frame.entered, _copy(frame.count))
        frame.failure = None

    def _leave(self, frame: Frame, status: str) -> None:
        if frame.open:
            frame.open, frame.due = False, None
            self._inside[frame.state] -= 1
            self.statuses[frame.state] = "RUNNING" if self._inside[frame.state] else status

    def _scheduled(self, frame: Frame, details: dict[str, Any]) -> None:
        frame.due = None
        named = details["resource"]
        frame.doing = f"{details['resourceType']}:{named}" if "resourceType" in details else named

    # -- failures ------------------------------------------------------------------------------------------------------
    def _attempt_failed(self, frame: Frame, details: dict[str, Any]) -> Iterator[Note]:
        frame.failure = Failure(frame.where, frame.input, details.get("error"), details.get("cause"))
        self._drop_children(frame)
        if not frame.counted:
            text = ": ".join(part for part in (details.get("error"), details.get("cause")) if part)
            yield Note("failed", self.latest, frame.where, text, self.latest - frame.entered)

    def failed(self, entry: Entry) -> Iterator[Note]:
        return self._attempt_failed(self._frame(entry), entry)

    def retry(self, entry: Entry) -> Iterator[Note]:
        frame = self._frame(entry)
        frame.failure, frame.count, frame.due = None, None, entry["due_ms"] / 1000
        frame.retries += 1
        self._drop_children(frame)
        delay = max(frame.due - self.latest, 0.0)
        map_frame = _counting(frame)
        if map_frame is not None and map_frame.count is not None:
            map_frame.count.retries += 1
        elif not frame.counted:
            yield Note("retrying", self.latest, frame.where, f"retry {frame.retries}", delay)

    def branch_failed(self, entry: Entry) -> None:
        child = self.frames[entry["_f"]]
        assert child.parent is not None
        self._pass_up(child, child.parent)

    def _pass_up(self, child: Frame, parent: Frame) -> None:
        parent.failure = child.failure
        self._drop_children(parent)

    def _drop_children(self, frame: Frame) -> None:
        for child_id in frame.children:
            child = self.frames.pop(child_id)
            self._drop_children(child)
            self._leave(child, "FAILED" if child.failure else "ABORTED")
        frame.children.clear()

    # -- waiting -------------------------------------------------------------------------------------------------------
    def timer(self, entry: Entry) -> None:
        if entry["purpose"] == "wait":
            self._frame(entry).due = entry["due_ms"] / 1000

    def fired(self, entry: Entry) -> None:
        self._frame(entry).due = None

    # -- Parallel and Map ----------------------------------------------------------------------------------------------
    def _begin_child(self, entry: Entry, label: str, *, counted: bool = False) -> Frame:
        parent = self.frames[entry["_p"]]
        child = Frame(entry["_f"], parent, (*parent.where, label), counted or parent.counted)
        self.frames[child.id] = child
        parent.children.add(child.id)
        return child

    def map_started(self, entry: Entry) -> None:
        self._frame(entry).count = Count(entry["mapStateStartedEventDetails"]["length"])

    def iteration_started(self, entry: Entry) -> None:
        index = entry["mapIterationStartedEventDetails"]["index"]
        self._begin_child(entry, f"item {index}", counted=True)

    def iteration_succeeded(self, entry: Entry) -> Iterator[Note]:
        child = self._frame(entry)
        parent = child.parent
        assert parent is not None
        parent.children.discard(child.id)
        del self.frames[child.id]
        return self._counted(parent, failed=False)

    def iteration_failed(self, entry: Entry) -> Iterator[Note]:
        child = self._frame(entry)
        parent = child.parent
        assert parent is not None
        notes = list(self._counted(parent, failed=True))
        failure = child.failure
        if failure is not None and not parent.counted:
            text = ": ".join(part for part in (failure.error, failure.cause) if part)
            notes.append(Note("failed", self.latest, failure.path, text))
        self._pass_up(child, parent)
        return iter(notes)

    def _counted(self, frame: Frame, *, failed: bool) -> Iterator[Note]:
        count = frame.count
        assert count is not None
        if failed:
            count.failed += 1
        else:
            count.done += 1
        if not frame.counted:
            yield Note("counted", self.latest, frame.where, count=_copy(count))


def _details_key(kind: str) -> str:
    """Return the key of an event's details: AWS names it after the type."""
    return f"{kind[0].lower()}{kind[1:]}EventDetails"


def _counting(frame: Frame) -> Frame | None:
    """Return the told Map around a counted frame."""
    while frame.counted and frame.parent is not None:
        frame = frame.parent
        if not frame.counted:
            return frame
    return None


def _copy(count: Count | None) -> Count | None:
    return None if count is None else replace(count)


def _without_passing(notes: list[Note]) -> list[Note]:
    """Leave out what later notes say as well: that a state left by now was entered, and a Map's earlier counts."""
    told: list[Note] = []
    left: set[tuple[str, ...]] = set()
    counted: set[tuple[str, ...]] = set()
    for note in reversed(notes):
        if note.kind == "entered":
            counted.discard(note.where)
            if note.where in left:
                left.discard(note.where)
                continue
        elif note.kind == "counted":
            if note.where in left | counted:
                continue
            counted.add(note.where)
        elif note.kind in ("succeeded", "caught"):
            left.add(note.where)
        told.append(note)
    return told[::-1]


_HEARERS: Final[dict[str, Any]] = {
    "execution": Progress.started_record,
    "ExecutionStarted": Progress.execution_started,
    "MapStateStarted": Progress.map_started,
    "MapIterationStarted": Progress.iteration_started,
    "MapIterationSucceeded": Progress.iteration_succeeded,
    "MapIterationFailed": Progress.iteration_failed,
    "branch_failed": Progress.branch_failed,
    "failed": Progress.failed,
    "fired": Progress.fired,
    "retry": Progress.retry,
    "timer": Progress.timer,
}
"""What each other kind of entry changes."""
