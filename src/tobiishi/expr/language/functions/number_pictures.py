"""$formatNumber: numbers by a picture such as `#,##0.00`, by the rules of XPath's decimal formats.

Theory of operation. A picture has one or two sub-pictures, the second for negative numbers. A sub-picture is a prefix,
an active part and a suffix; the active part is a mantissa (integer and fraction) and perhaps an exponent. Reading one
checks the rules of the specification, each with its error, and comes to counts of digits and places of separators.
Formatting then works on the decimal digits that the number is written with.
Source: the XPath functions specification 3.1, section 4.7, "Formatting numbers".
"""

import math
from dataclasses import dataclass, replace
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final, NoReturn

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_text, paying
from tobiishi.expr.language.functions.conversion import as_double
from tobiishi.expr.language.functions.integer_pictures import regular_distance
from tobiishi.expr.language.functions.signature import mismatch
from tobiishi.expr.language.values import UNDEFINED, Value

_LONGEST_KEPT: Final = 100
_EXTRA_DIGITS: Final = 700
"""More than a double has before its point, with room for a percentage."""

_RULES: Final = {
    "D3080": "The picture string must only contain a maximum of two sub-pictures",
    "D3081": 'The sub-picture must not contain more than one instance of the "decimal-separator" character',
    "D3082": 'The sub-picture must not contain more than one instance of the "percent" character',
    "D3083": 'The sub-picture must not contain more than one instance of the "per-mille" character',
    "D3084": 'The sub-picture must not contain both a "percent" and a "per-mille" character',
    "D3085": (
        'The mantissa part of a sub-picture must contain at least one character that is either an "optional digit '
        'character" or a member of the "decimal digit family"'
    ),
    "D3086": (
        "The sub-picture must not contain a passive character that is preceded by an active character and that is "
        "followed by another active character"
    ),
    "D3087": (
        'The sub-picture must not contain a "grouping-separator" character that appears adjacent to a '
        '"decimal-separator" character'
    ),
    "D3088": 'The sub-picture must not contain a "grouping-separator" at the end of the integer part',
    "D3089": 'The sub-picture must not contain two adjacent instances of the "grouping-separator" character',
    "D3090": (
        'The integer part of the sub-picture must not contain a member of the "decimal digit family" that is followed '
        'by an instance of the "optional digit character"'
    ),
    "D3091": (
        'The fractional part of the sub-picture must not contain an instance of the "optional digit character" that '
        'is followed by a member of the "decimal digit family"'
    ),
    "D3092": (
        'A sub-picture that contains a "percent" or "per-mille" character must not contain a character treated as an '
        '"exponent-separator"'
    ),
    "D3093": (
        "The exponent part of the sub-picture must comprise only of one or more characters that are members of the "
        '"decimal digit family"'
    ),
}


@dataclass(frozen=True, slots=True)
class DecimalFormat:
    """The characters that pictures and numbers are written with, by XPath's names for them."""

    decimal_separator: str = "."
    grouping_separator: str = ","
    exponent_separator: str = "e"
    infinity: str = "Infinity"
    minus_sign: str = "-"
    NaN: str = "NaN"
    percent: str = "%"
    per_mille: str = "‰"
    zero_digit: str = "0"
    digit: str = "#"
    pattern_separator: str = ";"

    @property
    def digits(self) -> str:
        """The decimal digit family: ten characters from the zero on."""
        zero = ord(self.zero_digit[0])
        return "".join(map(chr, range(zero, min(zero + 10, 0x110000))))


@dataclass(frozen=True, slots=True)
class SubPicture:
    """A sub-picture, read: sizes are counts of digits. `integer_places` are separators, counted from the point;
    `every` is set if they are at regular places. `scale` is what numbers are multiplied with.
    """

    prefix: str
    suffix: str
    scale: int
    shortest_integer: int
    integer_digits: int
    shortest_fraction: int
    longest_fraction: int
    shortest_exponent: int
    integer_places: tuple[int, ...]
    every: int
    fraction_places: tuple[int, ...]


def _refuse(code: str) -> NoReturn:
    raise JsonataError(code, _RULES[code])


def read_picture(picture: str, form: DecimalFormat) -> tuple[SubPicture, SubPicture]:
    """Return the sub-pictures for positive and for negative numbers. Raises `JsonataError` (D3080 to D3093)."""
    parts = picture.split(form.pattern_separator) if form.pattern_separator else [picture]
    if len(parts) > 2:
        _refuse("D3080")
    subpictures = [_read_subpicture(part, form) for part in parts]
    if len(subpictures) == 2:
        return subpictures[0], subpictures[1]
    return subpictures[0], replace(subpictures[0], prefix=form.minus_sign + subpictures[0].prefix)


_read_and_kept = lru_cache(maxsize=256)(read_picture)


def _read_subpicture(text: str, form: DecimalFormat) -> SubPicture:
    digits = form.digits
    active = {form.decimal_separator, form.grouping_separator, form.digit, *digits}
    first = next((index for index, character in enumerate(text) if character in active), None)
    if first is None:
        _refuse("D3086")
    last = next(index for index in range(len(text) - 1, -1, -1) if text[index] in active)
    middle = text[first : last + 1]
    mantissa, exponent_mark, exponent = middle.partition(form.exponent_separator)
    _check_whole(text, form)
    integer, _, fraction = mantissa.partition(form.decimal_separator)
    if not any(character == form.digit or character in digits for character in mantissa):
        _refuse("D3085")
    if any(character not in active for character in mantissa + exponent):
        _refuse("D3086")
    _check_separators(mantissa, integer, form)
    _check_order(integer, fraction, form)
    scale = 100 if form.percent in text else 1000 if form.per_mille in text else 1
    if exponent_mark:
        if scale != 1:
            _refuse("D3092")
        if not exponent or any(character not in digits for character in exponent):
            _refuse("D3093")
    return _counted(text[:first], text[last + 1 :], scale, integer, fraction, exponent, form)


def _check_whole(text: str, form: DecimalFormat) -> None:
    if text.count(form.decimal_separator) > 1:
        _refuse("D3081")
    if text.count(form.percent) > 1:
        _refuse("D3082")
    if text.count(form.per_mille) > 1:
        _refuse("D3083")
    if form.percent in text and form.per_mille in text:
        _refuse("D3084")


def _check_separators(mantissa: str, integer: str, form: DecimalFormat) -> None:
    point, comma = form.decimal_separator, form.grouping_separator
    if comma + point in mantissa or point + comma in mantissa:
        _refuse("D3087")
    if point not in mantissa and integer.endswith(comma):
        _refuse("D3088")
    if comma + comma in mantissa:
        _refuse("D3089")


def _check_order(integer: str, fraction: str, form: DecimalFormat) -> None:
    digits = form.digits
    if any(left in digits and right == form.digit for left, right in pairwise(_without_groups(integer, form))):
        _refuse("D3090")
    if any(left == form.digit and right in digits for left, right in pairwise(_without_groups(fraction, form))):
        _refuse("D3091")


def _without_groups(part: str, form: DecimalFormat) -> str:
    return part.replace(form.grouping_separator, "")


def _counted(
    prefix: str, suffix: str, scale: int, integer: str, fraction: str, exponent: str, form: DecimalFormat
) -> SubPicture:
    """Count the digits of a sub-picture that keeps the rules, with the specification's adjustments in its order."""
    digits = form.digits
    integer_digits = shortest_integer = sum(character in digits for character in integer)
    shortest_fraction = sum(character in digits for character in fraction)
    longest_fraction = len(_without_groups(fraction, form))
    if shortest_integer == 0 and longest_fraction == 0:
        if exponent:
            shortest_fraction = longest_fraction = 1
        else:
            shortest_integer = 1
    if exponent and shortest_integer == 0 and form.digit in integer:
        shortest_integer = 1
    if shortest_integer == 0 and shortest_fraction == 0:
        shortest_fraction = 1
    places = tuple(reversed(_places(integer[::-1], form)))
    return SubPicture(
        prefix,
        suffix,
        scale,
        shortest_integer,
        integer_digits,
        shortest_fraction,
        max(longest_fraction, shortest_fraction),
        len(exponent),
        places,
        regular_distance([(place, form.grouping_separator) for place in places]),
        _places(fraction, form),
    )


def _places(part: str, form: DecimalFormat) -> tuple[int, ...]:
    """Return how many digits stand before each separator."""
    places: list[int] = []
    count = 0
    for character in part:
        if character == form.grouping_separator:
            places.append(count)
        else:
            count += 1
    return tuple(places)


def format_number(number: float, picture: str, form: DecimalFormat) -> str:
    """Return a number as a picture shows it. Raises `JsonataError` (D3080 to D3093)."""
    read = _read_and_kept if len(picture) <= _LONGEST_KEPT else read_picture
    positive, negative = read(picture, form)
    if number != number:  # noqa: PLR0124 - a NaN is not itself
        return form.NaN
    chosen = negative if number < 0 else positive
    if math.isinf(as_double(number)):
        return chosen.prefix + form.infinity + chosen.suffix
    return chosen.prefix + _body(Decimal(repr(number)).copy_abs(), chosen, form) + chosen.suffix


def _body(value: Decimal, picture: SubPicture, form: DecimalFormat) -> str:
    precision = _EXTRA_DIGITS + picture.integer_digits + picture.longest_fraction
    context = Context(prec=precision, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
    value = context.multiply(value, Decimal(picture.scale))
    exponent = 0
    if picture.shortest_exponent and value:
        exponent = value.adjusted() + 1 - picture.integer_digits
        value = value.scaleb(-exponent, context)
    rounded = value.quantize(Decimal(1).scaleb(-picture.longest_fraction, context), context=context)
    integer, _, fraction = format(rounded, "f").partition(".")
    integer = integer.lstrip("0").rjust(picture.shortest_integer, "0")
    kept = max(picture.shortest_fraction, len(fraction.rstrip("0")))
    text = _group_integer(integer, picture, form)
    if kept:
        text += form.decimal_separator + _group_fraction(fraction[:kept].ljust(kept, "0"), picture, form)
    if picture.shortest_exponent:
        sign = form.minus_sign if exponent < 0 else ""
        text += form.exponent_separator + sign + str(abs(exponent)).rjust(picture.shortest_exponent, "0")
    return _in_family(text, form)


def _in_family(text: str, form: DecimalFormat) -> str:
    if form.zero_digit == "0":
        return text
    return text.translate({ord("0") + value: digit for value, digit in enumerate(form.digits)})


def _group_integer(digits: str, picture: SubPicture, form: DecimalFormat) -> str:
    places: tuple[int, ...] | range = picture.integer_places
    if picture.every:
        places = range((len(digits) - 1) // picture.every * picture.every, 0, -picture.every)
    cuts = [len(digits) - place for place in places if place < len(digits)]
    return _cut(digits, cuts, form)


def _group_fraction(digits: str, picture: SubPicture, form: DecimalFormat) -> str:
    return _cut(digits, [place for place in picture.fraction_places if place < len(digits)], form)


def _cut(digits: str, cuts: list[int], form: DecimalFormat) -> str:
    ends = [*cuts, len(digits)]
    return form.grouping_separator.join(digits[start:end] for start, end in zip([0, *cuts], ends, strict=True))


_DEFAULT: Final = DecimalFormat()
_NAMES: Final = {name.replace("_", "-"): name for name in DecimalFormat.__slots__}


def _format_of(options: Value) -> DecimalFormat:
    """Return the decimal format with the characters that options give; other options are passed over."""
    if options is UNDEFINED:
        return _DEFAULT
    given = {_NAMES[name]: text for name, text in options.items() if name in _NAMES}
    if not all(isinstance(text, str) and text for text in given.values()):
        raise mismatch("formatNumber", 3, options)
    return replace(_DEFAULT, **given)


def _format_number(evaluation: Evaluation, number: Value, picture: Value, options: Value = UNDEFINED) -> Value:
    if number is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise mismatch("formatNumber", 2, picture)
    form = _format_of(options)
    evaluation.spend(20 + len(picture))
    pay_for_text(evaluation, (_EXTRA_DIGITS + len(picture)) * len(form.grouping_separator))
    return format_number(number, picture, form)


FUNCTIONS: Final[tuple[Builtin, ...]] = (paying("formatNumber", "<n-so?:s>", _format_number),)
