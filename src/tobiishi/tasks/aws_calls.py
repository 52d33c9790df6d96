"""The way to AWS: where calls go, as whom, and what comes back, for every integration that calls a service.

Where calls go is never an accident: without a destination every such task fails and says how to give one. A request
is sent once; whether it is sent again is for the state's Retry to decide.
"""

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError

from tobiishi.tasks import aws_errors, aws_models
from tobiishi.tasks.aws_clients import Clients, Credentials, Destination
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.threads import DaemonThreads

Answer = TypeVar("Answer")

LocalService = Callable[[OperationModel, Mapping[str, Any], str, str], Awaitable[Any]]
"""Answers an operation with these parameters, for a region and account, as botocore's client would."""

MAX_CALLS: Final = 32
"""Calls in flight at once; further ones wait for a thread."""

NO_ANSWER: Final = (BotoCoreError, ResponseParserError, OSError)
"""What a call raises that got no answer, or none that can be read."""

_READ: Final = re.compile(r"(?:Batch)?(?:Get|Describe|List|Head|Query|Scan|Search|Lookup)(?=[A-Z]|$)|TransactGetItems$")
_CONSUMING: Final = frozenset({("stepfunctions", "GetActivityTask")})
"""Named like a read, but what it hands out is not handed out twice."""

_NO_DESTINATION: Final = (
    "Nothing says where calls to AWS services go. Start with --aws URL for one endpoint that serves them all, such as "
    "an emulator, or with --aws real for AWS itself."
)


class AwsCalls:
    """Calls AWS services. `destination` None lets every call fail; `per_service` sends single services elsewhere.

    Keys of `per_service` are names as in a Resource (`sfn`). Close it when the engine stops.
    """

    def __init__(
        self, destination: Destination | None = None, *, per_service: Mapping[str, Destination] | None = None
    ) -> None:
        self._clients = None if destination is None else Clients(destination, MAX_CALLS)
        self._own_clients = {service: Clients(where, MAX_CALLS) for service, where in (per_service or {}).items()}
        self._threads = DaemonThreads(MAX_CALLS, "aws-sdk")
        self._here: dict[str, LocalService] = {}

    def close(self) -> None:
        """Close idle connections. Calls in flight end in their own time, and nobody waits for them."""
        for clients in (self._clients, *self._own_clients.values()):
            if clients is not None:
                clients.close()

    def answer_here(self, services: Mapping[str, LocalService]) -> None:
        """Answer calls for these services, by botocore's names, in this process, whatever the destination."""
        self._here.update(services)

    @property
    def lead_somewhere(self) -> bool:
        """Whether there is a destination at all."""
        return self._clients is not None

    async def use(self, service: str, region: str, work: Callable[[Any], Answer]) -> Answer:
        """Return what `work` makes of a client of the service, for what no task asks for; it may block.

        `service` is botocore's name. Raises `TaskError` without a destination, and what `work` raises.
        """
        clients = self._leading_to(service)
        return await self._threads.run(lambda: work(clients.client(service, region)))

    async def send(
        self,
        request: TaskRequest,
        operation: OperationModel,
        parameters: Mapping[str, Any],
        read: Callable[[Any], Answer],
    ) -> Answer:
        """Return what `read` makes of botocore's parsed answer; it may block, as reading a streamed body does.

        Raises `TaskError` without a destination or for a role that cannot be assumed, `ClientError` for an error that
        the service answered, `NO_ANSWER` where it gave none, and what `read` raises.
        """
        here = self._here.get(operation.service_model.service_name)
        if here is not None:
            return read(await here(operation, parameters, request.region, _account(request)))
        clients = self._leading_to(request.resource.service)
        return await self._threads.run(lambda: read(_send(clients, request, operation, parameters)))

    def _leading_to(self, service: str) -> Clients:
        clients = self._own_clients.get(service, self._clients)
        if clients is None:
            raise TaskError("States.Runtime", _NO_DESTINATION)
        return clients


def _send(clients: Clients, request: TaskRequest, operation: OperationModel, parameters: Mapping[str, Any]) -> Any:
    client = clients.client(operation.service_model.service_name, request.region, _role(clients, request))
    return client._make_api_call(operation.name, parameters)  # noqa: SLF001 - what each client method calls


def _account(request: TaskRequest) -> str:
    """Return whose call it is: that of the state's role, or else the execution's."""
    arn = (request.credentials or {}).get("RoleArn") or request.execution_arn
    return str(arn).split(":")[4]


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
    except NO_ANSWER as error:
        raise aws_errors.client_error(error, "STS") from None


# -- sending again -----------------------------------------------------------------------------------------------------
def given_tokens(request: TaskRequest, operation: OperationModel) -> dict[str, str]:
    """Return the idempotency tokens that we fill in where the user gives none."""
    return dict.fromkeys(operation.idempotent_members, idempotency_token(request))


def idempotency_token(request: TaskRequest) -> str:
    """Return the token of this attempt: the same after a crash, another for the next attempt."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{request.execution_arn}#{request.event}"))


def after_crash(operation: OperationModel) -> AfterCrash:
    """Reads are sent again, and so is what carries an idempotency token, as the token is the same again.

    A deduplication id, as FIFO queues and topics know it, is none: it is forgotten after five minutes.
    """
    repeatable = operation.idempotent_members or is_read(operation)
    return AfterCrash.RESEND if repeatable else AfterCrash.LOST


def is_read(operation: OperationModel) -> bool:
    """Say whether an operation changes nothing, going by its name."""
    name = operation.name
    return _READ.match(name) is not None and (operation.service_model.service_name, name) not in _CONSUMING


def lost(client: str) -> TaskError:
    """Return the failure of a call that the engine did not see the end of; `client` as in the names of errors."""
    return TaskError(
        f"{client}.SdkClientException",
        "Unable to execute HTTP request: the engine stopped before the answer came. "
        "Whether the service did the work is unknown.",
    )
