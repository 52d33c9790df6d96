"""AWS Signature Version 4: who signed a request, and whether the signature holds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. A signature stands in the
Authorization header, or in the query of a presigned URL. Errors are those that AWS's services answer.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote, unquote_plus

from tobiishi.wire.contract import ApiError, Request

ALGORITHM: Final = "AWS4-HMAC-SHA256"
MAX_SKEW_SECONDS: Final = 300
MAX_PRESIGNED_SECONDS: Final = 7 * 24 * 60 * 60
UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"

_ASYMMETRIC: Final = "AWS4-ECDSA-P256-SHA256"
_TERMINATOR: Final = "aws4_request"
_BASIC_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_BASIC: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_PARAMETERS: Final = ("Credential", "SignedHeaders", "Signature")


@dataclass(frozen=True, slots=True)
class Credential:
    """The scope that a signature names: `date` as YYYYMMDD, `service` as in AWS's endpoints (`states`)."""

    access_key: str
    date: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class _Signature:
    """What a signed request says of its signature; `lifetime` in seconds for a presigned URL, else None."""

    credential: Credential
    signed_headers: tuple[str, ...]
    signature: str
    signed_at: str
    lifetime: int | None


def credential_of(request: Request) -> Credential | None:
    """Return whose signature a request bears, unverified; None if it bears none that can be read."""
    try:
        return _signature(request).credential
    except ApiError:
        return None


def verify(request: Request, secret_key: str | None, now: float, session_token: str | None = None) -> None:
    """Return if the request was signed with `secret_key` and arrives in time; `now` in seconds since 1970.

    `secret_key` is None for an access key that nobody has. `session_token` is the one that belongs to temporary
    credentials. Raises `ApiError`: MissingAuthenticationTokenException, IncompleteSignatureException,
    UnrecognizedClientException, InvalidSignatureException, all 403.
    """
    signature = _signature(request)
    if secret_key is None or not _same_token(request, session_token):
        raise ApiError("UnrecognizedClientException", "The security token included in the request is invalid.", 403)
    _check_time(signature, now)
    _check_signed_headers(request, signature)
    payload = _payload_hash(request, signature)
    key = _signing_key(secret_key, signature.credential)
    expected = (
        _sign(key, _string_to_sign(signature, canonical))
        for canonical in _canonical_requests(request, signature, payload)
    )
    given = signature.signature.encode("utf-8", "replace")
    if not any(hmac.compare_digest(candidate.encode(), given) for candidate in expected):
        raise _invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidSignatureException", message, 403)


def _incomplete(message: str) -> ApiError:
    return ApiError("IncompleteSignatureException", message, 403)


def _signature(request: Request) -> _Signature:
    header = request.headers.get("authorization", "").strip()
    if header:
        return _from_header(header, request)
    query = dict(_query_pairs(request.query))
    if "X-Amz-Algorithm" in query:
        return _from_query(query)
    raise ApiError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)


def _from_header(header: str, request: Request) -> _Signature:
    algorithm, _, rest = header.partition(" ")
    _check_algorithm(algorithm)
    pairs = (part.strip().partition("=") for part in rest.split(","))
    given = {name: value for name, _, value in pairs}
    missing = [f"Authorization header requires '{name}' parameter." for name in _PARAMETERS if not given.get(name)]
    if missing:
        raise _incomplete(" ".join(missing))
    return _Signature(
        _credential(given["Credential"]),
        tuple(given["SignedHeaders"].split(";")),
        given["Signature"],
        _header_date(request),
        None,
    )


def _from_query(query: dict[str, str]) -> _Signature:
    _check_algorithm(query["X-Amz-Algorithm"])
    needed = (*(f"X-Amz-{name}" for name in _PARAMETERS), "X-Amz-Date", "X-Amz-Expires")
    missing = [f"AWS query-string parameters must include '{name}'." for name in needed if not query.get(name)]
    if missing:
        raise _incomplete(" ".join(missing))
    expires = query["X-Amz-Expires"]
    if not re.fullmatch(r"[0-9]{1,6}", expires) or int(expires) > MAX_PRESIGNED_SECONDS:
        raise _incomplete(f"X-Amz-Expires must be a number of seconds, at most {MAX_PRESIGNED_SECONDS}.")
    return _Signature(
        _credential(query["X-Amz-Credential"]),
        tuple(query["X-Amz-SignedHeaders"].split(";")),
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        int(expires),
    )


def _check_algorithm(algorithm: str) -> None:
    if algorithm == _ASYMMETRIC:
        raise _incomplete(f"Signature Version 4A ({_ASYMMETRIC}) is not supported: sign with {ALGORITHM}.")
    if algorithm != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': sign with {ALGORITHM}.")


def _credential(text: str) -> Credential:
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != _TERMINATOR or not all(parts):
        raise _incomplete(
            "Credential must have five slash-delimited elements, e.g. KEYID/YYYYMMDD/REGION/SERVICE/TERM."
        )
    return Credential(*parts[:4])


def _header_date(request: Request) -> str:
    given = request.headers.get("x-amz-date") or request.headers.get("date")
    if not given:
        raise _incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if _BASIC.fullmatch(given):
        return given
    try:
        return parsedate_to_datetime(given).astimezone(UTC).strftime(_BASIC_FORMAT)
    except (ValueError, TypeError, OverflowError):
        raise _incomplete("Date must be in ISO-8601 'basic format'.") from None


def _check_time(signature: _Signature, now: float) -> None:
    signed_at = signature.signed_at
    try:
        moment = datetime.strptime(signed_at, _BASIC_FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _incomplete("Date must be in ISO-8601 'basic format'.") from None
    if signature.credential.date != signed_at[:8]:
        raise _invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
    minutes = MAX_SKEW_SECONDS // 60
    allowed = MAX_SKEW_SECONDS if signature.lifetime is None else signature.lifetime
    if moment + allowed < now:
        rule = f" ({_basic(now)} - {minutes} min.)" if signature.lifetime is None else ""
        raise _invalid(f"Signature expired: {signed_at} is now earlier than {_basic(now - allowed)}{rule}")
    if moment - MAX_SKEW_SECONDS > now:
        later = f"{_basic(now + MAX_SKEW_SECONDS)} ({_basic(now)} + {minutes} min.)"
        raise _invalid(f"Signature not yet current: {signed_at} is still later than {later}")


def _basic(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(_BASIC_FORMAT)


def _same_token(request: Request, session_token: str | None) -> bool:
    if session_token is None:
        return True
    given = request.headers.get("x-amz-security-token")
    if given is None:
        given = dict(_query_pairs(request.query)).get("X-Amz-Security-Token", "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), session_token.encode())


def _check_signed_headers(request: Request, signature: _Signature) -> None:
    """Refuse a signature that leaves out the host, or a header that changes what the request means."""
    signed = set(signature.signed_headers)
    if "host" not in signed:
        raise _invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    unsigned = sorted(name for name in request.headers if name.startswith("x-amz-") and name not in signed)
    if unsigned:
        raise _invalid(f"Headers were present in the request that were not signed: {', '.join(unsigned)}.")


def _payload_hash(request: Request, signature: _Signature) -> str:
    """Return the hash that was signed, after a look whether it is the body's."""
    actual = hashlib.sha256(request.body).hexdigest()
    declared = request.headers.get("x-amz-content-sha256")
    if declared is None:
        presigned_s3 = signature.lifetime is not None and signature.credential.service == "s3"
        return UNSIGNED_PAYLOAD if presigned_s3 else actual
    if declared not in {UNSIGNED_PAYLOAD, actual}:
        raise _invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")
    return declared


def _canonical_requests(request: Request, signature: _Signature, payload: str) -> list[str]:
    """Return what may have been signed: signers take the query as it is sent, or encode it anew as RFC 3986 says."""
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in sorted(signature.signed_headers)
    )
    path = _canonical_path(request.path, signature.credential.service)
    names = ";".join(sorted(signature.signed_headers))
    return [
        f"{request.method}\n{path}\n{query}\n{headers}\n{names}\n{payload}"
        for query in sorted({_query_as_sent(request.query), _query_encoded_anew(request.query)})
    ]


def _canonical_path(path: str, service: str) -> str:
    """Return the path with its dots resolved and encoded once more; S3 signs its paths, which are keys, as they are."""
    if service == "s3":
        return path or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    last = "/" if path.endswith("/") and kept else ""
    return quote(f"/{'/'.join(kept)}{last}", safe="/~", errors="surrogateescape")


def _query_as_sent(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&") if query)
    return _joined((name, value) for name, _, value in pairs if name != "X-Amz-Signature")


def _query_encoded_anew(query: str) -> str:
    return _joined(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in _query_pairs(query)
        if name != "X-Amz-Signature"
    )


def _query_pairs(query: str) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _string_to_sign(signature: _Signature, canonical_request: str) -> str:
    scope = signature.credential
    digest = hashlib.sha256(canonical_request.encode("utf-8", "surrogateescape")).hexdigest()
    named = f"{scope.date}/{scope.region}/{scope.service}/{_TERMINATOR}"
    return f"{ALGORITHM}\n{signature.signed_at}\n{named}\n{digest}"


def _signing_key(secret_key: str, scope: Credential) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (scope.date, scope.region, scope.service, _TERMINATOR):
        key = hmac.digest(key, part.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return key


def _sign(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hex()
