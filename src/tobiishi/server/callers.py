"""Who asks: region, account and service, as the signature's credential names them.

The region of a call is the one that its client was configured for, and an access key of 12 digits is an account. That
is how one server is many regions and accounts, with nothing to set up.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from tobiishi.wire.contract import Caller, Request

_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s&]+)/\d{8}/([^/,\s&]+)/([^/,\s&]+)/aws4_request")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z0-9]+)+")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Asker:
    """A caller, and the service that the signature is for: its name in AWS's endpoints, empty without a signature."""

    caller: Caller
    scope: str


class Callers:
    """`home` is the caller of whom nothing is said."""

    def __init__(self, home: Caller) -> None:
        self._home = home

    def of(self, request: Request) -> Asker:
        """Return who makes a request, as far as the request says it; it is not verified here."""
        given = request.headers.get("authorization") or unquote(request.query)
        found = _CREDENTIAL.search(given)
        if found is None:
            return Asker(self._home, "")
        key, region, scope = found.groups()
        return Asker(
            Caller(
                region=region if _REGION.fullmatch(region) else self._home.region,
                account=key if _ACCOUNT.fullmatch(key) else self._home.account,
            ),
            scope,
        )
