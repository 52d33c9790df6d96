"""AWS SDK integrations: `arn:aws:states:::aws-sdk:SERVICE:ACTION` for any service and action that botocore knows.

Requests and answers are those of the service's model, with each member written as `aws_casing` says.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import OperationModel

from tobiishi.asl.model import Resource
from tobiishi.interp.payload import task_too_large
from tobiishi.tasks import aws_calls, aws_errors, aws_models, aws_render
from tobiishi.tasks.aws_calls import NO_ANSWER, AwsCalls, given_tokens
from tobiishi.tasks.aws_casing import ParametersError, request_parameters
from tobiishi.tasks.aws_clients import Destination
from tobiishi.tasks.aws_names import client_name
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.parameters import unusable


class AwsSdk:
    """Calls AWS services by `calls`, which the optimized integrations share. The rest is as for `AwsCalls`."""

    def __init__(
        self, destination: Destination | None = None, *, per_service: Mapping[str, Destination] | None = None
    ) -> None:
        self.calls = AwsCalls(destination, per_service=per_service)

    def close(self) -> None:
        """Close idle connections. Calls in flight end in their own time, and nobody waits for them."""
        self.calls.close()

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
        operation = aws_models.operation(request.resource)
        parameters = _parameters(request, operation)
        try:
            return await self.calls.send(
                request, operation, parameters, lambda answer: aws_render.result(answer, operation.output_shape)
            )
        except ClientError as error:
            raise aws_errors.service_error(error, operation) from None
        except aws_render.BodyTooLargeError:
            raise TaskError("States.DataLimitExceeded", task_too_large(request.resource)) from None
        except NO_ANSWER as error:
            raise aws_errors.client_error(error, operation.service_model.service_id) from None

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:  # noqa: ARG002 - the protocol's shape
        """Return the answer: AWS has no `.sync` for SDK integrations."""
        return submitted

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """Do nothing: there is no job to stop."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        """Say whether the call is sent again. The first time for a service this reads its model from disk."""
        return aws_calls.after_crash(aws_models.operation(request.resource))

    def lost_error(self, request: TaskRequest) -> TaskError:
        return aws_calls.lost(client_name(aws_models.operation(request.resource).service_model.service_id))


def _parameters(request: TaskRequest, operation: OperationModel) -> dict[str, Any]:
    if operation.has_event_stream_input or operation.has_event_stream_output:
        raise TaskError("States.Runtime", f"'{request.resource.arn}' is an event stream, which no state can hold.")
    return request_parameters(request.arguments, operation.input_shape, given_tokens(request, operation))
