"""Which service a request is for, and who answers for it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tobiishi.wire.contract import Caller, Request, Response


class JsonAnswerer(Protocol):
    """A service whose operation stands in X-Amz-Target."""

    async def answer(self, request: Request, caller: Caller) -> Response: ...


class RestAnswerer(Protocol):
    """A service whose operation is its method and path; None: not a path of this service."""

    async def answer(self, request: Request, caller: Caller) -> Response | None: ...


class Router:
    """The services served here: `json` by the name before the dot of X-Amz-Target, `rest` in order."""

    def __init__(self, json: Mapping[str, JsonAnswerer], rest: Sequence[tuple[str, RestAnswerer]] = ()) -> None:
        self._json = dict(json)
        self._rest = tuple(rest)

    def _json_service(self, request: Request) -> JsonAnswerer | None:
        """Return the JSON service that a request names; one of ours even if the operation does not exist."""
        target = request.headers.get("x-amz-target", "")
        return self._json.get(target.partition(".")[0])

    async def answer(self, request: Request, caller: Caller, scope: str) -> Response | None:
        """Return the answer of the service that the request is for; None if none here is meant.

        `scope` is the service's name in the signature, empty if there is none.
        """
        service = self._json_service(request)
        if service is not None:
            return await service.answer(request, caller)
        for name, rest in self._rest:
            if scope in {name, ""}:
                response = await rest.answer(request, caller)
                if response is not None:
                    return response
        return None
