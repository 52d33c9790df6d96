"""Executions that start executions: `states:startExecution`, alone, `.sync`, `.sync:2` or `.waitForTaskToken`.

A child without a name of the user's gets one from its parent and event, the same each time it is asked for, so that
asking again after a crash finds the child instead of making another. Results and errors are as AWS's SDK for Java v1
shows them, which this integration speaks on AWS. Source: recorded executions, and "Start a new AWS Step Functions
execution from a running execution" in the developer guide.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final, Protocol

from tobiishi.asl.model import Resource
from tobiishi.jsontext import decode, encode_text
from tobiishi.tasks.aws_names import exception_name
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.parameters import unusable
from tobiishi.tasks.sdk_metadata import sdk_metadata

_PARAMETERS: Final = ("StateMachineArn", "Name", "Input", "TraceHeader")


@dataclass(frozen=True, slots=True)
class Started:
    """A child that runs, or ran. `start_ms` is in milliseconds since the epoch."""

    arn: str
    start_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended, as DescribeExecution shows it. `input` and `output` are JSON texts."""

    arn: str
    machine_arn: str
    name: str
    status: str
    start_ms: int
    stop_ms: int
    input: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None


class StartRefusedError(Exception):
    """No child was started. `code` is StartExecution's name for the error, such as `StateMachineDoesNotExist`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Executions(Protocol):
    """What starts executions and knows when they end."""

    async def start(self, machine_arn: str, name: str, input_text: str, parent: TaskRequest) -> Started:
        """Start a child. What was started by the same parent's same event is found, even if it has ended.

        Raises `StartRefusedError`.
        """

    async def wait(self, arn: str) -> Ended:
        """Return when the execution has ended."""

    async def stop(self, arn: str) -> None:
        """Abort the execution; one that has ended stays as it is."""


class StartExecution:
    """Starts children and, for `.sync` and `.sync:2`, waits for them."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def refusal(self, resource: Resource, arguments: Any) -> str | None:  # noqa: ARG002 - the protocol's shape
        return unusable(arguments, list(_problems(arguments)))

    async def call(self, request: TaskRequest) -> Any:
        arguments = request.arguments
        name = arguments.get("Name") or child_name(request)
        try:
            started = await self._executions.start(
                arguments["StateMachineArn"], name, _input_text(arguments.get("Input")), request
            )
        except StartRefusedError as error:
            raise _refused(error) from None
        return _answer(started)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:
        ended = await self._executions.wait(submitted["ExecutionArn"])
        if ended.status != "SUCCEEDED":
            raise TaskError("States.TaskFailed", encode_text(_description(ended)))
        result = _description(ended)
        if request.resource.pattern == "sync:2":
            result |= {field: decode(result[field]) for field in ("Input", "Output") if field in result}
        return result

    async def stop(self, request: TaskRequest, submitted: Any) -> None:  # noqa: ARG002 - the protocol's shape
        await self._executions.stop(submitted["ExecutionArn"])

    def after_crash(self, request: TaskRequest) -> AfterCrash:  # noqa: ARG002 - a child has one name, so it is one
        return AfterCrash.RESEND

    def lost_error(self, request: TaskRequest) -> TaskError:  # noqa: ARG002 - the same for all
        return TaskError(
            "StepFunctions.SdkClientException",
            "Unable to execute HTTP request: the engine stopped before the answer came.",
        )


def child_name(request: TaskRequest) -> str:
    """Return the name of this attempt's child."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{request.execution_arn}#{request.event}"))


def _problems(arguments: Any) -> Iterator[str]:
    if not isinstance(arguments, dict):
        yield "The value for the field 'Parameters' must be an OBJECT"
        return
    for name in arguments:
        if name not in _PARAMETERS:
            yield f"The field '{name}' is not supported by Step Functions"
    if arguments.get("StateMachineArn") is None:
        yield "The field 'StateMachineArn' is required but was missing"
    for name in ("StateMachineArn", "Name", "TraceHeader"):
        if not isinstance(arguments.get(name), str | None):
            yield f"The value for the field '{name}' must be a STRING"


def _input_text(value: Any) -> str:
    """Return the child's input: a text as it is, nothing as an empty object, anything else as JSON."""
    if value is None:
        return "{}"
    return value if isinstance(value, str) else encode_text(value)


def _answer(started: Started) -> dict[str, Any]:
    """Return what is recorded with TaskSubmitted, or is the result of a request response task."""
    request_id = str(uuid.uuid4())
    body = f'{{"executionArn":"{started.arn}","startDate":{started.start_ms / 10**12}E9}}'
    headers = {
        "x-amzn-RequestId": request_id,
        "connection": "keep-alive",
        "Content-Length": str(len(body)),
        "Date": formatdate(started.start_ms / 1000, usegmt=True),
        "Content-Type": "application/x-amz-json-1.0",
    }
    return {
        "ExecutionArn": started.arn,
        **sdk_metadata(headers, 200, request_id),
        "StartDate": started.start_ms,
    }


def _description(ended: Ended) -> dict[str, Any]:
    """Return DescribeExecution's answer with a first capital each; what a child does not have is left out."""
    fields = {
        "Cause": ended.cause,
        "Error": ended.error,
        "ExecutionArn": ended.arn,
        "Input": ended.input,
        "InputDetails": {"Included": True},
        "Name": ended.name,
        "Output": ended.output,
        "OutputDetails": None if ended.output is None else {"Included": True},
        "StartDate": ended.start_ms,
        "StateMachineArn": ended.machine_arn,
        "Status": ended.status,
        "StopDate": ended.stop_ms,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _refused(error: StartRefusedError) -> TaskError:
    return TaskError(
        f"StepFunctions.{exception_name(error.code)}",
        f"{error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {error.code}; "
        f"Request ID: {uuid.uuid4()}; Proxy: null)",
    )
