"""JSON text and the values it stands for: one place for the limits that every layer relies on.

orjson does the work. Two things it would do silently are caught here: an integer beyond 64 bits keeps its digits
(orjson would round it to a float), and nesting deeper than the encoder can follow is refused when it is read, not
when it is next written.
"""

import json
import re
from array import array
from itertools import accumulate
from typing import Any, Final, NoReturn

import orjson

MAX_DEPTH: Final = 254
"""Levels of nesting that orjson encodes; a deeper text is refused by `decode`, a deeper value by `encode`."""

_LONG_NUMBER: Final = re.compile(r"\d{19}")
_LONG_NUMBER_BYTES: Final = re.compile(rb"\d{19}")


class JsonError(ValueError):
    """The text is not JSON, or the value has no JSON text, within the limits of this module."""


def decode(text: str | bytes) -> Any:
    """Return the value of a JSON text. Raises `JsonError` with one line that says what is wrong and where."""
    opening, brace = ("[", "{") if isinstance(text, str) else (b"[", b"{")
    may_be_deep = text.count(opening) + text.count(brace) > MAX_DEPTH  # type: ignore[arg-type]
    long_numbers = _may_exceed_64_bits(text)
    if may_be_deep and long_numbers and _depth(text) > MAX_DEPTH:
        raise _too_deep()
    try:
        if long_numbers:
            return json.loads(text, parse_constant=_refuse_constant)
        value = orjson.loads(text)
    except (ValueError, RecursionError) as error:
        raise (_too_deep() if may_be_deep and _depth(text) > MAX_DEPTH else JsonError(str(error))) from None
    if may_be_deep:
        _check_depth(value)
    return value


def encode(value: Any) -> bytes:
    """Return compact UTF-8 JSON. Raises `JsonError` for what JSON cannot say: NaN, deep nesting, lone surrogates."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _encode_slowly(value)


def encode_text(value: Any) -> str:
    """Return `encode(value)` as a string."""
    return encode(value).decode()


def _check_depth(value: Any) -> None:
    """Raise `JsonError` for what `orjson` has read and cannot write: looking at each bracket would take far longer."""
    try:
        orjson.dumps(value)
    except TypeError:
        raise _too_deep() from None


def _too_deep() -> JsonError:
    return JsonError(f"JSON nested deeper than {MAX_DEPTH} levels")


def _encode_slowly(value: Any) -> bytes:
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        encoded = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise JsonError(f"value has no JSON text: {error}") from None
    if _depth(encoded) > MAX_DEPTH:
        raise _too_deep()
    return encoded


def _may_exceed_64_bits(text: str | bytes) -> bool:
    if isinstance(text, str):
        return _LONG_NUMBER.search(text) is not None
    return _LONG_NUMBER_BYTES.search(text) is not None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_UP_AND_DOWN: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


def _depth(text: str | bytes) -> int:
    """Return the deepest nesting of brackets outside strings."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    steps = array("b", _STRING.sub(b"", data).translate(_UP_AND_DOWN, _NO_BRACKETS))
    return max(accumulate(steps), default=0)
