"""`/health`: the process answers. `/ready`: it takes work: the engine runs, is not draining, and the store answers."""

from collections.abc import Awaitable, Callable

from tobiishi import jsontext
from tobiishi.wire.contract import Request, Response


class Health:
    """`why_not_ready` says in one word or more what is missing; None: nothing."""

    def __init__(self, why_not_ready: Callable[[], Awaitable[str | None]]) -> None:
        self._why_not_ready = why_not_ready

    async def answer(self, request: Request) -> Response | None:
        """Return the answer to a probe; None if the request is none."""
        if not is_probe(request):
            return None
        if request.path == "/health":
            return _json(200, {"status": "alive"})
        reason = await self._why_not_ready()
        return _json(200, {"status": "ready"}) if reason is None else _json(503, {"status": reason})


def is_probe(request: Request) -> bool:
    """Whether a request asks how the server is; one with a signature means something else by that path."""
    is_plain = request.method in {"GET", "HEAD"} and "authorization" not in request.headers
    return is_plain and request.path in {"/health", "/ready"} and not request.query


def _json(status: int, body: dict[str, str]) -> Response:
    return Response(status, {"content-type": "application/json"}, jsontext.encode(body))
