"""Who may ask at all. A web page in the user's own browser must never reach an operation, on loopback least of all.

A page can send requests to 127.0.0.1, by name (DNS rebinding: the Host gives it away) or by address (Origin and
Sec-Fetch-Site do). AWS's own tools send neither of the two headers, and name the host that they were told.
"""

import re
from collections.abc import Iterable
from typing import Final

from tobiishi.server.loopback import is_loopback
from tobiishi.server.refusals import RefusedError
from tobiishi.wire.contract import Request

_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::[0-9]*)?", re.ASCII)
_OWN_SITES = {"same-origin", "none"}


class Guard:
    """`allowed_hosts` are names besides those of loopback, without a port."""

    def __init__(self, allowed_hosts: Iterable[str] = ()) -> None:
        self._allowed = frozenset(host.lower().rstrip(".") for host in allowed_hosts)

    def check(self, request: Request) -> None:
        """Raise `RefusedError` for what may not go on."""
        objection = self._objection(request)
        if objection is not None:
            raise RefusedError(403, "AccessDeniedException", objection)

    def _objection(self, request: Request) -> str | None:
        host = request.headers.get("host", "")
        if not self._is_allowed(_name_of(host)):
            return "This Host is not served here. Name it with --allowed-host to allow it."
        origin = request.headers.get("origin")
        if origin is not None and not _is_origin_of(origin, host):
            return "Requests of other web pages are refused."
        if request.headers.get("sec-fetch-site", "none") not in _OWN_SITES:
            return "Requests of other web sites are refused."
        if request.method == "OPTIONS":
            return "Preflight requests of web pages are refused."
        return None

    def _is_allowed(self, name: str) -> bool:
        return any(is_loopback(each) or each in self._allowed for each in (name, name.removeprefix("sync-")))


def _name_of(host: str) -> str:
    """Return a Host header's name, in lower case, without port, brackets and a final dot; empty if it is no host."""
    found = _HOST.fullmatch(host)
    return "" if found is None else (found[1] or found[2]).lower().rstrip(".")


def _is_origin_of(origin: str, host: str) -> bool:
    return origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}
