"""AWS REST JSON, the protocol of Lambda: an operation is a method and a path, its members are spread over HTTP.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

import logging
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from botocore.model import OperationModel, ServiceModel

from tobiishi import jsontext
from tobiishi.quotas import AWS, Quotas
from tobiishi.wire.bindings import AnswerBinding, RequestBinding
from tobiishi.wire.contract import Api, ApiError, Call, Caller, Handler, Request, Response
from tobiishi.wire.json_rpc import internal_failure
from tobiishi.wire.models import service_model
from tobiishi.wire.operations import Operation, limits_of
from tobiishi.wire.routes import Match, Query, Routes, parse_query

CONTENT_TYPE: Final = "application/json"

log = logging.getLogger("tobiishi.wire")


class _RestOperation(Operation):
    """An operation with its places in HTTP."""

    @cached_property
    def request_binding(self) -> RequestBinding:
        return RequestBinding(self.model)

    @cached_property
    def answer_binding(self) -> AnswerBinding:
        return AnswerBinding(self.model)


class RestService:
    """Answers requests for one API. Building it reads the service model, which blocks for some 40 ms."""

    def __init__(self, api: Api, quotas: Quotas = AWS) -> None:
        model = service_model(api.service)
        models: list[OperationModel] = [model.operation_model(name) for name in model.operation_names]
        limits = limits_of(api.service, quotas)
        self._routes = Routes(models)
        self._errors = _Errors(model)
        self._operations = {each.name: _RestOperation(each, api.handlers.get(each.name), limits) for each in models}

    async def answer(self, request: Request, caller: Caller) -> Response | None:
        """Do what the request asks; None if no operation of this service has its path."""
        request_id = str(uuid4())
        try:
            query = parse_query(request.query)
            match = self._routes.match(request.method, request.path, query)
            return None if match is None else await self._perform(match, request, query, caller, request_id)
        except ApiError as error:
            return self._errors.refuse(error, request_id)
        except Exception:
            log.exception("request %s failed inside", request_id)
            return self._errors.refuse(internal_failure(), request_id)

    async def _perform(self, match: Match, request: Request, query: Query, caller: Caller, request_id: str) -> Response:
        if match.operation is None:
            raise ApiError("UnknownOperationException", f"There is no operation {request.method} at this path.", 404)
        operation = self._operations[match.operation]
        handler: Handler = operation.handler
        params = await operation.params(
            request.body, lambda: operation.request_binding.gather(request, match.labels, query)
        )
        members = await handler(Call(operation.name, params, caller.region, caller.account, request_id))
        status, headers, body = operation.answer_binding.spread(operation.write(members))
        return _response(status, request_id, body, headers)


class _Errors:
    """Writes errors as the model has them: their status, their spelling of `message`, what stands in headers."""

    def __init__(self, model: ServiceModel) -> None:
        self._shapes = {shape.name: shape for shape in model.error_shapes}

    def refuse(self, error: ApiError, request_id: str) -> Response:
        shape = self._shapes.get(error.code)
        status, spelled, located = error.status, "message", {}
        if shape is not None:
            status = shape.metadata.get("error", {}).get("httpStatusCode", status)
            spelled = "Message" if "Message" in shape.members else "message"
            located = {
                name: member.serialization["name"]
                for name, member in shape.members.items()
                if member.serialization.get("location") == "header"
            }
        body: dict[str, Any] = {"Type": "User" if status < 500 else "Service", spelled: error.message}
        headers = {"x-amzn-ErrorType": error.code}
        for name, value in error.members.items():
            if value is not None and name in located:
                headers[located[name]] = str(value)
            elif value is not None:
                body[name] = value
        return _response(status, request_id, jsontext.encode(body), headers)


def _response(status: int, request_id: str, body: bytes, further: dict[str, str]) -> Response:
    headers = {"x-amzn-RequestId": request_id, **further}
    if body:
        headers.setdefault("Content-Type", CONTENT_TYPE)
    return Response(status, headers, body)
