"""Whole numbers in words, in roman numerals and in letters, and back.

Words are English: `one thousand, two hundred and thirty-four`. Beyond a thousand trillion there are no more names, so
trillions are counted in trillions: what stands before the last `trillion` is a number of its own.
"""

import re
from itertools import zip_longest
from typing import Final

from tobiishi.expr.language.errors import JsonataError

_BELOW_TWENTY: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_IRREGULAR: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_LARGEST: Final = 10**400
"""No double is as large."""

_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_VALUES: Final = {letter: value for value, letter in _ROMAN if len(letter) == 1}


def _ordinal(word: str) -> str:
    """Return the ordinal of a cardinal word."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


_CARDINALS: Final = {
    **{word: value for value, word in enumerate(_BELOW_TWENTY)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    "hundred": 100,
    **{word: value for value, word in _SCALES},
}
_VALUES: Final = {**_CARDINALS, **{_ordinal(word): value for word, value in _CARDINALS.items()}}
WORDS_PATTERN: Final = f"(?:{'|'.join(_VALUES)}|and|[-, ])+"
"""A regular expression for any number in words, in lower case."""

_GAP: Final = re.compile(r",\s|\sand\s|[\s-]")


def to_words(value: int, *, ordinal: bool = False) -> str:
    """Return a number from zero up in words."""
    words = _in_words(value)
    if not ordinal:
        return words
    start = max(words.rfind(" "), words.rfind("-")) + 1
    return words[:start] + _ordinal(words[start:])


def _in_words(value: int) -> str:
    for scale, name in _SCALES:
        if value >= scale:
            count, rest = divmod(value, scale)
            between = " and " if rest < 100 else ", "
            return f"{_in_words(count)} {name}" + (between + _in_words(rest) if rest else "")
    if value >= 100:
        count, rest = divmod(value, 100)
        return f"{_BELOW_TWENTY[count]} hundred" + (f" and {_in_words(rest)}" if rest else "")
    if value < 20:
        return _BELOW_TWENTY[value]
    tens, rest = divmod(value, 10)
    return _TENS[tens - 2] + (f"-{_BELOW_TWENTY[rest]}" if rest else "")


def from_words(text: str) -> int:
    """Return the number that words say, cardinals or ordinals, in any case. Raises `ValueError` for other words."""
    total = part = chunk = 0
    for word in _GAP.split(text.lower()):
        value = _VALUES.get(word)
        if value is None:
            raise ValueError(word)
        if value < 100:
            chunk += value
        elif value == 100:
            chunk *= 100
        elif value < 10**12:
            part += chunk * value
            chunk = 0
        else:
            total = (total + part + chunk) * value
            part = chunk = 0
        if total > _LARGEST or chunk > _LARGEST:
            raise JsonataError("D1001", "Number out of range")
    return total + part + chunk


def roman_length(value: int) -> int:
    """Return how many letters a roman numeral has at most."""
    return value // 1000 + 15


def to_roman(value: int) -> str:
    """Return a roman numeral in lower case; nothing for zero."""
    letters: list[str] = []
    for worth, letter in _ROMAN:
        count, value = divmod(value, worth)
        letters.append(letter * count)
    return "".join(letters)


def from_roman(text: str) -> int:
    """Return the value of a roman numeral in any case. Raises `ValueError` for other letters."""
    try:
        values = [_ROMAN_VALUES[letter] for letter in text.lower()]
    except KeyError as letter:
        raise ValueError(letter.args[0]) from None
    return sum(-value if value < after else value for value, after in zip_longest(values, values[1:], fillvalue=0))


def to_letters(value: int) -> str:
    """Return a number as columns of a sheet are named, in lower case: a, b, ... z, aa; nothing for zero."""
    letters: list[str] = []
    while value > 0:
        value, letter = divmod(value - 1, 26)
        letters.append(chr(ord("a") + letter))
    return "".join(reversed(letters))


def from_letters(text: str) -> int:
    """Return the number that letters stand for, in any case. Raises `ValueError` for what is no letter."""
    value = 0
    for letter in text.lower():
        if not "a" <= letter <= "z":
            raise ValueError(letter)
        value = 26 * value + ord(letter) - ord("a") + 1
        if value > _LARGEST:
            raise JsonataError("D1001", "Number out of range")
    return value
