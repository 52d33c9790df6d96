"""Task tokens: unguessable, and not stored. A token is what it names, signed with the store's key."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskToken:
    """One attempt of a state: the execution, the StateEntered event, how often it was retried before."""

    execution: int
    entered: int
    attempt: int


def mint(secret: bytes, token: TaskToken) -> str:
    """Return the token's text, URL-safe."""
    named = f"{token.execution}.{token.entered}.{token.attempt}".encode()
    return base64.urlsafe_b64encode(named + b"." + _sign(secret, named)).decode()


def read(secret: bytes, text: str) -> TaskToken | None:
    """Return what a token names; None if it was not minted with this secret."""
    try:
        raw = base64.urlsafe_b64decode(text.encode())
    except (binascii.Error, ValueError):
        return None
    parts = raw.split(b".", 3)
    if len(parts) != 4 or not hmac.compare_digest(_sign(secret, b".".join(parts[:3])), parts[3]):
        return None
    if base64.urlsafe_b64encode(raw).decode() != text:  # the decoder skips what is not base64
        return None
    execution, entered, attempt = (int(part) for part in parts[:3])
    return TaskToken(execution, entered, attempt)


def _sign(secret: bytes, named: bytes) -> bytes:
    return hmac.new(secret, named, hashlib.sha256).digest()
