"""Calls that workflows make to services which this very server has: the way of any request, without the network.

`aws-sdk:sfn:*` and `aws-sdk:lambda:*` tasks end here. A request is written and its answer read by botocore, as it would
be for another server, so that the task's result cannot tell the difference.
"""

import io
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.response import StreamingBody
from botocore.serialize import create_serializer

from tobiishi.engine.errors import DrainingError
from tobiishi.wire.contract import Caller, Request, Response


class Answerer(Protocol):
    """A service of this server."""

    async def answer(self, request: Request, caller: Caller) -> Response | None: ...


class Loopback:
    """A way into a service of this server."""

    def __init__(self, service: Answerer) -> None:
        self._service = service

    async def __call__(
        self, operation: OperationModel, parameters: Mapping[str, Any], region: str, account: str
    ) -> Any:
        """Return what botocore's client would. Raises `ClientError`, or `DrainingError` when the server is stopping."""
        response = await self._service.answer(_request(operation, parameters), Caller(region, account))
        assert response is not None, "botocore writes paths that the service model has"
        if response.status == 503:
            raise DrainingError("the server is stopping")
        answer = _parsed(operation, response)
        if response.status >= 300:
            raise ClientError(answer, operation.name)
        return answer


def _request(operation: OperationModel, parameters: Mapping[str, Any]) -> Request:
    serializer = create_serializer(operation.service_model.protocol, include_validation=False)
    written = serializer.serialize_to_request(parameters, operation)
    query = written["query_string"]
    body = written["body"]
    return Request(
        method=written["method"],
        path=written["url_path"],
        query=query if isinstance(query, str) else urlencode(query, doseq=True),
        headers={name.lower(): str(value) for name, value in written["headers"].items()},
        body=body if isinstance(body, bytes) else str(body).encode(),
    )


def _parsed(operation: OperationModel, response: Response) -> Any:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body: Any = response.body
    if operation.has_streaming_output and response.status < 300:
        body = StreamingBody(io.BytesIO(response.body), len(response.body))
    parser = create_parser(operation.service_model.protocol)
    return parser.parse({"headers": headers, "status_code": response.status, "body": body}, operation.output_shape)
