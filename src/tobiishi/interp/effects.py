"""Everything that an execution can ask of the world. Performed only after the segment that asks is durable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tobiishi.asl.model import Resource
from tobiishi.expr.bindings import Value


@dataclass(frozen=True, slots=True)
class StartTask:
    """Do the work that event `event` scheduled. `arguments` is JSON text; seconds are None without a limit.

    `submitted` (JSON text) is set when the job runs already and only its end is awaited.
    """

    event: int
    state: str
    resource: Resource
    arguments: str
    attempt: int
    token: str | None = None
    role_arn: str | None = None
    timeout_seconds: float | None = None
    heartbeat_seconds: float | None = None
    submitted: str | None = None


@dataclass(frozen=True, slots=True)
class StopTask:
    """Nobody waits for the task of event `event` any more: cancel it, and stop the job that `task` has submitted."""

    event: int
    task: StartTask

    @property
    def has_job(self) -> bool:
        """Whether a job runs on unless it is stopped."""
        return self.task.submitted is not None and self.task.resource.is_job


@dataclass(frozen=True, slots=True)
class Release:
    """The engine need not care for the task of event `event` any more: somebody has its token, or has used it.

    A request that is still on its way for it goes on undisturbed.
    """

    event: int


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Send `TimerFired(event, purpose)` at `due_ms`. A heartbeat's timer lives in memory only."""

    event: int
    purpose: str
    due_ms: int


@dataclass(frozen=True, slots=True)
class ClearTimer:
    event: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Evaluate a JSONata expression that is too costly for the loop; answer with `Evaluated`."""

    frame: int
    location: str
    text: str
    environment: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class GoOn:
    """The run has used its share of transitions: let it queue behind the others and send `Continue`."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """The execution goes on, or goes on already for the same client token. `redriven_ms` is since the epoch."""

    redriven_ms: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The execution has ended. `status` is AWS's; `output` is JSON text."""

    status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
    output: str | None = None
    error: str | None = None
    cause: str | None = None


Effect = StartTask | StopTask | Release | SetTimer | ClearTimer | Evaluate | GoOn | Redriven | Finish
