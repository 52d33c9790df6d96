"""What a run consists of: frames, each one thread of control, and what each is waiting for.

A frame is named by the id of the history event that began it (0 for the main one): MapIterationStarted for an
iteration, the first StateEntered for a Parallel branch. Event ids are unique, so frame names are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tobiishi.asl.model import State, Workflow
from tobiishi.interp.payload import Payload

Phase = Literal["enter", "complete", "fail", "spawn", "wait", "task", "retry", "fan", "done"]
"""Where a frame stands in its state.

enter     the state was entered, and is to be run (again, after a retry's delay)
complete  its result is recorded, and is to flow on
fail      its failure is recorded, and is to be retried, caught or passed up
spawn     a Map that can start another iteration
wait, retry, task, fan   blocked: on a timer, a retry's delay, a task, its children
done      nothing is left to do
"""

READY: Final = frozenset({"enter", "complete", "fail", "spawn"})
"""Phases in which a frame can go on by itself."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a state failed, as Retry and Catch see it.

    `heartbeat` marks a timeout that `States.HeartbeatTimeout` catches too; `terminal` a limit that the interpreter
    itself found exceeded, which only its own name catches, not a wildcard; `final` a failure inside a Catch, which the
    same state cannot catch again; `inherited` one that came up from a branch or an iteration.
    """

    error: str | None
    cause: str | None
    heartbeat: bool = False
    terminal: bool = False
    final: bool = False
    inherited: bool = False


@dataclass(slots=True)
class PendingTask:
    """The attempt that a frame waits for: what its Scheduled event `event` recorded."""

    event: int
    arguments: str
    timeout_seconds: float | None = None
    heartbeat_seconds: float | None = None
    role_arn: str | None = None
    submitted: str | None = None


@dataclass(slots=True)
class Fan:
    """The children of a Parallel or Map frame. `results` holds JSON texts by index."""

    total: int
    limit: int
    items: Payload | None = None
    next: int = 0
    running: int = 0
    done: int = 0
    chain: int = 0
    """The event that the next MapIterationStarted follows."""
    results: list[str | None] = field(default_factory=list)
    children: set[int] = field(default_factory=set)

    @property
    def can_spawn(self) -> bool:
        return self.items is not None and self.next < self.total and self.running < self.limit

    @property
    def phase(self) -> Phase:
        """Where its frame stands while no child has failed."""
        if self.done == self.total:
            return "complete"
        return "spawn" if self.can_spawn else "fan"


class Frame:
    """One thread of control. Changed by `interp.fold` only."""

    __slots__ = (
        "assigned", "attempt", "before", "earlier", "entered", "entered_ms", "error", "fan", "id", "index", "input",
        "last", "outer", "output", "parent", "phase", "result", "retries", "state", "task", "timers",
        "variables", "workflow",
    )  # fmt: skip

    def __init__(self, frame_id: int, workflow: Workflow, parent: "Frame | None" = None, index: int = 0) -> None:
        self.id = frame_id
        self.parent = parent
        self.index = index
        self.workflow = workflow
        self.last = 0
        self.phase: Phase = "done"
        self.state: State = next(iter(workflow.states.values()))
        self.entered = 0
        self.entered_ms = 0
        self.before = 0
        """The event before the StateEntered one, which AWS names as an EvaluationFailed's predecessor."""
        self.input = _NOTHING
        self.output = _NOTHING
        self.result: Payload | None = None
        self.error: Failure | None = None
        self.attempt = 0
        self.earlier = 0
        """Attempts since the state was entered that the execution's redrives have left behind."""
        self.retries: dict[int, int] = {}
        self.task: PendingTask | None = None
        self.timers: set[tuple[int, str]] | None = None
        self.fan: Fan | None = None
        self.assigned: dict[str, str] = {}
        """The frame's own variables as JSON texts; `variables` are their values."""
        self.variables: dict[str, Any] = {}
        self.outer: Mapping[str, Any] = parent.scope if parent is not None else {}

    @property
    def serial(self) -> int:
        """The attempt's number since the state was entered: what its task token names."""
        return self.earlier + self.attempt

    @property
    def variables_size(self) -> int:
        """Characters of JSON in the frame's own variables."""
        return sum(map(len, self.assigned.values()))

    @property
    def scope(self) -> Mapping[str, Any]:
        """Every variable that a state of this frame can see. Outer ones cannot change while a child runs."""
        if not self.outer:
            return self.variables
        return {**self.outer, **self.variables} if self.variables else self.outer


_NOTHING: Final = Payload("null", None)
