"""From what the engine raises to the errors that AWS answers.

The codes are shapes of the service model; the messages are the engine's, which are AWS's sentences already.
https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

from collections.abc import Mapping
from typing import Any, Final

from tobiishi.asl.errors import INVALID_LABEL, InvalidDefinitionError
from tobiishi.engine import errors
from tobiishi.engine.errors import EngineError
from tobiishi.teststate.errors import UnsupportedStateError
from tobiishi.wire.contract import ApiError, Call, Handler

UNAVAILABLE: Final = "ServiceUnavailable"

CODES: Final[dict[type[EngineError], str]] = {
    errors.InvalidInputError: "InvalidExecutionInput",
    errors.InvalidNameError: "InvalidName",
    errors.InvalidArnError: "InvalidArn",
    errors.MachineNotFoundError: "StateMachineDoesNotExist",
    errors.MachineExistsError: "StateMachineAlreadyExists",
    errors.MachineDeletingError: "StateMachineDeleting",
    errors.MachineLimitError: "StateMachineLimitExceeded",
    errors.InvalidLoggingError: "InvalidLoggingConfiguration",
    errors.InvalidTracingError: "InvalidTracingConfiguration",
    errors.InvalidEncryptionError: "InvalidEncryptionConfiguration",
    errors.RefusedError: "ValidationException",
    errors.MissingParameterError: "MissingRequiredParameter",
    errors.ConflictError: "ConflictException",
    errors.QuotaError: "ServiceQuotaExceededException",
    errors.ResourceNotFoundError: "ResourceNotFound",
    errors.TooManyTagsError: "TooManyTags",
    errors.ExecutionNotFoundError: "ExecutionDoesNotExist",
    errors.ExecutionExistsError: "ExecutionAlreadyExists",
    errors.NotRedrivableError: "ExecutionNotRedrivable",
    errors.ActivityNotFoundError: "ActivityDoesNotExist",
    errors.ActivityExistsError: "ActivityAlreadyExists",
    errors.ActivityLimitError: "ActivityLimitExceeded",
    errors.WorkerLimitError: "ActivityWorkerLimitExceeded",
    errors.InvalidTokenError: "InvalidToken",
    errors.InvalidOutputError: "InvalidOutput",
    errors.TaskNotFoundError: "TaskDoesNotExist",
    errors.TaskTimedOutError: "TaskTimedOut",
    errors.ExecutionLimitError: "ExecutionLimitExceeded",
    errors.ThrottledError: "ThrottlingException",
    errors.WrongTypeError: "StateMachineTypeNotSupported",
    UnsupportedStateError: "InvalidDefinition",
    errors.DrainingError: UNAVAILABLE,
    errors.StoppedError: UNAVAILABLE,
    errors.UnreadableError: "InternalFailure",
    EngineError: "InternalFailure",
}
"""AWS's code of everything that an operation may raise."""

_STATUS: Final = {UNAVAILABLE: 503, "InternalFailure": 500}
"""HTTP statuses other than 400."""


def api_error(error: EngineError | InvalidDefinitionError, definition: str = "") -> ApiError:
    """Return the error as AWS answers it, about a request with this definition."""
    if isinstance(error, InvalidDefinitionError):
        return ApiError("InvalidDefinition", _about_label(error, definition) or str(error))
    code = CODES[type(error)]
    return ApiError(code, str(error), _STATUS.get(code, 400), **_members(error))


def _about_label(error: InvalidDefinitionError, definition: str) -> str | None:
    """Return what is said of a definition with nothing wrong but a Map's Label; None of any other.

    Recordings have this form for labels and for nothing else: docs/decisions/2026-11-22-labels-as-recorded.md.
    """
    refused = [problem for problem in error.problems if problem.severity == "ERROR"]
    if any(problem.code != INVALID_LABEL for problem in refused):
        return None
    return f"Error=ValueError Args={[refused[0].message]!r} in definition '{definition}'."


def _members(error: EngineError) -> dict[str, str]:
    """Return what the error's shape has beside its message."""
    if isinstance(error, (errors.ResourceNotFoundError, errors.TooManyTagsError)):
        return {"resourceName": error.arn}
    if isinstance(error, errors.RefusedError) and error.reason is not None:
        return {"reason": error.reason}
    return {}


def answering(handler: Handler) -> Handler:
    """Return the handler with the engine's errors as AWS's."""

    async def handle(call: Call) -> Mapping[str, Any]:
        try:
            return await handler(call)
        except (EngineError, InvalidDefinitionError) as error:
            raise api_error(error, call.params.get("definition", "")) from None

    return handle
