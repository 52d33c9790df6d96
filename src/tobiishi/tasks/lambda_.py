"""Lambda functions as tasks: a plain function ARN, and `arn:aws:states:::lambda:invoke`.

Sources: "Invoke Lambda with Step Functions" (Step Functions developer guide), Lambda's Invoke (API reference), and
recorded executions for the exact texts.
"""

import base64
import binascii
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final, Protocol

from tobiishi.asl.model import Resource
from tobiishi.interp.payload import task_too_large
from tobiishi.jsontext import JsonError, decode, encode, encode_text
from tobiishi.quotas import AWS
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.function_name import LATEST, FunctionName
from tobiishi.tasks.parameters import unusable
from tobiishi.tasks.sdk_metadata import sdk_metadata

MAX_ERROR: Final = 256
MAX_CAUSE: Final = 32_768
"""Characters of an error's name and cause; what is longer is cut."""

_PARAMETERS: Final = frozenset({"ClientContext", "FunctionName", "InvocationType", "LogType", "Payload", "Qualifier"})
_CHOICES: Final = {"InvocationType": ("RequestResponse", "Event", "DryRun"), "LogType": ("None", "Tail")}
_MODELLED: Final = frozenset(
    {
        "InvalidParameterValueException",
        "InvalidRequestContentException",
        "RequestTooLargeException",
        "ResourceNotFoundException",
        "ServiceException",
        "TooManyRequestsException",
    }
)
"""Errors that have an exception of their own in Lambda's service model; any other is an AWSLambdaException."""
MAX_CLIENT_CONTEXT: Final = 3583
_NO_PAYLOAD: Final = b"{}"
"""What a function gets from a call without a payload."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function that was run. `payload` is its result as JSON text, or the error's if `function_error` is set.

    `log_tail` is the last 4 KB of its log.
    """

    request_id: str
    payload: bytes
    function_error: str | None = None
    log_tail: bytes = b""
    executed_version: str = LATEST


class InvokeError(Exception):
    """The function was not run. `code` is Lambda's name for the error, `status` its HTTP status."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message


class Functions(Protocol):
    """Something that runs functions. All methods raise `InvokeError` for one that cannot be run."""

    async def invoke(
        self, name: str, payload: bytes, *, invoked_arn: str, client_context: str | None = None
    ) -> Invocation:
        """Run a function to its end."""

    def invoke_later(self, name: str, payload: bytes, *, invoked_arn: str, client_context: str | None = None) -> None:
        """Run a function and do not wait for it."""

    def check(self, name: str) -> None:
        """Raise if the function could not be run."""


class LambdaFunction:
    """A Task whose Resource is a function's ARN: the arguments are the payload, the result is the function's."""

    def __init__(self, functions: Functions, payload_bytes: int = AWS.payload_bytes) -> None:
        self._functions = functions
        self._payload_bytes = payload_bytes

    def refusal(self, resource: Resource, arguments: Any) -> str | None:  # noqa: ARG002 - the protocol's shape
        """Return None: any JSON value is a payload."""
        return None

    async def call(self, request: TaskRequest) -> Any:
        arn = request.resource.arn
        try:
            invocation = await self._functions.invoke(arn, encode(request.arguments), invoked_arn=arn)
        except InvokeError as error:
            raise _refused(error) from None
        if invocation.function_error:
            raise _function_error(invocation.payload, cause=_text(invocation.payload))
        if len(invocation.payload) > self._payload_bytes:  # said of what is no JSON text, too
            raise TaskError("States.DataLimitExceeded", task_too_large(request.resource))
        return _result(invocation.payload)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:  # noqa: ARG002 - the protocol's shape
        """Return the recorded answer: a function has no job to wait for."""
        return submitted

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """Do nothing: a function that is still running is ended by cancelling `call`."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:  # noqa: ARG002 - nothing makes a second run harmless
        return AfterCrash.LOST

    def lost_error(self, request: TaskRequest) -> TaskError:  # noqa: ARG002 - the same for all
        return TaskError(
            "Lambda.SdkClientException", "Unable to execute HTTP request: The target server failed to respond"
        )


class LambdaInvoke(LambdaFunction):
    """`arn:aws:states:::lambda:invoke`: the arguments are those of Lambda's Invoke, the result is its answer.

    With `.waitForTaskToken` the function finds the token in its payload, where the definition put it, and the answer
    is what TaskSubmitted records.
    """

    def refusal(self, resource: Resource, arguments: Any) -> str | None:  # noqa: ARG002 - the protocol's shape
        return unusable(arguments, list(_problems(arguments)))

    async def call(self, request: TaskRequest) -> Any:
        call = _Call.read(request)
        try:
            return await self._answer(call)
        except InvokeError as error:
            raise _refused(error) from None

    async def _answer(self, call: "_Call") -> dict[str, Any]:
        arn, context = call.function.arn, call.client_context
        match call.invocation_type:
            case "Event":
                self._functions.invoke_later(arn, call.payload, invoked_arn=arn, client_context=context)
                return _http_answer(str(uuid.uuid4()), 202, {})
            case "DryRun":
                self._functions.check(arn)
                return _http_answer(str(uuid.uuid4()), 204, {})
        invocation = await self._functions.invoke(arn, call.payload, invoked_arn=arn, client_context=context)
        if invocation.function_error:
            raise _function_error(invocation.payload, cause=_compact(invocation.payload))
        return _invoke_answer(invocation, with_log=call.with_log)


@dataclass(frozen=True, slots=True)
class _Call:
    """The arguments of Invoke."""

    function: FunctionName
    payload: bytes
    invocation_type: str
    client_context: str | None
    with_log: bool

    @classmethod
    def read(cls, request: TaskRequest) -> "_Call":
        """Raises `TaskError` for arguments that Lambda would refuse."""
        arguments = request.arguments
        return cls(
            function=_function_name(request),
            payload=_payload(arguments.get("Payload")),
            invocation_type=arguments.get("InvocationType", "RequestResponse"),
            client_context=_client_context(arguments.get("ClientContext")),
            with_log=arguments.get("LogType") == "Tail",
        )


def _problems(arguments: Any) -> Iterator[str]:
    if not isinstance(arguments, dict):
        yield "The value of the field 'Parameters' has an invalid format"
        return
    for name, value in arguments.items():
        if name not in _PARAMETERS:
            yield f"The field '{name}' is not supported by Step Functions"
        elif name != "Payload" and (not isinstance(value, str) or value not in _CHOICES.get(name, (value,))):
            yield f"The value of the field '{name}' has an invalid format"
    if "FunctionName" not in arguments:
        yield "The field 'FunctionName' is required but was missing"


def _function_name(request: TaskRequest) -> FunctionName:
    account = request.execution_arn.split(":")[4]
    try:
        name = FunctionName.parse(request.arguments["FunctionName"]).at(request.region, account)
    except ValueError as error:
        raise _refused(InvokeError("ValidationException", 400, str(error))) from None
    try:
        return name.qualified(request.arguments.get("Qualifier"))
    except ValueError as error:
        raise _refused(InvokeError("InvalidParameterValueException", 400, str(error))) from None


def _payload(value: Any) -> bytes:
    """Return the bytes that Invoke sends: a string is JSON text already, null or "" is no payload."""
    if value is None or value == "":
        return _NO_PAYLOAD
    if not isinstance(value, str):
        return encode(value)
    try:
        decode(value)
    except JsonError as error:
        text = f"Could not parse request body into json: {error}"
        raise _refused(InvokeError("InvalidRequestContentException", 400, text)) from None
    return value.encode()


def _client_context(value: str | None) -> str | None:
    """Return the JSON text in Invoke's base64."""
    if value is None:
        return None
    try:
        text = base64.b64decode(value, validate=True).decode()
        if len(value) > MAX_CLIENT_CONTEXT or not isinstance(decode(text), dict):
            raise JsonError("not an object of at most 3583 bytes in base64")
    except (binascii.Error, ValueError) as error:
        text = f"Could not parse client context into json: {error}"
        raise _refused(InvokeError("InvalidRequestContentException", 400, text)) from None
    return encode_text(decode(text))


def _refused(error: InvokeError) -> TaskError:
    """Return the failure of a call that Lambda did not take, named as the AWS SDK for Java names it."""
    name = error.code if error.code in _MODELLED else "AWSLambdaException"
    request_id = uuid.uuid4()
    details = f"Status Code: {error.status}; Error Code: {error.code}; Request ID: {request_id}; Proxy: null"
    return TaskError(f"Lambda.{name}", f"{error.message} (Service: AWSLambda; {details})"[:MAX_CAUSE])


def _function_error(payload: bytes, cause: str) -> TaskError:
    """Return the error that a function reported, under the name that it gave itself."""
    try:
        error_type = decode(payload).get("errorType")
    except (JsonError, AttributeError):
        error_type = None
    if isinstance(error_type, str) and error_type:
        return TaskError(error_type[:MAX_ERROR], cause[:MAX_CAUSE])
    unknown = "The cause could not be determined because Lambda did not return an error type. Returned payload: "
    return TaskError("Lambda.Unknown", (unknown + cause)[:MAX_CAUSE])


def _result(payload: bytes) -> Any:
    try:
        return decode(payload)
    except JsonError as error:
        raise TaskError("States.Runtime", f"The function's result is not JSON: {error}") from None


def _compact(payload: bytes) -> str:
    try:
        return encode_text(decode(payload))
    except JsonError:
        return _text(payload)


def _text(payload: bytes) -> str:
    return payload.decode(errors="replace")


def _invoke_answer(invocation: Invocation, *, with_log: bool) -> dict[str, Any]:
    headers = {"X-Amz-Executed-Version": invocation.executed_version}
    log: dict[str, str] = {}
    if with_log:
        log["LogResult"] = base64.b64encode(invocation.log_tail).decode()
        headers = {"X-Amz-Log-Result": log["LogResult"], **headers}
    answer = _http_answer(invocation.request_id, 200, headers, length=len(invocation.payload))
    return {"ExecutedVersion": invocation.executed_version, **log, "Payload": _result(invocation.payload), **answer}


def _http_answer(request_id: str, status: int, headers: dict[str, str], length: int = 0) -> dict[str, Any]:
    """Return what the SDK adds to every answer; `headers` are the ones of this call alone."""
    headers = {
        **headers,
        "x-amzn-Remapped-Content-Length": "0",
        "Connection": "keep-alive",
        "x-amzn-RequestId": request_id,
        "Content-Length": str(length),
        "Date": formatdate(usegmt=True),
        "X-Amzn-Trace-Id": f"root=1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]};sampled=0",
        "Content-Type": "application/json",
    }
    return {**sdk_metadata(headers, status, request_id), "StatusCode": status}
