"""Tokens that carry a list from page to page: opaque, signed, bound to one list and its filters, good for a day.

Nothing is kept for them, so they survive a restart and cost no memory.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html: a token expires after 24 hours,
and one that has expired, or that was not minted for the same list, is an InvalidToken.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.wire.contract import ApiError

LIFETIME_SECONDS: Final = 24 * 60 * 60
MAX_CHARACTERS: Final = 1024
"""What the shape PageToken allows a client to send back."""

_SIGNATURE_BYTES: Final = 16


class PageTokens:
    """Mints and reads the tokens of every list. `now` tells seconds since 1970."""

    def __init__(self, secret: bytes, now: Callable[[], float]) -> None:
        # A key of its own: what this store's key signs elsewhere can never be taken for a page token.
        self._key = hmac.digest(secret, b"page tokens", hashlib.sha256)
        self._now = now

    def mint(self, list_name: str, scope: str, position: Any) -> str:
        """Return the token for the page that starts at `position`, a JSON value of a few hundred bytes.

        `scope` is whatever the list was narrowed to. Raises `ValueError` if the token would be too long to come back.
        """
        claim = jsontext.encode([int(self._now()) + LIFETIME_SECONDS, position])
        token = base64.urlsafe_b64encode(self._sign(list_name, scope, claim) + claim).decode()
        if len(token) > MAX_CHARACTERS:
            raise ValueError(f"the position in {list_name} is too long for a page token")
        return token

    def read(self, list_name: str, scope: str, token: str) -> Any:
        """Return the position in a token; tuples come back as lists. Raises `ApiError` InvalidToken."""
        try:
            raw = base64.urlsafe_b64decode(token.encode())
        except (binascii.Error, ValueError):
            raise _invalid() from None
        signature, claim = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        # The decoder skips what is not base64, so only the one spelling that was minted counts.
        genuine = hmac.compare_digest(signature, self._sign(list_name, scope, claim))
        if not genuine or base64.urlsafe_b64encode(raw).decode() != token:
            raise _invalid()
        expires, position = jsontext.decode(claim)
        if self._now() >= expires:
            raise _invalid()
        return position

    def _sign(self, list_name: str, scope: str, claim: bytes) -> bytes:
        return hmac.digest(self._key, jsontext.encode([list_name, scope]) + claim, hashlib.sha256)[:_SIGNATURE_BYTES]


def _invalid() -> ApiError:
    return ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
