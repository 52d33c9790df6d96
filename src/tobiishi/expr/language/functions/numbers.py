"""Numbers: $abs, $floor, $ceil, $round, $sqrt, $power and $formatBase. Whole results below 2^53 are integers.

Halves are rounded to even, by the decimal digits that a number is written with: 4.525 to two places is 4.52.
"""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, paying, plain
from tobiishi.expr.language.functions.conversion import as_double, number_text, whole
from tobiishi.expr.language.functions.strings import truncated
from tobiishi.expr.language.values import UNDEFINED, Value

_MOST_PLACES: Final = 400
"""No double has a digit beyond it, nor as many before the point."""
_ROUNDING: Final = Context(prec=2 * _MOST_PLACES, rounding=ROUND_HALF_EVEN)
_ROUNDING_COST: Final = 10
"""Steps for arithmetic of decimals."""
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def _abs(number: Value) -> Value:
    return UNDEFINED if number is UNDEFINED else abs(number)


def _floor(number: Value) -> Value:
    return whole(float(math.floor(number))) if isinstance(number, float) and math.isfinite(number) else number


def _ceil(number: Value) -> Value:
    return whole(float(math.ceil(number))) if isinstance(number, float) and math.isfinite(number) else number


def rounded(number: float, places: int = 0) -> float:
    """Return a number with so many decimal places, which may be negative: halves go to the even digit."""
    if isinstance(number, int) and places >= 0:
        return number
    number = as_double(number)
    if not math.isfinite(number) or places > _MOST_PLACES:
        return number
    if places < -_MOST_PLACES:
        return 0
    exact = Decimal(repr(number))
    return whole(float(exact.quantize(Decimal(1).scaleb(-places), context=_ROUNDING)))


def _round(evaluation: Evaluation, number: Value, places: Value = UNDEFINED) -> Value:
    if number is UNDEFINED:
        return UNDEFINED
    evaluation.spend(_ROUNDING_COST)
    return rounded(number, 0 if places is UNDEFINED else truncated(places))


def _sqrt(number: Value) -> Value:
    if number is UNDEFINED:
        return UNDEFINED
    if number < 0:
        message = f"The sqrt function cannot be applied to a negative number: {number_text(number)}"
        raise JsonataError("D3060", message, value=number)
    return whole(math.sqrt(as_double(number)))


def _power(base: Value, exponent: Value) -> Value:
    if base is UNDEFINED or exponent is UNDEFINED:
        return UNDEFINED
    try:
        result = math.pow(base, exponent)
    except (ValueError, OverflowError):
        result = math.inf
    if not math.isfinite(result):
        message = "The power function has resulted in a value that cannot be represented as a JSON number"
        raise JsonataError("D3061", f"{message}: base={base}, exponent={exponent}", value=base, exponent=exponent)
    return whole(result)


def _format_base(evaluation: Evaluation, number: Value, radix: Value = UNDEFINED) -> Value:
    if number is UNDEFINED:
        return UNDEFINED
    evaluation.spend(_ROUNDING_COST)
    base = 10 if radix is UNDEFINED else truncated(rounded(radix))
    if not 2 <= base <= 36:
        message = f"The radix of the formatBase function must be between 2 and 36.  It was given {base}"
        raise JsonataError("D3100", message, value=base)
    value = rounded(number)
    if base == 10 or (isinstance(value, float) and not math.isfinite(value)):
        return number_text(value)
    evaluation.spend(2 * int(value).bit_length())
    return _in_base(int(value), base)


def _in_base(value: int, base: int) -> str:
    digits: list[str] = []
    rest = abs(value)
    while rest or not digits:
        rest, digit = divmod(rest, base)
        digits.append(_DIGITS[digit])
    return ("-" if value < 0 else "") + "".join(reversed(digits))


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    plain("abs", "<n-:n>", _abs),
    plain("floor", "<n-:n>", _floor),
    plain("ceil", "<n-:n>", _ceil),
    paying("round", "<n-n?:n>", _round),
    plain("sqrt", "<n-:n>", _sqrt),
    plain("power", "<n-n:n>", _power),
    paying("formatBase", "<n-n?:s>", _format_base),
)
