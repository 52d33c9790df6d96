"""One type to another: $string, $number, $boolean, $not, $exists; and what the operators need of them.

Theory of operation. JSON text is written from a stack of what is still open, never by recursion: a value may be nested
deeper than Python's stack, and hold the same part many times. Every value written costs a step.

Numbers are doubles to JSONata. A whole one below 2^53 is an `int` here, and integers of the input keep their digits.
Text of a number is JavaScript's: shortest digits that read back the same, fractions cut to 15 significant digits, an
exponent from 1e21 on and below 1e-6.
"""

import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_text, paying, plain
from tobiishi.expr.language.values import UNDEFINED, Value, is_function

_NUMBER_COST: Final = 8
"""Steps for writing a number."""
EXACT: Final = 2**53
"""Whole numbers below it are all doubles."""
_EXPONENT_FROM: Final = 10**21
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
    text = repr(number)
    if "e" not in text:
        if not math.isfinite(number):
            raise JsonataError("D1001", f"Number out of range: {number}", value=number)
        return text.removesuffix(".0") if number else "0"
    if 1e-6 <= abs(number) < _EXPONENT_FROM:
        return format(Decimal(text), "f")
    return text.replace("e-0", "e-")


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


def json_text(value: Value, evaluation: Evaluation) -> str:
    """Return a value as compact JSON; functions become `""`. Raises `JsonataError` (D1001)."""
    parts: list[str] = []
    opened = [_members([value], evaluation)]
    length = 0
    while opened:
        for lead, item in opened[-1]:
            if isinstance(item, list | dict) and item:
                parts.append(lead)
                opened.append(_members(item, evaluation))
                break
            text = lead + _leaf_text(item)
            parts.append(text)
            length += len(text)
            evaluation.lengthen(length)
        else:
            opened.pop()
    pay_for_text(evaluation, length)
    return "".join(parts)[1:-1]


def _members(value: list[Value] | dict[str, Value], evaluation: Evaluation) -> Iterator[tuple[str, Value]]:
    """Go through what an array or object holds, each with the text that comes before it; its end comes last."""
    evaluation.spend(4 * len(value) + 4)
    mark = "["
    if isinstance(value, list):
        for item in value:
            yield mark, item
            mark = ","
        yield "]", _END
        return
    mark = "{"
    for name, item in value.items():
        yield f"{mark}{_quoted(name)}:", item
        mark = ","
    yield "}", _END


def _leaf_text(value: Value) -> str:
    """Return the text of what holds nothing; functions become empty strings."""
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, list | dict):
        return "[]" if isinstance(value, list) else "{}"
    if value is _END:
        return ""
    return '""' if is_function(value) else "null"


def _quoted(text: str) -> str:
    quoted = encode_basestring(text)
    if quoted.isascii():
        return quoted
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)


_END: Final = object()
_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    str: _quoted,
    int: number_text,
    float: rounded_text,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
}


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
    evaluation.spend(_NUMBER_COST)
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
