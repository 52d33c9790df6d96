"""One type to another: $string, $number, $boolean, $not, $exists; and what the operators need of them.

Theory of operation. JSON text is written from a stack of what is still to come, never by recursion: a value may be
nested deeper than Python's stack, and hold the same part many times. Every value written costs a step.

Numbers are doubles to JSONata. A whole one below 2^53 is an `int` here, and integers of the input keep their digits.
Text of a number is JavaScript's: shortest digits that read back the same, fractions cut to 15 significant digits, an
exponent from 1e21 on and below 1e-6.
"""

import math
import re
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_text, paying, plain
from tobiishi.expr.language.values import UNDEFINED, Value, is_function

EXACT: Final = 2**53
"""Whole numbers below it are all doubles."""
_EXPONENT_FROM: Final = 10**21
_PAY_EVERY: Final = 4096
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_OTHER_BASE: Final = re.compile(r"0([xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)")
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|\[\]|\{\}|[\[\]{},:]')


def whole(number: float) -> float:
    """Return a number as JSON has it: an `int` if it is whole and below 2^53. Raises `JsonataError` (D1001)."""
    if isinstance(number, int):
        if -EXACT < number < EXACT:
            return number
        return as_double(number)
    return int(number) if number.is_integer() and -EXACT < number < EXACT else number


def as_double(number: float) -> float:
    """Return the nearest double. Raises `JsonataError` (D1001) for an integer that is beyond them all."""
    try:
        return float(number)
    except OverflowError:
        raise JsonataError("D1001", "Number out of range", value=number) from None


def number_text(number: float) -> str:
    """Return a finite number as JavaScript prints it. Raises `JsonataError` (D1001) for any other."""
    if isinstance(number, int):
        if -_EXPONENT_FROM < number < _EXPONENT_FROM:
            return str(number)
        number = as_double(number)
    if not math.isfinite(number):
        raise JsonataError("D1001", f"Number out of range: {number}", value=number)
    if number == 0:
        return "0"
    if 1e-6 <= abs(number) < _EXPONENT_FROM:
        return format(Decimal(repr(number)), "f").removesuffix(".0")
    return repr(number).replace("e-0", "e-")


def rounded_text(number: float) -> str:
    """Return a number as $string has it: fractions with 15 significant digits."""
    if isinstance(number, float) and not number.is_integer() and math.isfinite(number):
        number = float(f"{number:.15g}")
    return number_text(number)


def to_text(value: Value, evaluation: Evaluation) -> str:
    """Return what `$string` and `&` make of a value: strings as they are, `""` for undefined, else JSON.

    Raises `JsonataError`: D3001 for a number that is not finite, D1001 for such a number within an array or object.
    """
    if isinstance(value, str):
        return value
    if value is UNDEFINED or is_function(value):
        return ""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise JsonataError("D3001", "Attempting to invoke string function on Infinity or NaN", value=value)
        return rounded_text(value)
    return json_text(value, evaluation)


class _Raw(str):
    """JSON text that is written as it stands."""

    __slots__ = ()


_COMMA: Final = _Raw(",")
_CLOSE_ARRAY: Final = _Raw("]")
_CLOSE_OBJECT: Final = _Raw("}")


def json_text(value: Value, evaluation: Evaluation) -> str:
    """Return a value as compact JSON; functions become `""`. Raises `JsonataError` (D1001)."""
    parts: list[str] = []
    waiting: list[Value] = [value]
    length = 0
    while waiting:
        item = waiting.pop()
        if type(item) is _Raw:
            text: str = item
        elif isinstance(item, list):
            evaluation.spend(len(item))
            text = "["
            waiting.append(_CLOSE_ARRAY)
            for part in reversed(item):
                waiting += (part, _COMMA)
            if item:
                waiting.pop()
        elif isinstance(item, dict):
            evaluation.spend(len(item))
            text = "{"
            waiting.append(_CLOSE_OBJECT)
            for name, part in reversed(item.items()):
                waiting += (part, _Raw(f"{_quoted(name)}:"), _COMMA)
            if item:
                waiting.pop()
        else:
            text = _scalar_text(item)
        parts.append(text)
        length += len(text)
        if length > _PAY_EVERY:
            evaluation.lengthen(length)
    pay_for_text(evaluation, length)
    return "".join(parts)


def _scalar_text(value: Value) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return rounded_text(value)
    return '""' if is_function(value) else "null"


def _quoted(text: str) -> str:
    quoted = encode_basestring(text)
    if quoted.isascii():
        return quoted
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)


def indented(text: str, evaluation: Evaluation) -> str:
    """Return compact JSON text over many lines, indented by two spaces."""
    parts: list[str] = []
    level = length = position = 0
    for found in _TOKEN.finditer(text):
        parts.append(text[position : found.start()])
        position = found.end()
        mark = found.group()
        if mark in {"[", "{"}:
            level += 1
            mark += "\n" + "  " * level
        elif mark in {"]", "}"}:
            level -= 1
            mark = "\n" + "  " * level + mark
        elif mark == ",":
            mark += "\n" + "  " * level
        elif mark == ":":
            mark = ": "
        parts.append(mark)
        length += len(mark)
        evaluation.spend()
        evaluation.lengthen(length)
    parts.append(text[position:])
    pay_for_text(evaluation, len(text) + length)
    return "".join(parts)


def truth(value: Value, evaluation: Evaluation) -> bool:
    """Return what `$boolean` makes of a value; False for undefined. Raises `JsonataError` (D1001) for infinity."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return _holds_truth(value, evaluation)
    if isinstance(value, str | dict):
        return len(value) > 0
    if isinstance(value, int | float):
        if value in {math.inf, -math.inf}:
            raise JsonataError("D1001", f"Number out of range: {value}", value=value)
        return value != 0 and value == value  # noqa: PLR0124 - a NaN is not itself
    return False


def _holds_truth(values: list[Value], evaluation: Evaluation) -> bool:
    """Whether an array holds anything true, at any depth."""
    waiting = [iter(values)]
    while waiting:
        for item in waiting[-1]:
            evaluation.spend()
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            if truth(item, evaluation):
                return True
        else:
            waiting.pop()
    return False


def _string(evaluation: Evaluation, value: Value = UNDEFINED, prettify: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return UNDEFINED
    text = to_text(value, evaluation)
    return indented(text, evaluation) if prettify is True and isinstance(value, list | dict) else text


def to_number(evaluation: Evaluation, value: Value = UNDEFINED) -> Value:
    """Return what `$number` makes of a value. Raises `JsonataError` (D3030)."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    pay_for_text(evaluation, len(value))
    number = math.inf
    if _DECIMAL.fullmatch(value):
        number = float(value)
    elif _OTHER_BASE.fullmatch(value):
        digits = int(value, 0)
        number = math.inf if digits.bit_length() > 1024 else as_double(digits)
    if not math.isfinite(number):
        raise JsonataError("D3030", f"Unable to cast value to a number: {to_shown(value)}", value=value)
    return whole(number)


def to_shown(text: str) -> str:
    """Return a string as messages show it: quoted, and no longer than 100 characters."""
    return _quoted(text if len(text) <= 100 else f"{text[:97]}...")


def _boolean(evaluation: Evaluation, value: Value = UNDEFINED) -> Value:
    return UNDEFINED if value is UNDEFINED else truth(value, evaluation)


def _not(evaluation: Evaluation, value: Value = UNDEFINED) -> Value:
    return UNDEFINED if value is UNDEFINED else not truth(value, evaluation)


def _exists(value: Value) -> Value:
    return value is not UNDEFINED


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("string", "<x-b?:s>", _string, arity=1),
    paying("number", "<(nsb)-:n>", to_number),
    paying("boolean", "<x-:b>", _boolean),
    paying("not", "<x-:b>", _not),
    plain("exists", "<x:b>", _exists),
)
