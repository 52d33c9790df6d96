"""HTTP tasks: `arn:aws:states:::http:invoke`.

One request, 60 seconds, no redirects followed: a redirect would take the connection's secrets to another place. The
request goes out a second time only when an OAuth token was refused, after fetching another. Whatever of the
connection's secrets an endpoint echoes is replaced by `***`, in results too, as these are kept in the history.
Source: "Call HTTPS APIs in Step Functions workflows" in the Step Functions developer guide.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import aiohttp

from tobiishi.asl.model import Resource
from tobiishi.interp.payload import task_too_large
from tobiishi.jsontext import JsonError, decode
from tobiishi.tasks.connections import (
    ApiKey,
    Basic,
    Connection,
    Connections,
    HttpParameters,
    OAuth,
    basic_credentials,
    failure,
    redact,
    redact_value,
)
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.http_request import HttpRequest, RequestError, build, connection_arn, form_encoded, parse_endpoint
from tobiishi.tasks.parameters import unusable

TIMEOUT_SECONDS: Final = 60
MAX_RESPONSE_BYTES: Final = 256 * 1024
_UNAUTHORIZED: Final = (401, 407)
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_BINARY: Final = re.compile(r"application/octet-stream$|(?:image|video|audio)/")
_JSON: Final = re.compile(r"application/(?:[\w.-]+\+)?json$")
_TOKEN_SECONDS: Final = 3600
"""How long a token is kept that does not say how long it lasts."""
_RENEW_SECONDS: Final = 30
"""A token is fetched anew this long before it expires."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What an endpoint has answered. Names of headers are in lower case."""

    status: int
    reason: str
    headers: dict[str, list[str]]
    content_type: str
    charset: str
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """A request as it was sent, secrets and all, and as it would be without its connection; `answer` once there is one.

    `secrets` are what must not show unless somebody asks for it.
    """

    sent: HttpRequest
    plain: HttpRequest
    secrets: frozenset[str] = field(repr=False)
    answer: HttpAnswer | None = field(default=None, repr=False)


@dataclass(slots=True)
class _Token:
    value: str = field(repr=False)
    expires: float
    """On the clock of `HttpInvoke`."""


class HttpInvoke:
    """Calls HTTP APIs through connections. Close it when the engine stops. `clock` gives seconds."""

    def __init__(self, connections: Connections, clock: Callable[[], float] = time.monotonic) -> None:
        self._connections = connections
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._tokens: dict[OAuth, _Token] = {}
        self._locks: dict[OAuth, asyncio.Lock] = {}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def refusal(self, resource: Resource, arguments: Any) -> str | None:  # noqa: ARG002 - the protocol's shape
        try:
            connection_arn(arguments)
            build(arguments, HttpParameters())
        except RequestError as error:
            return unusable(arguments, [str(error)])
        return None

    async def call(self, request: TaskRequest) -> Any:
        connection = await self._connections.connection(connection_arn(request.arguments))
        try:
            http_request = build(request.arguments, connection.parameters)
        except RequestError as error:  # what the connection adds does not go with them
            raise TaskError("States.Runtime", unusable(request.arguments, [str(error)])) from None
        return await self._invoke(request, connection, http_request)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:  # noqa: ARG002 - the protocol's shape
        """Return the answer: there is no job to wait for."""
        return submitted

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """Do nothing: there is no job to stop."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        method = request.arguments.get("Method") if isinstance(request.arguments, dict) else None
        return AfterCrash.RESEND if method in _SAFE_METHODS else AfterCrash.LOST

    def lost_error(self, request: TaskRequest) -> TaskError:  # noqa: ARG002 - the same for all
        return TaskError(
            "States.Http.Socket",
            "The engine stopped before the answer came. Whether the endpoint did the work is unknown.",
        )

    async def _invoke(self, request: TaskRequest, connection: Connection, http_request: HttpRequest) -> Any:
        secrets = connection.secrets()
        for last_try in (False, True):
            headers = await self._authorization(connection.authorization, secrets)
            sent = _with_headers(http_request, headers, request.region)
            _show(request, sent, secrets)
            answer = await self._send(request, sent, secrets)
            _show(request, sent, secrets, answer)
            if answer.status not in _UNAUTHORIZED or not isinstance(connection.authorization, OAuth) or last_try:
                break
            self._tokens.pop(connection.authorization, None)
        return _result(answer, secrets)

    async def _send(self, request: TaskRequest, http_request: HttpRequest, secrets: set[str]) -> HttpAnswer:
        try:
            return await self._exchange(http_request)
        except _TooLargeError:
            raise TaskError("States.DataLimitExceeded", task_too_large(request.resource)) from None
        except TimeoutError:
            raise TaskError("States.Http.Socket", f"No answer within {TIMEOUT_SECONDS} seconds.") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise TaskError("States.Http.Socket", redact(f"{type(error).__name__}: {error}", secrets)) from None

    async def _exchange(self, http_request: HttpRequest) -> HttpAnswer:
        async with self._open_session().request(
            http_request.method,
            http_request.url,
            headers=http_request.headers,
            data=http_request.body,
            allow_redirects=False,
        ) as response:
            return HttpAnswer(
                response.status,
                response.reason or "",
                _header_lists(response),
                response.content_type,
                response.charset or "utf-8",
                await _read(response),
            )

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept-Encoding", "Content-Type", "User-Agent"),
                auto_decompress=False,  # nothing compressed was asked for, and a few bytes could become gigabytes
            )
        return self._session

    # -- authorization -------------------------------------------------------------------------------------------------
    async def _authorization(self, authorization: Basic | ApiKey | OAuth, secrets: set[str]) -> dict[str, str]:
        match authorization:
            case Basic(username, password):
                return {"authorization": f"Basic {basic_credentials(username, password)}"}
            case ApiKey(name, value):
                return {name.lower(): value}
            case OAuth():
                token = await self._token(authorization, secrets)
                secrets.add(token)
                return {"authorization": f"Bearer {token}"}

    async def _token(self, oauth: OAuth, secrets: set[str]) -> str:
        async with self._locks.setdefault(oauth, asyncio.Lock()):
            kept = self._tokens.get(oauth)
            if kept is None or kept.expires - _RENEW_SECONDS <= self._clock():
                kept = self._tokens[oauth] = await self._fetch_token(oauth, secrets)
            return kept.value

    async def _fetch_token(self, oauth: OAuth, secrets: set[str]) -> _Token:
        try:
            answer = await self._exchange(_token_request(oauth))
            if answer.status != 200:
                raise _not_authorized(f"the authorization endpoint answered {answer.status}")
            token = decode(answer.body)
            seconds = float(token.get("expires_in", _TOKEN_SECONDS))
            return _Token(str(token["access_token"]), self._clock() + seconds)
        except (aiohttp.ClientError, OSError, _TooLargeError, RequestError) as error:
            raise _not_authorized(redact(str(error) or type(error).__name__, secrets)) from None
        except (JsonError, AttributeError, KeyError, TypeError, ValueError):
            raise _not_authorized("the authorization endpoint gave no token") from None


class _TooLargeError(Exception):
    """The body is larger than a result may be."""


def _not_authorized(reason: str) -> TaskError:
    return failure("InvalidConnectionState", f"The connection is not authorized: {reason}.")


def _token_request(oauth: OAuth) -> HttpRequest:
    """Return the request of RFC 6749, section 4.4.2, with the client's credentials in its body (2.3.1)."""
    form = {
        "grant_type": "client_credentials",
        "client_id": oauth.client_id,
        "client_secret": oauth.client_secret,
        **dict(oauth.parameters.body),
    }
    headers = {name.lower(): value for name, value in oauth.parameters.headers}
    url = parse_endpoint(oauth.endpoint).update_query(oauth.parameters.query)
    if oauth.method == "GET":
        return HttpRequest("GET", url.update_query(form), headers, None)
    headers.setdefault("content-type", "application/x-www-form-urlencoded")
    return HttpRequest(oauth.method, url, headers, form_encoded(form, "REPEAT").encode())


def _show(request: TaskRequest, sent: HttpRequest, secrets: set[str], answer: HttpAnswer | None = None) -> None:
    """Tell whoever watches what goes over the wire."""
    if request.watch is not None:
        plain = _with_headers(build(request.arguments, HttpParameters()), {}, request.region)
        request.watch(HttpExchange(sent, plain, frozenset(secrets), answer))


def _with_headers(http_request: HttpRequest, authorization: dict[str, str], region: str) -> HttpRequest:
    own = {"user-agent": f"Amazon|StepFunctions|HttpInvoke|{region}", "range": f"bytes=0-{MAX_RESPONSE_BYTES}"}
    return replace(http_request, headers={**own, **http_request.headers, **authorization})


def _header_lists(response: aiohttp.ClientResponse) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in response.headers.items():
        lists.setdefault(name.lower(), []).append(value)
    return lists


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            raise _TooLargeError
    return bytes(body)


def _result(answer: HttpAnswer, secrets: set[str]) -> dict[str, Any]:
    """Return the task's result, or raise what the status means."""
    text = redact(_body_text(answer), secrets)
    if not 200 <= answer.status < 300:
        raise TaskError(f"States.Http.StatusCode.{answer.status}", text or redact(answer.reason, secrets))
    return {
        "Headers": {name: [redact(value, secrets) for value in values] for name, values in answer.headers.items()},
        "ResponseBody": redact_value(_body_value(text, answer.content_type), secrets),
        "StatusCode": answer.status,
        "StatusText": redact(answer.reason, secrets),
    }


def _body_text(answer: HttpAnswer) -> str:
    if answer.body and _BINARY.match(answer.content_type) and "content-type" in answer.headers:
        raise _unreadable(f"content of type {answer.content_type}")
    try:
        return answer.body.decode(answer.charset)
    except (UnicodeDecodeError, LookupError):
        raise _unreadable("content that is not text") from None


def _body_value(text: str, content_type: str) -> Any:
    if not _JSON.match(content_type):
        return text
    try:
        return decode(text) if text else ""
    except JsonError:
        return text


def _unreadable(what: str) -> TaskError:
    return TaskError("States.Runtime", f"The endpoint answered with {what}, which an HTTP task cannot read.")
