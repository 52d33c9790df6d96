"""AWS SDK integrations: `arn:aws:states:::aws-sdk:SERVICE:ACTION` for any service and action that botocore knows.

Where calls go is never an accident: without a destination every such task fails and says how to give one. A request
is sent once; whether it is sent again is for the state's Retry to decide.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError

from tobiishi.asl.model import Resource
from tobiishi.interp.payload import task_too_large
from tobiishi.tasks import aws_errors, aws_models, aws_render
from tobiishi.tasks.aws_casing import ParametersError, request_parameters
from tobiishi.tasks.aws_clients import Clients, Credentials, Destination
from tobiishi.tasks.aws_names import client_name
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.parameters import unusable
from tobiishi.tasks.threads import DaemonThreads

MAX_CALLS: Final = 32
"""Calls in flight at once; further ones wait for a thread."""

_READ: Final = re.compile(r"(?:Batch)?(?:Get|Describe|List|Head|Query|Scan|Search|Lookup)(?=[A-Z]|$)|TransactGetItems$")
_CONSUMING: Final = frozenset({("stepfunctions", "GetActivityTask")})
"""Named like a read, but what it hands out is not handed out twice."""

_NO_DESTINATION: Final = (
    "Nothing says where calls to AWS services go. Start with --aws URL for one endpoint that serves them all, such as "
    "an emulator, or with --aws real for AWS itself."
)


class AwsSdk:
    """Calls AWS services. `destination` None lets every task fail; `per_service` sends single services elsewhere.

    Keys of `per_service` are names as in a Resource (`sfn`). Close it when the engine stops.
    """

    def __init__(
        self, destination: Destination | None = None, *, per_service: Mapping[str, Destination] | None = None
    ) -> None:
        self._clients = None if destination is None else Clients(destination, MAX_CALLS)
        self._own_clients = {service: Clients(where, MAX_CALLS) for service, where in (per_service or {}).items()}
        self._threads = DaemonThreads(MAX_CALLS, "aws-sdk")

    def close(self) -> None:
        """Close idle connections. Calls in flight end in their own time, and nobody waits for them."""
        for clients in (self._clients, *self._own_clients.values()):
            if clients is not None:
                clients.close()

    def refusal(self, resource: Resource, arguments: Any) -> str | None:
        """Hold the arguments against the operation's input.

        The first time for a service this reads its model from disk: some 10 ms, for the largest 130.
        """
        try:
            operation = aws_models.operation(resource)
            request_parameters(arguments, operation.input_shape, dict.fromkeys(operation.idempotent_members, ""))
        except ParametersError as error:
            return unusable(arguments, error.problems)
        except TaskError as error:
            return error.cause
        return None

    async def call(self, request: TaskRequest) -> Any:
        clients = self._own_clients.get(request.resource.service, self._clients)
        if clients is None:
            raise TaskError("States.Runtime", _NO_DESTINATION)
        return await self._threads.run(lambda: _call(clients, request))

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:  # noqa: ARG002 - the protocol's shape
        """Return the answer: AWS has no `.sync` for SDK integrations."""
        return submitted

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """Do nothing: there is no job to stop."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        """Reads are sent again, and so is what carries an idempotency token, as the token is the same again.

        The first time for a service this reads its model from disk.
        """
        operation = aws_models.operation(request.resource)
        repeatable = operation.idempotent_members or is_read(operation)
        return AfterCrash.RESEND if repeatable else AfterCrash.LOST

    def lost_error(self, request: TaskRequest) -> TaskError:
        service_id = aws_models.operation(request.resource).service_model.service_id
        return TaskError(
            f"{client_name(service_id)}.SdkClientException",
            "Unable to execute HTTP request: the engine stopped before the answer came. "
            "Whether the service did the work is unknown.",
        )


def _call(clients: Clients, request: TaskRequest) -> Any:
    operation = aws_models.operation(request.resource)
    parameters = _parameters(request, operation)
    try:
        client = clients.client(operation.service_model.service_name, request.region, _role(clients, request))
        answer = client._make_api_call(operation.name, parameters)  # noqa: SLF001 - what each client method calls
        return aws_render.result(answer, operation.output_shape)
    except ClientError as error:
        raise aws_errors.service_error(error, operation) from None
    except aws_render.BodyTooLargeError:
        raise TaskError("States.DataLimitExceeded", task_too_large(request.resource)) from None
    except (BotoCoreError, ResponseParserError, OSError) as error:
        raise aws_errors.client_error(error, operation.service_model.service_id) from None


def _parameters(request: TaskRequest, operation: OperationModel) -> dict[str, Any]:
    if operation.has_event_stream_input or operation.has_event_stream_output:
        raise TaskError("States.Runtime", f"'{request.resource.arn}' is an event stream, which no state can hold.")
    given = dict.fromkeys(operation.idempotent_members, idempotency_token(request))
    return request_parameters(request.arguments, operation.input_shape, given)


def idempotency_token(request: TaskRequest) -> str:
    """Return the token of this attempt: the same after a crash, another for the next attempt."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{request.execution_arn}#{request.event}"))


def _role(clients: Clients, request: TaskRequest) -> Credentials | None:
    """Return credentials of the state's `Credentials.RoleArn`, None if it has none."""
    role_arn = (request.credentials or {}).get("RoleArn")
    if role_arn is None:
        return None
    session_name = re.sub(r"[^\w+=,.@-]", "-", request.execution_name, flags=re.ASCII)[:64].ljust(2, "-")
    try:
        return clients.assume(str(role_arn), request.region, session_name)
    except ClientError as error:
        raise aws_errors.service_error(error, aws_models.service_model("sts").operation_model("AssumeRole")) from None
    except (BotoCoreError, ResponseParserError, OSError) as error:
        raise aws_errors.client_error(error, "STS") from None


def is_read(operation: OperationModel) -> bool:
    """Say whether an operation changes nothing, going by its name."""
    name = operation.name
    return _READ.match(name) is not None and (operation.service_model.service_name, name) not in _CONSUMING
