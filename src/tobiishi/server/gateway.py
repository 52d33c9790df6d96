"""The way of every request: guarded, routed, read within limits, verified, answered or passed on, logged."""

import asyncio
import logging
import time
import uuid
from typing import Final

from aiohttp import web
from multidict import CIMultiDictProxy

from tobiishi.server.access_log import AccessLog
from tobiishi.server.callers import Asker, Callers
from tobiishi.server.deployments import Deployments
from tobiishi.server.guard import Guard
from tobiishi.server.health import Health
from tobiishi.server.limits import Limits
from tobiishi.server.listener import SERVER, BodyTooLargeError, read_body
from tobiishi.server.refusals import RefusedError, refusal
from tobiishi.server.room import NoRoomError, Room, Share
from tobiishi.server.router import Router, Service
from tobiishi.server.signatures import Signatures
from tobiishi.server.upstream import TOO_SLOW, Upstream
from tobiishi.wire.contract import ApiError, Caller, Request, Response

log = logging.getLogger("tobiishi.server")

NOWHERE: Final = "is not served here, and nothing says who else does. Start with --aws URL to pass its requests on."
NOT_TO_AWS: Final = (
    "is not served here. With --aws real its requests are not passed on: somebody would have to sign them again, with "
    "credentials that are not the caller's. Name this server in AWS_ENDPOINT_URL_SFN instead of AWS_ENDPOINT_URL."
)
_NO_ROOM: Final = "Too many large requests are here at once. Try again later."


class Gateway:
    """Answers HTTP requests. `signatures` None: nobody needs to sign.

    Without an `upstream`, `elsewhere` completes the sentence that says what becomes of other services' requests.
    """

    def __init__(
        self,
        *,
        guard: Guard,
        router: Router,
        callers: Callers,
        health: Health,
        limits: Limits,
        access_log: AccessLog,
        signatures: Signatures | None = None,
        upstream: Upstream | None = None,
        deployments: Deployments | None = None,
        elsewhere: str = NOWHERE,
    ) -> None:
        self._guard = guard
        self._router = router
        self._callers = callers
        self._health = health
        self._limits = limits
        self._access_log = access_log
        self._signatures = signatures
        self._upstream = upstream
        self._deployments = deployments
        self._elsewhere = elsewhere
        self._room = Room(limits.bodies_bytes)
        self._begun: set[asyncio.Future[Response | None]] = set()

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer a request; whatever goes wrong inside is logged, and answered as AWS's InternalFailure."""
        started = time.perf_counter()
        request = _head(http)
        asker = self._callers.of(request)
        share = self._room.share()
        try:
            answer = await self._answer(http, request, asker, share)
        except ConnectionError:
            raise  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - `_refused` logs what nobody expected
            request_id = str(uuid.uuid4())
            answer = _written(refusal(request, _refused(error, request_id), request_id, asker.scope))
        finally:
            share.leave()
        self._access_log.write(request, asker, answer, time.perf_counter() - started)
        return answer

    async def _answer(self, http: web.BaseRequest, request: Request, asker: Asker, share: Share) -> web.StreamResponse:
        self._guard.check(request)
        if not request.path.startswith("/"):
            raise RefusedError(400, "BadRequest", "A request names a path of this server.")
        probe = await self._health.answer(request)
        if probe is not None:
            return _written(probe)
        service = self._router.find(request, asker.scope)
        if service is None:
            return await self._pass_on(http, request, asker, share)
        whole = await self._whole(http, request, service.body_bytes, share)
        if self._signatures is not None:
            self._signatures.check(whole, service.scope)
        return _written(await self._serve(whole, asker.caller, service, share))

    async def _serve(self, request: Request, caller: Caller, service: Service, share: Share) -> Response:
        response = await self._outcome(service, request, caller, share)
        if response is None:
            raise RefusedError(404, "UnknownOperationException", "There is no operation at this path.")
        return response

    async def _outcome(self, service: Service, request: Request, caller: Caller, share: Share) -> Response | None:
        """Have a request answered. What has begun is carried out though the client goes, but for a poll."""
        answering = asyncio.ensure_future(service.answerer.answer(request, caller))
        share.used_by(answering)
        if request.headers.get("x-amz-target") in service.polls:
            return await answering
        self._begun.add(answering)
        answering.add_done_callback(self._begun.discard)
        return await asyncio.shield(answering)

    async def _pass_on(self, http: web.BaseRequest, request: Request, asker: Asker, share: Share) -> web.StreamResponse:
        deploys = self._deployments is not None and self._deployments.are_meant(request, asker.scope)
        body = None
        if deploys or (self._signatures is not None and self._signatures.need_body(request)):
            request = await self._whole(http, request, self._limits.upload_bytes, share)
            body = request.body
        if self._signatures is not None:
            self._signatures.check(request)
        if self._upstream is None:
            subject = f"The service '{asker.scope}'" if asker.scope else "What this request asks for"
            raise RefusedError(404, "UnknownOperationException", f"{subject} {self._elsewhere}")
        if deploys and self._deployments is not None:
            await self._deployments.check(request)
        return await self._upstream.forward(http, body)

    async def _whole(self, http: web.BaseRequest, request: Request, limit: int, share: Share) -> Request:
        """Return the request with its body. Raises `RefusedError` for one that is too large, or too slow."""
        try:
            body = await read_body(http, limit, self._limits.body_seconds, share)
        except BodyTooLargeError:
            message = f"The request's body is over {limit} bytes."
            raise RefusedError(413, "RequestEntityTooLargeException", message) from None
        except NoRoomError:
            raise RefusedError(503, "ServiceUnavailable", _NO_ROOM) from None
        except TimeoutError:
            raise RefusedError(408, "RequestTimeoutException", TOO_SLOW) from None
        except web.RequestPayloadError:
            raise RefusedError(400, "BadRequest", "The request's body is not what its headers say.") from None
        return Request(request.method, request.path, request.query, request.headers, body)


def _refused(error: Exception, request_id: str) -> RefusedError:
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, ApiError):
        return RefusedError(error.status, error.code, error.message)
    log.error("request %s could not be answered", request_id, exc_info=error)
    return RefusedError(500, "InternalFailure", "An internal error occurred.")


def _written(response: Response) -> web.Response:
    answer = web.Response(status=response.status, headers={**response.headers, **SERVER}, body=response.body)
    if response.status in {403, 408, 413, 503}:
        answer.force_close()  # the rest of the request, if there is one, is read by nobody
    return answer


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
