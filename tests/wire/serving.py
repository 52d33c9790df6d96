"""An API whose handlers answer what a test says, and requests as botocore makes them."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from tobiishi.wire.contract import ApiError, Call, Caller, Handler, Request, Response
from tobiishi.wire.json_rpc import JsonService
from tobiishi.wire.models import service_model
from tobiishi.wire.rest_json import RestService

CALLER = Caller("eu-west-1", "123456789012")
SERVICE_CLASSES: dict[str, type[JsonService | RestService]] = {"stepfunctions": JsonService, "lambda": RestService}

Answer = Mapping[str, Any] | Exception


class Served:
    """The calls that reached the handlers stand in `calls`."""

    def __init__(self, service: str, answers: Mapping[str, Answer]) -> None:
        self.service = service
        self.calls: list[Call] = []
        self.handlers: dict[str, Handler] = {name: self._handler(answer) for name, answer in answers.items()}

    def _handler(self, answer: Answer) -> Handler:
        async def handle(call: Call) -> Mapping[str, Any]:
            self.calls.append(call)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return handle


class Everything(Served):
    """Every operation of a service, each with the same answer, which may be changed. Built once, for many requests."""

    def __init__(self, service: str) -> None:
        super().__init__(service, {})
        self.reply: Answer = REACHED
        self.handlers = dict.fromkeys(service_model(service).operation_names, self._handle)
        self._service = SERVICE_CLASSES[service](self)

    async def _handle(self, call: Call) -> Mapping[str, Any]:
        self.calls.append(call)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    async def answer(self, request: Request, reply: Answer) -> Response | None:
        self.calls.clear()
        self.reply = reply
        return await self._service.answer(request, CALLER)


REACHED = ApiError("Reached", "the handler was called", 418)
"""What `Everything` may answer to tell an accepted request from a refused one."""


def as_sent(model: OperationModel, params: Mapping[str, Any]) -> Request:
    """Return a request as botocore serializes and sends it, without its own validation."""
    protocol = model.service_model.metadata["protocol"]
    parts = create_serializer(protocol, include_validation=False).serialize_to_request(dict(params), model)
    path, _, query = parts["url_path"].partition("?")
    pairs = parts["query_string"]
    encoded = urlencode(pairs, doseq=True) if pairs else ""
    prepared = AWSRequest(parts["method"], "http://localhost/", headers=parts["headers"], data=parts["body"]).prepare()
    headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    return Request(parts["method"], path, "&".join(filter(None, (query, encoded))), headers, prepared.body or b"")


def as_parsed(model: OperationModel, response: Response) -> dict[str, Any]:
    """Return what botocore reads in a response."""
    parser = create_parser(model.service_model.metadata["protocol"])
    body: bytes | BytesIO = BytesIO(response.body) if model.has_streaming_output else response.body
    raw = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": body}
    parsed: dict[str, Any] = parser.parse(raw, model.output_shape)
    return {name: item.read() if isinstance(item, BytesIO) else item for name, item in parsed.items()}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
