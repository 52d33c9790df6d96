"""Optimized integrations that are one call of a service's API, as a table: `sqs:sendMessage`, `dynamodb:getItem`...

A row says which operation a resource stands for and how its input and output differ from an SDK call's. All of them
speak as AWS's SDK for Java v1 does: results carry `SdkHttpMetadata`, and errors and causes have that SDK's names.
Source: "Integrating optimized services" in the Step Functions developer guide, one page per service, and recorded
executions for the exact texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from botocore.model import OperationModel

from tobiishi.asl.model import Resource
from tobiishi.jsontext import encode_text
from tobiishi.tasks import aws_calls, aws_errors, aws_models, aws_render
from tobiishi.tasks.aws_calls import NO_ANSWER, AwsCalls, given_tokens
from tobiishi.tasks.aws_casing import ParametersError, Rules, request_parameters
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.parameters import unusable
from tobiishi.tasks.sdk_metadata import sdk_metadata

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Service:
    """A service's names: botocore's folder, then those in errors: `client` begins an error's name, `name` is the
    Service in causes, `base` the exception of every error that the service's model does not know.
    """

    folder: str
    client: str
    name: str
    base: str


@dataclass(frozen=True, slots=True)
class Row:
    """One action. `json_fields` are the text fields that take any JSON value, which is sent as its text.

    `prepare` changes the request before it is sent; `check` raises `TaskError` for an answer that means failure.
    """

    service: Service
    operation: str
    json_fields: frozenset[str] = frozenset()
    prepare: Callable[[Parameters, TaskRequest], Parameters] = lambda parameters, _: parameters
    check: Callable[[Mapping[str, Any]], None] = lambda _: None

    @property
    def rules(self) -> Rules:
        return Rules(self.json_fields, null_is_given=True)

    def model(self) -> OperationModel:
        """Return the operation's model. The first time for a service this reads it from disk: some 10 ms."""
        return aws_models.service_model(self.service.folder).operation_model(self.operation)


# -- what a row may need -----------------------------------------------------------------------------------------------
def _queue_has_a_host(parameters: Parameters, request: TaskRequest) -> Parameters:  # noqa: ARG001 - a row's shape
    """Refuse a URL that names a host and no queue.

    The SDK for Java v1 sends to the queue's own URL, so on AWS such a host is looked up, and is not there. Here the
    request would go to the endpoint, which takes its own idea of a queue from the rest of the URL.
    """
    url = urlsplit(parameters.get("QueueUrl", ""))
    if url.hostname and url.path in ("", "/"):
        raise TaskError(
            "SQS.SdkClientException", f"Unable to execute HTTP request: {url.hostname}: Name or service not known"
        )
    return parameters


def _with_resources(parameters: Parameters, request: TaskRequest) -> Parameters:
    """Append the machine and its execution to the Resources of each entry."""
    own = [request.machine_arn, request.execution_arn]
    entries = [{**entry, "Resources": [*entry.get("Resources", []), *own]} for entry in parameters.get("Entries", [])]
    return {**parameters, "Entries": entries}


def _no_failed_entries(answer: Mapping[str, Any]) -> None:
    if answer.get("FailedEntryCount"):
        failed = {"Entries": answer.get("Entries", []), "FailedEntryCount": answer["FailedEntryCount"]}
        raise TaskError("EventBridge.FailedEntry", encode_text(failed))


# -- the table ---------------------------------------------------------------------------------------------------------
_DYNAMODB: Final = Service("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException")
_ECS: Final = Service("ecs", "ECS", "AmazonECS", "AmazonECSException")
_EVENTS: Final = Service("events", "EventBridge", "AmazonEventBridge", "AmazonEventBridgeException")
_SNS: Final = Service("sns", "SNS", "AmazonSNS", "AmazonSNSException")
_SQS: Final = Service("sqs", "SQS", "AmazonSQS", "AmazonSQSException")

ROWS: Final[Mapping[str, Row]] = {
    "dynamodb:deleteItem": Row(_DYNAMODB, "DeleteItem"),
    "dynamodb:getItem": Row(_DYNAMODB, "GetItem"),
    "dynamodb:putItem": Row(_DYNAMODB, "PutItem"),
    "dynamodb:updateItem": Row(_DYNAMODB, "UpdateItem"),
    "ecs:runTask": Row(_ECS, "RunTask"),
    "events:putEvents": Row(
        _EVENTS, "PutEvents", frozenset({"Detail"}), prepare=_with_resources, check=_no_failed_entries
    ),
    "sns:publish": Row(_SNS, "Publish", frozenset({"Message"})),
    "sqs:sendMessage": Row(_SQS, "SendMessage", frozenset({"MessageBody"}), prepare=_queue_has_a_host),
}
"""Every action here is request response, or `.waitForTaskToken` where AWS has that. Jobs (`.sync`) are not in it."""


class OptimizedCall:
    """Does the work of one row."""

    def __init__(self, row: Row, calls: AwsCalls) -> None:
        self._row = row
        self._calls = calls

    def refusal(self, resource: Resource, arguments: Any) -> str | None:  # noqa: ARG002 - a row has one resource
        operation = self._row.model()
        try:
            request_parameters(
                arguments, operation.input_shape, dict.fromkeys(operation.idempotent_members, ""), self._row.rules
            )
        except ParametersError as error:
            return unusable(arguments, error.problems)
        return None

    async def call(self, request: TaskRequest) -> Any:
        row, operation = self._row, self._row.model()
        cast = request_parameters(request.arguments, operation.input_shape, given_tokens(request, operation), row.rules)
        parameters = row.prepare(cast, request)
        try:
            answer = await self._calls.send(request, operation, parameters, dict)
        except ClientError as error:
            service = row.service
            raise aws_errors.optimized_error(error, operation, service.client, service.name, service.base) from None
        except NO_ANSWER as error:
            raise aws_errors.no_answer(error, row.service.client) from None
        row.check(answer)
        return {**aws_render.result(answer, operation.output_shape, aws_render.OPTIMIZED), **_metadata(answer)}

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:  # noqa: ARG002 - the protocol's shape
        """Return the answer: no row is a job."""
        return submitted

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """Do nothing: there is no job to stop."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:  # noqa: ARG002 - a row is one operation
        return aws_calls.after_crash(self._row.model())

    def lost_error(self, request: TaskRequest) -> TaskError:  # noqa: ARG002 - a row has one client
        return aws_calls.lost(self._row.service.client)


def optimized_calls(calls: AwsCalls) -> dict[str, OptimizedCall]:
    """Return what does the work of every row, by resource: `sqs:sendMessage`."""
    return {resource: OptimizedCall(row, calls) for resource, row in ROWS.items()}


def _metadata(answer: Mapping[str, Any]) -> dict[str, Any]:
    metadata = answer["ResponseMetadata"]
    return sdk_metadata(metadata["HTTPHeaders"], metadata["HTTPStatusCode"], metadata.get("RequestId", ""))
