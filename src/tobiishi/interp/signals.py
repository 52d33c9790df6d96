"""Everything that an execution can hear. One signal makes one segment, or none if it comes too late to matter."""

from dataclasses import dataclass

from tobiishi.expr.bindings import Value
from tobiishi.interp.effects import Evaluate


@dataclass(frozen=True, slots=True)
class Start:
    """The execution begins. `input` is JSON text, as the caller gave it."""

    input: str


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on where the last segment stopped: after a `Continue` effect, or after a crash."""


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    """The task scheduled by event `event` ended well. `output` is JSON text."""

    event: int
    output: str


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """The task scheduled by event `event` failed. `error` and `cause` are AWS's."""

    event: int
    error: str | None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class TaskSubmitted:
    """A `.sync` job or a callback's request was accepted; its end comes later. `output` is JSON text."""

    event: int
    output: str


@dataclass(frozen=True, slots=True)
class TokenSucceeded:
    """Whoever holds an attempt's token ended it well. `output` is JSON text.

    The token names the event that entered the state, and how often it was tried before.
    """

    entered: int
    attempt: int
    output: str


@dataclass(frozen=True, slots=True)
class TokenFailed:
    """Whoever holds an attempt's token says that it failed."""

    entered: int
    attempt: int
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Whoever holds an attempt's token is still at work."""

    entered: int
    attempt: int


@dataclass(frozen=True, slots=True)
class ActivityTaken:
    """A worker asked for the activity's task that event `event` scheduled."""

    event: int
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer set by a `SetTimer` effect is due. Purposes: wait, retry, timeout, heartbeat, execution."""

    event: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A worker finished what an `Evaluate` effect asked for: a JSON value, MISSING, or an `EvaluationError`.

    `question` is that very effect: an answer to anything else that was asked before comes too late.
    """

    question: Evaluate
    answer: Value


@dataclass(frozen=True, slots=True)
class Abort:
    """Somebody stopped the execution."""

    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Expire:
    """The execution has been open for as long as any may be."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The engine could not apply a signal to this execution: it fails, rather than the engine."""

    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Redrive:
    """Somebody wants an execution that did not succeed to go on.

    `token` makes the request idempotent; with `repeat` it can be nothing but a repetition.
    """

    token: str | None = None
    repeat: bool = False


TokenAnswer = TokenSucceeded | TokenFailed | Heartbeat
Signal = (
    Start | Continue | TaskSucceeded | TaskFailed | TaskSubmitted | TokenAnswer | ActivityTaken | TimerFired | Evaluated
    | Abort | Expire | Fail | Redrive
)  # fmt: skip
