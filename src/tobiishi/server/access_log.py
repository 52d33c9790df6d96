"""One line for each request: what was asked and how it went. No payload, no signature, no query."""

import logging
from typing import Final

from aiohttp.web import StreamResponse

from tobiishi.server.callers import Asker
from tobiishi.server.health import is_probe
from tobiishi.wire.contract import Request

log = logging.getLogger("tobiishi.access")

_LONGEST: Final = 100


class AccessLog:
    """Writes to the logger `tobiishi.access`; the fields of a line are in the record's `fields` too.

    Probes that find all well are mentioned to those who debug only.
    """

    def write(self, request: Request, asker: Asker, answer: StreamResponse, seconds: float) -> None:
        level = logging.DEBUG if answer.status == 200 and is_probe(request) else logging.INFO
        if not log.isEnabledFor(level):
            return
        fields = {
            "request_id": answer.headers.get("x-amzn-RequestId", ""),
            "service": asker.scope,
            "operation": _operation(request),
            "status": answer.status,
            "ms": round(seconds * 1000, 1),
        }
        line = " ".join(f"{name}={value}" for name, value in fields.items() if value != "")
        log.log(level, "%s", line, extra={"fields": fields})


def _operation(request: Request) -> str:
    """Return what is asked for, as far as the head of a request says it, without anything that could be a value."""
    target = request.headers.get("x-amz-target")
    name = target.rpartition(".")[2] if target else f"{request.method}_{request.path}"
    return name[:_LONGEST].replace(" ", "_")
