"""Requests for services that are not served here, passed on to the endpoint that `--aws` names, and streamed both ways.

Method, path, query, headers and body stay as they are, so the client's signature stays good, and what the endpoint
builds from its Host leads back here. What was passed on carries a mark, and is never passed on a second time: an
endpoint that leads back here would go round for ever.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from tobiishi.server.listener import accept_body
from tobiishi.server.refusals import RefusedError

log = logging.getLogger("tobiishi.server")

HOP: Final = "X-Tobiishi-Hop"
CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 910
"""Between two pieces of an answer: a function that the endpoint runs may take 15 minutes."""

_PER_CONNECTION: Final = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("te", "trailer", "transfer-encoding", "upgrade", "expect"),
}
"""Headers between two neighbours (RFC 9110, 7.6.1); `expect` was answered here."""
_CHUNK: Final = 65_536

TOO_SLOW: Final = "The request's body did not arrive in time."
_LOOP: Final = "A tobiishi passed this request on already. Does its --aws lead back to itself? Name another URL."
_SILENT: Final = "The endpoint that --aws names gives no answer. Is it running?"


class Upstream:
    """One endpoint. Open it within the running loop; close it always."""

    def __init__(self, url: str, body_seconds: float) -> None:
        """`body_seconds` bounds the wait for each piece of a request's body."""
        self._origin = url.rstrip("/")
        self._body_seconds = body_seconds
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
        self._session = aiohttp.ClientSession(
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0),
            skip_auto_headers={"Accept", "Accept-Encoding", "Content-Type", "User-Agent"},
        )

    async def close(self) -> None:
        await self._session.close()

    async def forward(self, http: web.BaseRequest, body: bytes | None = None) -> web.StreamResponse:
        """Pass a request on and its answer back. `body` is what was read of it already, all of it.

        Raises `RefusedError` when there is no answer to pass back, or when the request was passed on before.
        """
        if HOP in http.headers:
            raise RefusedError(508, "LoopDetectedException", _LOOP)
        headers = _passed(http.headers)
        headers[HOP] = "1"
        content = _Content(http, self._body_seconds)
        try:
            async with self._session.request(
                http.method,
                URL(self._origin + http.raw_path, encoded=True),
                headers=headers,
                data=body if body is not None else content.pieces(),
                allow_redirects=False,
            ) as answer:
                return await _pass_back(http, answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            if http.writer.output_size:
                raise ConnectionError("the endpoint's answer broke off") from error
            if content.is_late:
                raise RefusedError(408, "RequestTimeoutException", TOO_SLOW) from None
            log.warning("the endpoint of --aws gave no answer: %s", type(error).__name__)
            raise RefusedError(503, "ServiceUnavailable", _SILENT) from None


class _Content:
    """A request's body on its way. `is_late`: it stopped coming."""

    def __init__(self, http: web.BaseRequest, seconds: float) -> None:
        self._http = http
        self._seconds = seconds
        self.is_late = False

    def pieces(self) -> AsyncIterator[bytes] | None:
        return self._read() if self._http.body_exists else None

    async def _read(self) -> AsyncIterator[bytes]:
        await accept_body(self._http)
        try:
            while True:
                async with asyncio.timeout(self._seconds):
                    piece = await self._http.content.readany()
                if not piece:
                    return
                yield piece
        except TimeoutError:
            self.is_late = True
            raise


def _passed(headers: CIMultiDictProxy[str]) -> "CIMultiDict[str]":
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _PER_CONNECTION | named)


async def _pass_back(http: web.BaseRequest, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_passed(answer.headers))
    await response.prepare(http)
    async for piece in answer.content.iter_chunked(_CHUNK):
        await response.write(piece)
    await response.write_eof()
    return response
