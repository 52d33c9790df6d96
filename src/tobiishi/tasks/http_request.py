"""An HTTP task's request: the state's arguments and the connection's parameters, merged and encoded.

Where both give the same header, query parameter or field of the body, the connection's value wins. Source: "Call
HTTPS APIs in Step Functions workflows" in the Step Functions developer guide.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from yarl import URL

from tobiishi.jsontext import encode_text
from tobiishi.tasks.connections import HttpParameters

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
FORM: Final = "URL_ENCODED"
_ENCODINGS: Final = ("NONE", FORM)
_ARRAY_FORMATS: Final = ("INDICES", "REPEAT", "COMMAS", "BRACKETS")
_CONNECTION_FIELDS: Final = ("InvocationConfig", "Authentication")
_FIELDS: Final = frozenset(
    ("ApiEndpoint", "Headers", "Method", "QueryParameters", "RequestBody", "Transform", *_CONNECTION_FIELDS)
)
_FORBIDDEN: Final = re.compile(
    r"""
    a-im | accept-(?:charset|datetime|encoding) | authorization | cache-control | connection
    | content-(?:encoding|length|md5) | date | expect | forwarded | from | host | http2-settings
    | if-(?:match|modified-since|none-match|range|unmodified-since) | max-forwards | origin | pragma
    | proxy-authorization | range | referer | server | te | trailer | transfer-encoding | upgrade | user-agent | via
    | warning | x-(?:forwarded|amz|amzn)-.*
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


class RequestError(ValueError):
    """The arguments make no request. The message is one of AWS's sentences."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent. `headers` has each name once, in lower case; nothing of it shows, as it may hold secrets."""

    method: str
    url: URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


def connection_arn(arguments: Any) -> str:
    """Return the ARN of the connection. Raises `RequestError`."""
    if not isinstance(arguments, dict):
        raise RequestError("The value for the field 'Parameters' must be an OBJECT")
    for place in _CONNECTION_FIELDS:
        if place in arguments:
            arn = arguments[place].get("ConnectionArn") if isinstance(arguments[place], dict) else None
            if isinstance(arn, str):
                return arn
            raise RequestError("The field 'ConnectionArn' is required but was missing")
    raise RequestError("The field 'InvocationConfig' is required but was missing")


def build(arguments: Mapping[str, Any], added: HttpParameters) -> HttpRequest:
    """Return the request without its authorization. Raises `RequestError`."""
    for name in arguments:
        if name not in _FIELDS:
            raise RequestError(f"The field '{name}' is not supported by Step Functions")
    method = arguments.get("Method")
    if method not in METHODS:
        raise RequestError(f"The field 'Method' should have one of these values: [{', '.join(METHODS)}]")
    headers = _headers(arguments.get("Headers")) | {name.lower(): value for name, value in added.headers}
    body = _body(arguments, added.body)
    if body is not None:
        headers.setdefault("content-type", "application/json; charset=UTF-8")
    return HttpRequest(
        method, _url(arguments.get("ApiEndpoint"), arguments.get("QueryParameters"), added.query), headers, body
    )


# -- where to ----------------------------------------------------------------------------------------------------------
def _url(endpoint: Any, query: Any, added: tuple[tuple[str, str], ...]) -> URL:
    if endpoint is None:
        raise RequestError("The field 'ApiEndpoint' is required but was missing")
    base = parse_endpoint(endpoint)
    kept = [(name, value) for name, value in _query(query) if name not in dict(added)]
    text = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in [*kept, *added])
    joined = "&".join(part for part in (base.raw_query_string, text) if part)
    return URL(f"{base.with_query(None).with_fragment(None)}" + (f"?{joined}" if joined else ""), encoded=True)


def parse_endpoint(endpoint: Any) -> URL:
    """Return an absolute http or https URL. Credentials belong to the connection, so a URL with any is refused.

    AWS takes https alone. Plain http is allowed here because services on one's own network often have no more.
    """
    invalid = RequestError("The value of the field 'ApiEndpoint' has an invalid format")
    try:
        url = URL(endpoint)
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.user is None and url.password is None
    except (TypeError, ValueError):
        raise invalid from None
    if not usable or _UNSENDABLE.search(endpoint):
        raise invalid
    return url


def _query(query: Any) -> Iterator[tuple[str, str]]:
    """Read query parameters from a text, an object, or an array of either."""
    if isinstance(query, str):
        for part in query.removeprefix("?").split("&"):
            if part:
                name, _, value = part.partition("=")
                yield name, value
    elif isinstance(query, list):
        for item in query:
            yield from _query(item)
    elif isinstance(query, dict):
        for name, value in query.items():
            for item in value if isinstance(value, list) else [value]:
                yield name, _text(item)
    elif query is not None:
        raise RequestError("The value of the field 'QueryParameters' has an invalid format")


# -- headers -----------------------------------------------------------------------------------------------------------
def _headers(headers: Any) -> dict[str, str]:
    if headers is None:
        return {}
    if not isinstance(headers, dict):
        raise RequestError("The value of the field 'Headers' has an invalid format")
    result = {}
    for name, value in headers.items():
        if is_forbidden(name):
            raise RequestError(f"The header '{name}' is not supported by Step Functions")
        text = ", ".join(_text(item) for item in value) if isinstance(value, list) else _text(value)
        if not _TOKEN.fullmatch(name) or _UNSENDABLE.search(text):
            raise RequestError("The value of the field 'Headers' has an invalid format")
        result[name.lower()] = text
    return result


def is_forbidden(name: str) -> bool:
    """Say whether a definition may not set this header: it belongs to the client, a proxy, or the connection."""
    return _FORBIDDEN.fullmatch(name) is not None


# -- the body ----------------------------------------------------------------------------------------------------------
def _body(arguments: Mapping[str, Any], added: tuple[tuple[str, str], ...]) -> bytes | None:
    encoding, array_format = _transform(arguments.get("Transform"))
    body = arguments.get("RequestBody")
    if added:
        if body is not None and not isinstance(body, dict):
            raise RequestError("The field 'RequestBody' must be an object to be merged with the connection's body")
        body = {**(body or {}), **dict(added)}
    if body is None:
        return None
    if isinstance(body, str):
        text = body
    elif encoding == FORM:
        text = form_encoded(body, array_format)
    else:
        text = encode_text(body)
    return text.encode(errors="replace")


def _transform(transform: Any) -> tuple[str, str]:
    """Return the body's encoding and the format of arrays in a form."""
    invalid = RequestError("The value of the field 'Transform' has an invalid format")
    if transform is None:
        return "NONE", "INDICES"
    if not isinstance(transform, dict) or not isinstance(options := transform.get("RequestEncodingOptions", {}), dict):
        raise invalid
    encoding, array_format = transform.get("RequestBodyEncoding", "NONE"), options.get("ArrayFormat", "INDICES")
    if encoding not in _ENCODINGS or array_format not in _ARRAY_FORMATS:
        raise invalid
    return encoding, array_format


def form_encoded(body: Any, array_format: str) -> str:
    """Return a form of an object: nested keys in brackets, arrays in one of AWS's four formats."""
    if not isinstance(body, dict):
        raise RequestError("The value of the field 'RequestBody' has an invalid format")
    pairs = (pair for name, value in body.items() for pair in _pairs(name, value, array_format))
    return "&".join(f"{_quote(name)}={_quote(value, safe=',')}" for name, value in pairs)


def _pairs(name: str, value: Any, array_format: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pairs(f"{name}[{key}]", item, array_format)
    elif not isinstance(value, list):
        yield name, _text(value)
    elif array_format == "COMMAS":
        yield name, ",".join(_text(item) for item in value)
    else:
        for index, item in enumerate(value):
            suffix = {"INDICES": f"[{index}]", "BRACKETS": "[]"}.get(array_format, "")
            yield from _pairs(name + suffix, item, array_format)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode_text(value)


def _quote(text: str, safe: str = "") -> str:
    return quote(text, safe=safe, errors="replace")
