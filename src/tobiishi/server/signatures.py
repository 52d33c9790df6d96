"""Whether a request was signed by somebody who is known here."""

from collections.abc import Callable, Mapping

from tobiishi.wire import sigv4
from tobiishi.wire.contract import ApiError, Request


class Signatures:
    """`keys`: secrets by access key. `now` tells seconds since 1970."""

    def __init__(self, keys: Mapping[str, str], now: Callable[[], float]) -> None:
        self._keys = keys
        self._now = now

    def check(self, request: Request, service: str | None = None) -> None:
        """Return if the signature is that of a known key, made for `service`; None: for any.

        Raises `ApiError`, as AWS answers it.
        """
        credential = sigv4.credential_of(request)
        secret = None if credential is None else self._keys.get(credential.access_key)
        sigv4.verify(request, secret, self._now())
        if credential is not None and service not in {None, credential.service}:
            message = f"Credential should be scoped to correct service: '{service}'."
            raise ApiError("InvalidSignatureException", message, 403)

    def need_body(self, request: Request) -> bool:
        """Whether the body is part of what was signed."""
        return request.headers.get("x-amz-content-sha256") != sigv4.UNSIGNED_PAYLOAD
