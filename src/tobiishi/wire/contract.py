"""What stands between AWS's protocols and the handlers of a service's operations.

A request becomes a `Call` once it is authenticated, parsed and validated against the service model. A handler answers
with the members of the operation's output shape, or raises `ApiError`. Neither knows of HTTP.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """One request for an operation.

    `params` has the members that were given, named as in the service model, with Python values as boto3 takes them:
    timestamps are datetimes, blobs are bytes. `region` and `account` are the caller's. `trace_header` is the request's
    own X-Amzn-Trace-Id.
    """

    operation: str
    params: Mapping[str, Any]
    region: str
    account: str
    request_id: str
    trace_header: str | None = None


class ApiError(Exception):
    """An error as AWS answers it. `code` is the shape's name; `members` are its further members, such as `reason`."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


Handler = Callable[[Call], Awaitable[Mapping[str, Any]]]
"""Does one operation. Members of the answer that are None are left out; timestamps may be seconds or datetimes."""


class Api(Protocol):
    """The operations of one AWS service that are served here."""

    @property
    def service(self) -> str:
        """The service's name in botocore: `stepfunctions`, `lambda`."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By operation, as the service model names it. What is missing answers that it is not available."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, read whole. `path` and `query` are as they were sent; names in `headers` are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as ARNs are concerned: what the signature's credential says, or the server's own defaults."""

    region: str
    account: str
