"""Which of the services that are served here a request is for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from tobiishi.wire.contract import Caller, Request, Response

_DATED_PATH: Final = re.compile(r"/20[0-9]{2}-[0-9]{2}-[0-9]{2}/")
"""How every path of Lambda begins."""


class Answerer(Protocol):
    """Answers a service's requests; None: no operation has this path."""

    async def answer(self, request: Request, caller: Caller) -> Response | None:
        """Return the answer, which may be an error."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service as requests name it. `scope` is its name in signatures; `target` what stands before the dot of
    X-Amz-Target, for the services that are asked with that; `body_bytes` bounds a request. `polls` are values of
    X-Amz-Target for operations that only wait for something: when their client goes, they take nothing.
    """

    scope: str
    answerer: Answerer
    body_bytes: int
    target: str | None = None
    polls: frozenset[str] = frozenset()

    def is_meant(self, request: Request, scope: str) -> bool:
        """Whether a request is for this service. Without a signature its form has to tell."""
        named = request.headers.get("x-amz-target")
        if self.target is not None and named is not None:
            return named.partition(".")[0] == self.target or scope == self.scope
        if scope:
            return scope == self.scope
        return self.target is None and named is None and _DATED_PATH.match(request.path) is not None


class Router:
    """Knows the services."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = tuple(services)

    def find(self, request: Request, scope: str) -> Service | None:
        """Return the service that a request is for, from its head; None if it is none of ours.

        `scope` is the service's name in the signature, empty if there is none.
        """
        return next((service for service in self._services if service.is_meant(request, scope)), None)
