"""What goes wrong with a call to an AWS service, in the words that Step Functions uses.

The name is `<Client>.<Exception>`, both as the AWS SDK for Java v2 names them (`aws_names`). An error that the
service's model knows, by its code, has its own exception. Any other code has the service's base exception, as Secrets
Manager's unmodelled ValidationException is `SecretsManager.SecretsManagerException`. A service whose model knows no
errors at all, such as EC2, has an exception for every code: InvalidInstanceID.NotFound is
`Ec2.InvalidInstanceIdNotFoundException`. The cause is the service's message with the status and request id.
A call that got no answer is `<Client>.SdkClientException`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import ResponseParserError

from tobiishi.tasks.aws_names import base_exception_name, client_name, exception_name
from tobiishi.tasks.contract import TaskError

_HEAD_NOT_FOUND: Final = {"HeadObject": "NoSuchKey", "HeadBucket": "NoSuchBucket"}
"""An answer to HEAD has no body, so no code; the Java SDK's S3 client puts in the one that 404 must mean."""


def service_error(error: ClientError, operation: OperationModel) -> TaskError:
    """Return the task's failure for an error that the service answered."""
    service = operation.service_model
    client = client_name(service.service_id)
    answer = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    code = _code(answer, operation)
    details = [
        f"Service: {client}",
        f"Status Code: {metadata.get('HTTPStatusCode', 0)}",
        f"Request ID: {metadata.get('RequestId') or 'null'}",
    ]
    if metadata.get("HostId") or client == "S3":  # S3's answers always have one, those of emulators may not
        details.append(f"Extended Request ID: {metadata.get('HostId') or 'null'}")
    message = answer.get("Message") or "null"
    return TaskError(f"{client}.{_exception(code, service)}", f"{message} ({', '.join(details)})")


def optimized_error(error: ClientError, operation: OperationModel, client: str, service: str, base: str) -> TaskError:
    """Return the failure of an optimized integration, which speaks as AWS's SDK for Java v1 does.

    `client` begins the error's name, `service` stands in the cause, and `base` is the exception of every error that
    the service's model does not know. Source: recorded executions.
    """
    answer = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    shape = _modelled(_code(answer, operation), operation.service_model)
    exception = base if shape is None else shape.removesuffix("Exception") + "Exception"
    return TaskError(
        f"{client}.{exception}",
        f"{answer.get('Message') or 'null'} (Service: {service}; Status Code: {metadata.get('HTTPStatusCode', 0)}; "
        f"Error Code: {answer.get('Code') or 'null'}; Request ID: {metadata.get('RequestId') or 'null'}; Proxy: null)",
    )


def client_error(error: BaseException, service_id: str) -> TaskError:
    """Return an SDK call's failure for a call that got no answer, or none that can be read."""
    return no_answer(error, client_name(service_id))


def no_answer(error: BaseException, client: str) -> TaskError:
    """Return the failure of a call that got no answer, or none that can be read."""
    if isinstance(error, ResponseParserError):
        cause = "Unable to unmarshall response: the answer is not in the service's format"
    else:
        cause = f"Unable to execute HTTP request: {reason(error)}"
    return TaskError(f"{client}.SdkClientException", cause)


def reason(error: BaseException) -> str:
    """Return why a connection failed: the system's own words where there are any."""
    if isinstance(error, ReadTimeoutError):
        return "Read timed out"
    if isinstance(error, ConnectTimeoutError):
        return "Connect timed out"
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return str(error) if isinstance(error, BotoCoreError) else type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Walk from what botocore raised towards what the socket said."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "kwargs", {}).get("error") or getattr(error, "reason", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__


def _code(answer: Mapping[str, Any], operation: OperationModel) -> str:
    if operation.name in _HEAD_NOT_FOUND and answer.get("Code") == "404":
        return _HEAD_NOT_FOUND[operation.name]
    # Services that moved from the query protocol to JSON answer with both codes; the model knows the newer one.
    return str(answer.get("QueryErrorCode") or answer.get("Code") or "")


def _exception(code: str, service: ServiceModel) -> str:
    if code and not service.error_shapes:
        return exception_name(code)
    shape = _modelled(code, service)
    return base_exception_name(service.service_id) if shape is None else exception_name(shape)


def _modelled(code: str, service: ServiceModel) -> str | None:
    """Return the name of the error's shape, None for a code that the model does not know."""
    return next((shape.name for shape in service.error_shapes if code in (shape.error_code, shape.name)), None)
