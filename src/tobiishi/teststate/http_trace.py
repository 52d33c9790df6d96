"""The HTTP request and response of an HTTP task, as a test at level TRACE shows them.

Without `revealSecrets` the request is shown as the state alone makes it, without anything that its connection adds, and
no secret of the connection shows in the response.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionDataRequest.html
"""

from collections.abc import Iterable
from typing import Any, Final

from tobiishi.tasks.connections import redact
from tobiishi.tasks.http import HttpAnswer, HttpExchange
from tobiishi.tasks.http_request import HttpRequest

_CANONICAL: Final = {"authorization": "Authorization", "range": "Range", "user-agent": "User-Agent"}
"""Headers that the client itself sets, as AWS spells them."""
_LAST: Final = ("User-Agent", "Range")
"""Headers that AWS lists after all others."""


def request_data(exchange: HttpExchange, *, reveal: bool) -> dict[str, Any]:
    """Return an InspectionDataRequest."""
    request = exchange.sent if reveal else exchange.plain
    data = {
        "protocol": request.url.scheme,
        "method": request.method,
        "url": str(request.url),
        "headers": _listed(sorted(_spelled(request), key=lambda header: header[0] in _LAST)),
    }
    return data | _body(request)


def _spelled(request: HttpRequest) -> Iterable[tuple[str, str]]:
    return ((_CANONICAL.get(name, name), value) for name, value in request.headers.items())


def _body(request: HttpRequest) -> dict[str, str]:
    return {} if request.body is None else {"body": request.body.decode(errors="replace")}


def response_data(exchange: HttpExchange, answer: HttpAnswer, *, reveal: bool) -> dict[str, Any]:
    """Return an InspectionDataResponse."""
    headers = _listed((name, value) for name, values in answer.headers.items() for value in values)
    data = {
        "protocol": exchange.sent.url.scheme,
        "statusCode": str(answer.status),
        "statusMessage": answer.reason,
        "headers": headers,
        "body": answer.body.decode("utf-8", "replace"),
    }
    secrets = set() if reveal else set(exchange.secrets)
    return {name: redact(text, secrets) for name, text in data.items()}


def _listed(headers: Iterable[tuple[str, str]]) -> str:
    return f"[{', '.join(f'{name}: {value}' for name, value in headers)}]"
