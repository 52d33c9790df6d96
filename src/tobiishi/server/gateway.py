"""The way of every request: guarded, read within limits, routed, answered, logged."""

import logging
import time
import uuid
from typing import Final

from aiohttp import web
from multidict import CIMultiDictProxy

from tobiishi.server.access_log import AccessLog
from tobiishi.server.callers import Asker, Callers
from tobiishi.server.guard import Guard
from tobiishi.server.health import Health
from tobiishi.server.limits import Limits
from tobiishi.server.listener import BodyTooLargeError, read_body
from tobiishi.server.refusals import RefusedError, refusal
from tobiishi.server.router import Router, Service
from tobiishi.wire.contract import Request, Response

log = logging.getLogger("tobiishi.server")

_NOT_SERVED: Final = "is not served here, and nothing says who else does. Start with --aws URL to pass its requests on."


class Gateway:
    """Answers HTTP requests."""

    def __init__(
        self, *, guard: Guard, router: Router, callers: Callers, health: Health, limits: Limits, access_log: AccessLog
    ) -> None:
        self._guard = guard
        self._router = router
        self._callers = callers
        self._health = health
        self._limits = limits
        self._access_log = access_log

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer a request; whatever goes wrong inside is logged, and answered as AWS's InternalFailure."""
        started = time.perf_counter()
        request_id = str(uuid.uuid4())
        request = _head(http)
        asker = self._callers.of(request)
        try:
            response = await self._answer(http, request, asker)
        except RefusedError as refused:
            response = refusal(request, refused, request_id, asker.scope)
        except Exception:
            log.exception("request %s could not be answered", request_id)
            failure = RefusedError(500, "InternalFailure", "An internal error occurred.")
            response = refusal(request, failure, request_id, asker.scope)
        self._access_log.write(request, asker, response, request_id, time.perf_counter() - started)
        return web.Response(status=response.status, headers=response.headers, body=response.body)

    async def _answer(self, http: web.BaseRequest, request: Request, asker: Asker) -> Response:
        self._guard.check(request)
        probe = await self._health.answer(request)
        if probe is not None:
            return probe
        service = self._router.find(request, asker.scope)
        if service is None:
            raise RefusedError(404, "UnknownOperationException", f"{_subject(asker.scope)} {_NOT_SERVED}")
        body = await self._body(http, service)
        whole = Request(request.method, request.path, request.query, request.headers, body)
        response = await service.answerer.answer(whole, asker.caller)
        if response is None:
            raise RefusedError(404, "UnknownOperationException", "There is no operation at this path.")
        return response

    async def _body(self, http: web.BaseRequest, service: Service) -> bytes:
        try:
            return await read_body(http, service.body_bytes, self._limits.body_seconds)
        except BodyTooLargeError as error:
            message = f"The request's body is over {error.limit} bytes."
            raise RefusedError(413, "RequestEntityTooLargeException", message) from None
        except TimeoutError:
            message = "The request's body did not arrive in time."
            raise RefusedError(408, "RequestTimeoutException", message) from None


def _subject(scope: str) -> str:
    return f"The service '{scope}'" if scope else "What this request asks for"


def _head(http: web.BaseRequest) -> Request:
    """Return a request without its body."""
    path, _, query = http.raw_path.partition("?")
    return Request(http.method, path, query, _lower(http.headers), b"")


def _lower(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Return headers by their names in lower case; values of a name that comes twice are joined with commas."""
    lower: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        lower[key] = f"{lower[key]},{value}" if key in lower else value
    return lower
