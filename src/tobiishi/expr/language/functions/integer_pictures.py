"""Whole numbers by pictures: $formatInteger and $parseInteger, and the numbers within dates.

A picture is `w`, `W` or `Ww` for words, `I` or `i` for roman numerals, `A` or `a` for letters, or a pattern of digits:
a digit (of any of Unicode's families) for one that must be there, `#` for one that may, anything else between them for
a separator. Separators at regular places go on for ever; others stay where they are. `;o` at the end asks for an
ordinal. Source: the XPath functions specification, `fn:format-integer`.
"""

import math
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

import re2

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_text, paying
from tobiishi.expr.language.functions.conversion import as_double, to_shown, whole
from tobiishi.expr.language.functions.number_words import (
    WORDS_PATTERN,
    from_letters,
    from_roman,
    from_words,
    roman_length,
    to_letters,
    to_roman,
    to_words,
)
from tobiishi.expr.language.functions.signature import mismatch
from tobiishi.expr.language.values import UNDEFINED, Value

Case = Literal["lower", "upper", "title"]
_Style = Literal["decimal", "words", "roman", "letters"]

_STYLES: Final[dict[str, tuple[_Style, Case]]] = {
    "w": ("words", "lower"),
    "W": ("words", "upper"),
    "Ww": ("words", "title"),
    "i": ("roman", "lower"),
    "I": ("roman", "upper"),
    "a": ("letters", "lower"),
    "A": ("letters", "upper"),
}
_SUFFIXES: Final = {"1": "st", "2": "nd", "3": "rd"}
_WIDEST: Final = 1000
"""Digits that a regular expression may count."""

_LONGEST_KEPT: Final = 100
_EXACT_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class IntegerPicture:
    """A picture, read. What follows `ordinal` is of patterns of digits: `zero` is the zero of their family,
    `separators` are places, in digits from the right, with their characters, and `every` is the regular distance.
    """

    style: _Style
    case: Case = "lower"
    ordinal: bool = False
    zero: int = ord("0")
    mandatory: int = 0
    optional: int = 0
    separators: tuple[tuple[int, str], ...] = ()
    every: int = 0

    def format(self, value: int, evaluation: Evaluation) -> str:
        """Return a whole number as the picture shows it."""
        sign = "-" if value < 0 else ""
        return sign + self._format_positive(abs(value), evaluation)

    def _format_positive(self, value: int, evaluation: Evaluation) -> str:
        if self.style == "words":
            evaluation.spend(value.bit_length() >> 4)
            words = to_words(value, ordinal=self.ordinal)
            return words.title().replace(" And ", " and ") if self.case == "title" else self._cased(words)
        if self.style == "roman":
            pay_for_text(evaluation, roman_length(value))
            return self._cased(to_roman(value))
        if self.style == "letters":
            return self._cased(to_letters(value))
        pay_for_text(evaluation, self.mandatory)
        digits = str(value).rjust(self.mandatory, "0")
        suffix = _ordinal_suffix(digits) if self.ordinal else ""
        if self.zero != ord("0"):
            digits = "".join(chr(self.zero + int(digit)) for digit in digits)
        return self._grouped(digits) + suffix

    def _cased(self, text: str) -> str:
        return text.upper() if self.case == "upper" else text

    def _grouped(self, digits: str) -> str:
        if not self.separators:
            return digits
        if self.every:
            mark = self.separators[0][1]
            places = [(place, mark) for place in range(self.every, len(digits), self.every)]
        else:
            places = [(place, mark) for place, mark in self.separators if place < len(digits)]
        parts: list[str] = []
        end = len(digits)
        for place, mark in places:
            parts += (digits[len(digits) - place : end], mark)
            end = len(digits) - place
        return digits[:end] + "".join(reversed(parts))

    def parse(self, text: str) -> float:
        """Return the number that a text shows. Raises `ValueError` if it shows none."""
        if self.style == "words":
            return whole(from_words(text))
        if self.style == "roman":
            return whole(from_roman(text))
        if self.style == "letters":
            return whole(from_letters(text))
        if self.ordinal:
            text = text[:-2]
        for mark in {mark for _, mark in self.separators}:
            text = text.replace(mark, "")
        return self._from_digits(text)

    def _from_digits(self, text: str) -> float:
        digits = [ord(character) - self.zero for character in text]
        if not digits or not all(0 <= digit <= 9 for digit in digits):
            raise ValueError(text)
        plain = "".join(map(str, digits))
        if len(plain) <= _EXACT_DIGITS:
            return int(plain)
        value = float(plain)
        if math.isinf(value):
            raise ValueError(text)
        return whole(value)

    def pattern(self, width: int | None = None) -> str:
        """Return a regular expression for such numbers, of exactly `width` digits if they are not set apart."""
        if self.style == "words":
            return WORDS_PATTERN
        if self.style == "roman":
            return "[mdclxvi]+"
        if self.style == "letters":
            return "[a-z]+"
        digit = f"[{chr(self.zero)}-{chr(self.zero + 9)}]"
        marks = "|".join(re2.escape(mark) for mark in sorted({mark for _, mark in self.separators}))
        one = f"(?:{digit}|{marks})" if marks else digit
        many = f"{one}{{{min(width, _WIDEST)}}}" if width else f"{one}+"
        return many + ("(?:th|st|nd|rd)" if self.ordinal else "")


def _ordinal_suffix(digits: str) -> str:
    return "th" if digits[-2:-1] == "1" else _SUFFIXES.get(digits[-1], "th")


def read_integer_picture(picture: str) -> IntegerPicture:
    """Return a picture, read. Raises `JsonataError`: D3130 for a picture of another kind, D3131 for mixed digits."""
    return _read_and_kept(picture) if len(picture) <= _LONGEST_KEPT else _read(picture)


def _read(picture: str) -> IntegerPicture:
    primary, mark, modifier = picture.rpartition(";")
    if not mark:
        primary, modifier = picture, ""
    ordinal = modifier.startswith("o")
    if primary in _STYLES:
        style, case = _STYLES[primary]
        return IntegerPicture(style, case, ordinal)
    return _read_digits(primary, ordinal)


_read_and_kept = lru_cache(maxsize=256)(_read)


def _read_digits(primary: str, ordinal: bool) -> IntegerPicture:
    zero: int | None = None
    mandatory = optional = 0
    separators: list[tuple[int, str]] = []
    for character in reversed(primary):
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            mandatory += 1
            if zero not in {None, ord(character) - digit}:
                message = "In a decimal digit pattern, all digits must be from the same decimal group"
                raise JsonataError("D3131", message)
            zero = ord(character) - digit
        elif character == "#":
            optional += 1
        else:
            separators.append((mandatory + optional, character))
    if zero is None:
        start = to_shown(primary)
        message = f"Formatting or parsing an integer as a sequence starting with {start} is not supported"
        raise JsonataError("D3130", f"{message} by this implementation", value=primary)
    return IntegerPicture(
        "decimal", "lower", ordinal, zero, mandatory, optional, tuple(separators), regular_distance(separators)
    )


def regular_distance(separators: list[tuple[int, str]]) -> int:
    """Return the distance at which one and the same separator repeats, 0 if it does not."""
    if len({mark for _, mark in separators}) != 1:
        return 0
    places = [place for place, _ in separators]
    distance = math.gcd(*places)
    return distance if set(places) == {distance * number for number in range(1, len(places) + 1)} else 0


def integer_of(number: float) -> int:
    """Return the whole number at or below a number, by the digits that it is written with: 1e46 is ten to the 46th.

    Raises `JsonataError` (D1001) for what is not finite.
    """
    if not math.isfinite(as_double(number)):
        raise JsonataError("D1001", f"Number out of range: {number}", value=number)
    if isinstance(number, int):
        return number
    return int(Decimal(repr(number))) if number.is_integer() else math.floor(number)


def _format_integer(evaluation: Evaluation, number: Value, picture: Value) -> Value:
    if number is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise mismatch("formatInteger", 2, picture)
    evaluation.spend(len(picture))
    return read_integer_picture(picture).format(integer_of(number), evaluation)


def _parse_integer(evaluation: Evaluation, text: Value, picture: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise mismatch("parseInteger", 2, picture)
    evaluation.spend(len(picture) + len(text))
    read = read_integer_picture(picture)
    try:
        return -read.parse(text[1:]) if text.startswith("-") else read.parse(text)
    except ValueError:
        raise JsonataError("D3030", f"Unable to cast value to a number: {to_shown(text)}", value=text) from None


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("formatInteger", "<n-s:s>", _format_integer),
    paying("parseInteger", "<s-s:n>", _parse_integer),
)
