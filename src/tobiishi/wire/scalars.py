"""Reads JSON's scalars as a service model's types. A wrong type is a SerializationException, in AWS's words."""

import base64
import binascii
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from tobiishi.wire.contract import ApiError

Scalar = Callable[[Any], Any]

_TOKENS: Final = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}
_LONG: Final = 2**63


def malformed(message: str) -> ApiError:
    """Return the error for a request that cannot be read at all."""
    return ApiError("SerializationException", message)


def wrong_type(value: Any, expected: str) -> ApiError:
    """Return the error for a JSON value where the model has another type; `expected` with its article."""
    if isinstance(value, list):
        return malformed("Start of list found where not expected")
    if isinstance(value, dict):
        return malformed("Start of structure or map found where not expected.")
    if isinstance(value, bool):
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    else:
        token = _TOKENS.get(type(value), "NULL_VALUE")
    return malformed(f"{token} can not be converted to {expected}")


def _string(value: Any) -> str:
    if type(value) is not str:
        raise wrong_type(value, "a String")
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise wrong_type(value, "a Boolean")
    return value


def _whole(value: Any, expected: str, bound: int) -> int:
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int:
        raise wrong_type(value, expected)
    if not -bound <= value < bound:
        raise malformed(f"Numeric value out of range of {expected.split()[1].lower()}")
    return value


def _integer(value: Any) -> int:
    return _whole(value, "an Integer", 2**31)


def _long(value: Any) -> int:
    return _whole(value, "a Long", _LONG)


def _float(value: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise wrong_type(value, "a Double")
    try:
        if math.isfinite(value):
            return value
    except OverflowError:  # an integer of more digits than a double can be
        pass
    raise malformed("Numeric value out of range of double")


def _blob(value: Any) -> bytes:
    if type(value) is bytes:  # from an HTTP body that is nothing but the blob
        return value
    if type(value) is not str:
        raise wrong_type(value, "a Blob")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise malformed("Blob is not valid Base64") from None


def _timestamp(value: Any) -> datetime:
    """Read seconds since 1970, or ISO 8601, which query strings use."""
    try:
        if type(value) is str:
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if type(value) is int or type(value) is float:
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise malformed("Timestamp is not valid") from None
    raise wrong_type(value, "a Timestamp")


SCALARS: Final[dict[str, Scalar]] = {
    "string": _string,
    "character": _string,
    "boolean": _boolean,
    "integer": _integer,
    "long": _long,
    "float": _float,
    "double": _float,
    "blob": _blob,
    "timestamp": _timestamp,
}
"""By the type's name in the model."""
