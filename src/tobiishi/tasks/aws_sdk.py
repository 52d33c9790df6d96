"""AWS SDK integrations: `arn:aws:states:::aws-sdk:SERVICE:ACTION` for any service and action that botocore knows.

Where calls go is never an accident: without a destination every such task fails and says how to give one. A request
is sent once; whether it is sent again is for the state's Retry to decide.
"""

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.model import OperationModel

from tobiishi.asl import sdk
from tobiishi.tasks import aws_errors, aws_render
from tobiishi.tasks.aws_casing import ParametersError, request_parameters
from tobiishi.tasks.aws_clients import Clients, Credentials, Destination
from tobiishi.tasks.aws_names import client_name
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.parameters import unusable

MAX_CALLS: Final = 32
"""Calls in flight at once; further ones wait for a thread."""

_READ: Final = re.compile(r"(?:Batch)?(?:Get|Describe|List|Head|Query|Scan|Search|Lookup)(?=[A-Z]|$)|TransactGetItems$")
_CONSUMING: Final = frozenset({("stepfunctions", "GetActivityTask")})
"""Named like a read, but what it hands out is not handed out twice."""

_NO_DESTINATION: Final = (
    "Nothing says where calls to AWS services go. Start with --aws URL for one endpoint that serves them all, such as "
    "an emulator, or with --aws real for AWS itself."
)

_T = TypeVar("_T")


class AwsSdk:
    """Calls AWS services. `destination` None lets every task fail; `per_service` sends single services elsewhere.

    Keys of `per_service` are names as in a Resource (`sfn`). Close it when the engine stops.
    """

    def __init__(
        self, destination: Destination | None = None, *, per_service: Mapping[str, Destination] | None = None
    ) -> None:
        self._clients = _clients(destination)
        self._own_clients = {service: Clients(where, MAX_CALLS) for service, where in (per_service or {}).items()}
        self._threads = ThreadPoolExecutor(MAX_CALLS, thread_name_prefix="aws-sdk")

    def close(self) -> None:
        """Wait for no one: calls in flight end with their threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for clients in (self._clients, *self._own_clients.values()):
            if clients is not None:
                clients.close()

    async def call(self, request: TaskRequest) -> Any:
        return await self._in_thread(self._call, request)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:  # noqa: ARG002 - the protocol's shape
        """Never happens: AWS has no `.sync` for SDK integrations."""
        raise TaskError("States.Runtime", f"'{request.resource.arn}' is not a job that can be waited for.")

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """There is no job to stop."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        """Reads are sent again, and so is what carries an idempotency token, as the token is the same again.

        May read a service's model from disk: call it off the event loop where that matters.
        """
        clients = self._clients_for(request)
        if clients is None:
            return AfterCrash.RESEND  # it failed before it was sent, and will again
        try:
            operation = _operation(clients, request)
        except TaskError:
            return AfterCrash.RESEND
        if operation.idempotent_members or _is_read(operation):
            return AfterCrash.RESEND
        return AfterCrash.LOST

    def lost_error(self, request: TaskRequest) -> TaskError:
        clients = self._clients_for(request)
        service_id = request.resource.service
        if clients is not None:
            service_id = _operation(clients, request).service_model.service_id
        return TaskError(
            f"{client_name(service_id)}.SdkClientException",
            "Unable to execute HTTP request: the engine stopped before the answer came. "
            "Whether the service did the work is unknown.",
        )

    async def _in_thread(self, work: Callable[[TaskRequest], _T], request: TaskRequest) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, request)

    def _clients_for(self, request: TaskRequest) -> Clients | None:
        return self._own_clients.get(request.resource.service, self._clients)

    def _call(self, request: TaskRequest) -> Any:
        clients = self._clients_for(request)
        if clients is None:
            raise TaskError("States.Runtime", _NO_DESTINATION)
        operation = _operation(clients, request)
        parameters = _parameters(request, operation)
        try:
            client = clients.client(operation.service_model.service_name, request.region, _role(clients, request))
            answer = client._make_api_call(operation.name, parameters)  # noqa: SLF001 - what each client method calls
            return aws_render.result(answer, operation.output_shape)
        except ClientError as error:
            raise aws_errors.service_error(error, operation) from None
        except aws_render.BodyTooLargeError:
            raise _too_large(request) from None
        except (BotoCoreError, HTTPClientError, OSError) as error:
            raise aws_errors.client_error(error, operation.service_model.service_id) from None


def _clients(destination: Destination | None) -> Clients | None:
    return None if destination is None else Clients(destination, MAX_CALLS)


def _operation(clients: Clients, request: TaskRequest) -> OperationModel:
    """Return the model of a Resource's action."""
    resource = request.resource
    folder = sdk.folder(resource.service)
    name = sdk.operations(resource.service).get(resource.action)
    if folder is None or name is None:
        raise TaskError("States.Runtime", f"The resource '{resource.arn}' names no action of an AWS service.")
    return clients.model(folder).operation_model(name)


def _parameters(request: TaskRequest, operation: OperationModel) -> dict[str, Any]:
    if operation.has_event_stream_input or operation.has_event_stream_output:
        raise TaskError("States.Runtime", f"'{request.resource.arn}' is an event stream, which no state can hold.")
    token = idempotency_token(request)
    try:
        return request_parameters(
            request.arguments, operation.input_shape, dict.fromkeys(operation.idempotent_members, token)
        )
    except ParametersError as error:
        raise unusable(request, error.problems) from None


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
        raise aws_errors.service_error(error, clients.model("sts").operation_model("AssumeRole")) from None
    except (BotoCoreError, HTTPClientError) as error:
        raise aws_errors.client_error(error, "STS") from None


def _too_large(request: TaskRequest) -> TaskError:
    return TaskError(
        "States.DataLimitExceeded",
        f"The state/task '{request.resource.arn}' returned a result with a size exceeding the maximum number of bytes "
        "service limit.",
    )


def _is_read(operation: OperationModel) -> bool:
    name = operation.name
    return _READ.match(name) is not None and (operation.service_model.service_name, name) not in _CONSUMING
