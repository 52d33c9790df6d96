"""What an integration is: one kind of work that a Task state can ask for.

The engine commits TaskScheduled, then calls the integration; whatever it returns or raises comes back to the execution
as a signal. Integrations hold no state of an execution.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from tobiishi.asl.model import Resource


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """One attempt of a Task state, as it was recorded with its Scheduled event `event`.

    `arguments` is the evaluated Parameters or Arguments (or the effective input); `token` the task token of a
    `.waitForTaskToken` task; `credentials` the evaluated Credentials. Seconds are None where the state has no limit.
    """

    execution_arn: str
    execution_name: str
    machine_arn: str
    role_arn: str
    region: str
    state: str
    event: int
    resource: Resource
    arguments: Any
    attempt: int = 0
    token: str | None = None
    credentials: dict[str, Any] | None = None
    timeout_seconds: float | None = None
    heartbeat_seconds: float | None = None
    watch: Callable[[object], None] | None = None
    """Is told what goes over the wire, where somebody tests a state: see `tasks.http.HttpExchange`."""


class TaskError(Exception):
    """The task failed. `error` and `cause` are what a Retry or Catch sees, in AWS's words."""

    def __init__(self, error: str, cause: str | None = None) -> None:
        super().__init__(f"{error}: {cause}" if cause else error)
        self.error = error
        self.cause = cause


class AfterCrash(Enum):
    """What becomes of a request whose outcome nobody knows, because the engine died while it was in flight."""

    RESEND = "resend"
    """It changes nothing, or carries an idempotency token that makes a second one harmless."""
    LOST = "lost"
    """It must not be repeated behind the user's back: it fails with `Integration.lost_error`."""


class Integration(Protocol):
    """One kind of work. Every method may raise `TaskError`; any other exception is a bug and fails the task too."""

    def refusal(self, resource: Resource, arguments: Any) -> str | None:
        """Return why no task can be started with these arguments, in AWS's words; None if one can.

        Asked before anything is recorded, on the engine's loop: nothing but the resource and the arguments counts.
        The failure is a `States.Runtime`, which nothing catches.
        """

    async def call(self, request: TaskRequest) -> Any:
        """Do the work, or for `.sync` and `.waitForTaskToken` start it, and return the answer as a JSON value.

        The arguments are such as `refusal` lets pass. For a request response task the answer is the task's result.
        Otherwise it is recorded with TaskSubmitted.
        Cancelled when the task times out or its execution ends.
        """

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:
        """Wait for the `.sync` job that `call` started, given its recorded answer; return the task's result."""

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """The state that waited for this `.sync` job is gone (timeout, abort, a failed sibling): stop the job."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        """Say what recovery does with a `call` that was in flight."""

    def lost_error(self, request: TaskRequest) -> TaskError:
        """Return AWS's own error for a connection lost half way, such as `Lambda.SdkClientException`."""
