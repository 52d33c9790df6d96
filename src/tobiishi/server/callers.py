"""Who asks: region, account and service, as the signature's credential names them.

The region of a call is the one that its client was configured for, and an access key of 12 digits is an account. That
is how one server is many regions and accounts, with nothing to set up.
"""

import re
from dataclasses import dataclass
from typing import Final

from tobiishi.wire import sigv4
from tobiishi.wire.contract import Caller, Request

_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z0-9]+){1,4}")
_LONGEST_REGION: Final = 32
_ACCOUNT: Final = re.compile(r"[0-9]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asker:
    """A caller, and the service that the signature is for: its name in AWS's endpoints, empty without a signature."""

    caller: Caller
    scope: str


class Callers:
    """`home` is the caller of whom nothing is said."""

    def __init__(self, home: Caller) -> None:
        self._home = home
        self._unsigned = Asker(home, "")

    def of(self, request: Request) -> Asker:
        """Return who makes a request, as far as the request says it; it is not verified here."""
        credential = sigv4.credential_of(request)
        if credential is None:
            return self._unsigned
        region, key = credential.region, credential.access_key
        is_region = len(region) <= _LONGEST_REGION and _REGION.fullmatch(region) is not None
        account = key if _ACCOUNT.fullmatch(key) else self._home.account
        return Asker(Caller(region if is_region else self._home.region, account), credential.service)
