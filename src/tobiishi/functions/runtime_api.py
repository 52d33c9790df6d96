"""Lambda's Runtime API, served to the workers of this engine.

One server on a loopback port serves all workers. A worker's address is `HOST:PORT/KEY`: the key says which worker is
speaking, and since it cannot be guessed, no other process of the machine can fetch a payload or answer in its place.

Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes" (version 2018-06-01).
"""

import asyncio
import secrets
import uuid
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from tobiishi.jsontext import encode

MAX_REQUEST: Final = 6 * 1024 * 1024
"""Bytes of an invocation's payload (Lambda quotas)."""
MAX_EVENT: Final = 1024 * 1024
"""The same, if nobody waits for the invocation."""
MAX_RESPONSE: Final = MAX_REQUEST + 100
"""Bytes of a function's answer; the odd hundred stands in Lambda's own message."""

_VERSION: Final = "2018-06-01"


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker is asked to do.

    `client_context` is JSON text. `deadline_ms`, known once a worker takes it, is the time in ms since the epoch when
    the worker will be ended.
    """

    id: str
    payload: bytes
    arn: str
    client_context: str | None = None
    deadline_ms: int = 0

    def headers(self) -> dict[str, str]:
        headers = {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{self.deadline_ms // 1000:08x}-{uuid.uuid4().hex[:24]};Sampled=0",
        }
        if self.client_context:
            headers["Lambda-Runtime-Client-Context"] = self.client_context
        return headers


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request, or of starting a worker: a result, or the JSON text of an error."""

    payload: bytes
    failed: bool = False


def error_reply(error_type: str, message: str) -> Reply:
    """Return an error that Lambda, not the function, reports."""
    return Reply(encode({"errorType": error_type, "errorMessage": message}), failed=True)


class WorkerGoneError(Exception):
    """The worker ended before it answered. `delivered`: it had taken the request, so its code may have run."""

    def __init__(self, *, delivered: bool) -> None:
        super().__init__("the worker ended")
        self.delivered = delivered


class Channel:
    """The engine's end of the conversation with one worker: one request at a time."""

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(16)
        self.started: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        """None once the worker waits for its first request; a `Reply` if its initialisation failed."""
        self._requests: asyncio.Queue[Request | None] = asyncio.Queue()
        self._request: Request | None = None
        self._reply: asyncio.Future[Reply] | None = None
        self._closed = False

    # -- the engine's side -----------------------------------------------------------------------------------------
    async def ask(self, request: Request) -> Reply:
        """Hand over a request and wait for the answer. Raises `WorkerGoneError`."""
        if self._closed:
            raise WorkerGoneError(delivered=False)
        self._reply = asyncio.get_running_loop().create_future()
        self._requests.put_nowait(request)
        return await self._reply

    def close(self) -> None:
        """The worker has ended."""
        delivered = self._requests.empty()
        self._closed = True
        self._requests.put_nowait(None)
        for waiting in (self.started, self._reply):
            if waiting is not None and not waiting.done():
                waiting.set_exception(WorkerGoneError(delivered=delivered))
                waiting.exception()  # whoever waits gets it; if nobody does, that is no error

    # -- the worker's side -----------------------------------------------------------------------------------------
    async def next(self) -> Request | None:
        """Return the next request, None if there will be none."""
        if not self.started.done():
            self.started.set_result(None)
        self._request = await self._requests.get()
        return self._request

    def fail_to_start(self, reply: Reply) -> None:
        if not self.started.done():
            self.started.set_result(reply)

    def answer(self, request_id: str, reply: Reply) -> bool:
        """Take the answer to the request in hand; False if that is not the one."""
        if self._request is None or self._request.id != request_id or self._reply is None or self._reply.done():
            return False
        self._reply.set_result(reply)
        return True


class RuntimeApi:
    """The server. `open` and `close` it; give each worker a channel."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def open(self) -> None:
        app = web.Application(client_max_size=MAX_RESPONSE)
        runtime = f"/{{key}}/{_VERSION}/runtime"
        app.add_routes(
            [
                web.get(f"{runtime}/invocation/next", self._next),
                web.post(f"{runtime}/invocation/{{request}}/response", self._response),
                web.post(f"{runtime}/invocation/{{request}}/error", self._error),
                web.post(f"{runtime}/init/error", self._init_error),
            ]
        )
        # A connection must outlive the longest function: its client cannot send an answer a second time.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, keepalive_timeout=3600)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop serving; every worker has ended before."""
        if self._runner is not None:
            await self._runner.cleanup()

    def open_channel(self) -> Channel:
        channel = Channel()
        self._channels[channel.key] = channel
        return channel

    def close_channel(self, channel: Channel) -> None:
        if self._channels.pop(channel.key, None) is not None:
            channel.close()

    def address(self, channel: Channel) -> str:
        """Return the AWS_LAMBDA_RUNTIME_API of the channel's worker."""
        return f"127.0.0.1:{self._port}/{channel.key}"

    def _channel(self, http: web.Request) -> Channel:
        try:
            return self._channels[http.match_info["key"]]
        except KeyError:
            raise web.HTTPForbidden from None

    async def _next(self, http: web.Request) -> web.Response:
        request = await self._channel(http).next()
        if request is None:
            raise web.HTTPGone
        return web.Response(body=request.payload, content_type="application/json", headers=request.headers())

    async def _response(self, http: web.Request) -> web.Response:
        return await self._take(http, failed=False)

    async def _error(self, http: web.Request) -> web.Response:
        return await self._take(http, failed=True)

    async def _take(self, http: web.Request, *, failed: bool) -> web.Response:
        channel, request_id = self._channel(http), http.match_info["request"]
        try:
            reply = Reply(await http.read(), failed)
        except web.HTTPRequestEntityTooLarge:
            text = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
            channel.answer(request_id, error_reply("Function.ResponseSizeTooLarge", text))
            raise
        if not channel.answer(request_id, reply):
            raise web.HTTPBadRequest(text="InvalidRequestID")
        return _accepted()

    async def _init_error(self, http: web.Request) -> web.Response:
        self._channel(http).fail_to_start(Reply(await http.read(), failed=True))
        return _accepted()


def _accepted() -> web.Response:
    return web.json_response({"status": "OK"}, status=202)
