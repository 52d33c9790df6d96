"""HTTP connections: aiohttp's parser and protocol, with limits for clients that are slow, or many, or speak no HTTP."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import HttpVersion11, web

from tobiishi.server.limits import Limits
from tobiishi.server.room import Share

log = logging.getLogger("tobiishi.server")

SERVER: Final = {"Server": "tobiishi"}
"""Releases are nobody's business."""

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b"Content-Length: 81\r\n\r\n"
    b'{"__type":"ServiceUnavailable","message":"Too many connections. Try again later"}'
)


class Listener(web.Server):
    """Makes a protocol for each connection."""

    def __init__(self, handle: Handle, limits: Limits) -> None:
        super().__init__(handle, handler_cancellation=True)  # the handler hears when a client goes
        self._limits = limits

    @property
    def is_full(self) -> bool:
        return len(self.connections) >= self._limits.connections

    def __call__(self) -> web.RequestHandler:
        limits = self._limits
        return _Connection(
            self,
            limits.idle_seconds,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.idle_seconds,
            max_line_size=limits.header_bytes,
            max_field_size=limits.header_bytes,
            max_headers=limits.headers,
            lingering_time=2.0,
            auto_decompress=False,
            access_log=None,  # the handler writes its own
        )


class _Connection(web.RequestHandler):
    """Answers what is no HTTP as AWS does: a JSON error that names nothing of the inside."""

    def __init__(self, listener: Listener, seconds: float, **settings: Any) -> None:
        """`seconds` bounds the wait for a client that takes nothing of its answer."""
        super().__init__(listener, **settings)
        self._listener = listener
        self._seconds = seconds
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._listener.is_full:
            assert isinstance(transport, asyncio.Transport)
            transport.write(_FULL)
            transport.close()
        else:
            super().connection_made(transport)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading(None)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._expect_nothing()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect_reading(self, left: int | None) -> None:
        """Cut a client off that takes nothing more: `left` bytes waited for it the last time."""
        if not isinstance(self.transport, asyncio.Transport):
            return
        waiting = self.transport.get_write_buffer_size()
        if left is not None and waiting >= left:
            self.transport.abort()
        else:
            loop = asyncio.get_running_loop()
            self._reading = loop.call_later(self._seconds, self._expect_reading, waiting)

    def _expect_nothing(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes what was sent
    ) -> web.StreamResponse:
        if isinstance(exc, ConnectionError) or request.writer.output_size > 0:
            raise ConnectionError("nobody is there to be answered, or part of the answer was sent already") from exc
        if status >= 500:
            log.error("a request could not be answered", exc_info=exc)
        code, text = ("InternalFailure", "An internal error occurred.")
        if status < 500:
            code, text = ("BadRequest", "The request is not HTTP, or its headers are over the limits.")
        answer = web.Response(
            status=status,
            body=b'{"__type":"%s","message":"%s"}' % (code.encode(), text.encode()),
            content_type="application/x-amz-json-1.0",
            headers=SERVER,
        )
        answer.force_close()
        return answer


class BodyTooLargeError(Exception):
    """The body is longer than it may be. `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


async def accept_body(request: web.BaseRequest) -> None:
    """Tell a client that asked first (`Expect: 100-continue`) to send its body."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


async def read_body(request: web.BaseRequest, limit: int, seconds: float, share: Share) -> bytes:
    """Return the whole body, kept in `share`; each MiB that is announced adds a second to the time it may take.

    Raises `BodyTooLargeError`, `NoRoomError`, `TimeoutError`, and `RequestPayloadError` for one that breaks off.
    """
    length = request.content_length
    if length is not None and length > limit:
        raise BodyTooLargeError(limit)
    if not request.body_exists:
        return b""
    await accept_body(request)
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(seconds + (length or 0) / 1_048_576):
        while part := await request.content.readany():
            size += len(part)
            if size > limit:
                raise BodyTooLargeError(limit)
            share.grow(len(part))
            parts.append(part)
    return b"".join(parts)
