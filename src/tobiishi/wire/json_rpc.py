"""AWS JSON 1.0, the protocol of Step Functions: every operation is a POST, named by a header.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

import logging
from typing import Final
from uuid import uuid4

from tobiishi import jsontext
from tobiishi.quotas import AWS, Quotas
from tobiishi.wire.contract import Api, ApiError, Call, Caller, Request, Response
from tobiishi.wire.models import service_model
from tobiishi.wire.operations import Operation, decode_body, limits_of

CONTENT_TYPE: Final = "application/x-amz-json-1.0"

log = logging.getLogger("tobiishi.wire")


class JsonService:
    """Answers requests for one API. Building it reads the service model, which blocks for some 40 ms."""

    def __init__(self, api: Api, quotas: Quotas = AWS) -> None:
        model = service_model(api.service)
        limits = limits_of(api.service, quotas)
        prefix = model.metadata["targetPrefix"]
        self._operations = {
            f"{prefix}.{name}": Operation(model.operation_model(name), api.handlers.get(name), limits)
            for name in model.operation_names
        }

    async def answer(self, request: Request, caller: Caller) -> Response:
        """Do what the request asks. Always answers: an error, too, is a `Response`."""
        request_id = str(uuid4())
        try:
            operation = self._operation(request.headers.get("x-amz-target", ""))
            handler = operation.handler
            params = await operation.params(request.body, lambda: decode_body(request.body))
            trace = request.headers.get("x-amzn-trace-id")
            members = await handler(Call(operation.name, params, caller.region, caller.account, request_id, trace))
            return _response(200, request_id, jsontext.encode(operation.write(members)))
        except ApiError as error:
            return refuse(error, request_id)
        except Exception:
            log.exception("request %s failed inside", request_id)
            return refuse(internal_failure(), request_id)

    def _operation(self, target: str) -> Operation:
        operation = self._operations.get(target)
        if operation is None:
            raise ApiError("UnknownOperationException", "The operation that X-Amz-Target names does not exist.")
        return operation


def internal_failure() -> ApiError:
    """Return the error for a fault of this server's own; what went wrong stands in the log only."""
    message = "The request processing has failed because of an unknown error, exception or failure."
    return ApiError("InternalFailure", message, 500)


def refuse(error: ApiError, request_id: str) -> Response:
    """Return an error as this protocol writes it."""
    further = {name: value for name, value in error.members.items() if value is not None}
    body = jsontext.encode({"__type": error.code, "message": error.message, **further})
    return _response(error.status, request_id, body, {"x-amzn-ErrorType": error.code})


def _response(status: int, request_id: str, body: bytes, further: dict[str, str] | None = None) -> Response:
    headers = {"x-amzn-RequestId": request_id, "Content-Type": CONTENT_TYPE, **(further or {})}
    return Response(status, headers, body)
