"""Strings: $length, $substring and its kin, $trim, $pad, $split and $join. Positions and lengths are in characters.

A character is one of Unicode's, whatever it takes to write it. Where a pattern may be a function, see `regexes`.
"""

import re
from typing import Final

from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_items, pay_for_text, paying, plain
from tobiishi.expr.language.functions.conversion import EXACT
from tobiishi.expr.language.values import UNDEFINED, Value

_SPACES: Final = re.compile("[ \t\n\r]+")


def truncated(number: float) -> int:
    """Return a number without its fraction, for positions and lengths; beyond 2^53 one is as good as another."""
    return int(_bounded(number)) if number == number else 0  # noqa: PLR0124 - a NaN is not itself


def _bounded(number: float) -> float:
    return max(-EXACT, min(number, EXACT))


def _length(text: Value) -> Value:
    return UNDEFINED if text is UNDEFINED else len(text)


def _substring(evaluation: Evaluation, text: Value, start: Value, length: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    pay_for_text(evaluation, len(text))
    given = 0 if start is UNDEFINED else _bounded(start)
    if len(text) + given < 0:
        given = 0
    first = truncated(given) + (len(text) if given < 0 else 0)
    if length is UNDEFINED:
        return text[first:]
    if not length > 0:
        return ""
    return text[first : truncated(given + _bounded(length) + (len(text) if given < 0 else 0))]


def _substring_before(evaluation: Evaluation, text: Value, mark: Value) -> Value:
    if text is UNDEFINED or mark is UNDEFINED:
        return text
    pay_for_text(evaluation, len(text))
    return text.partition(mark)[0] if mark else ""


def _substring_after(evaluation: Evaluation, text: Value, mark: Value) -> Value:
    if text is UNDEFINED or mark is UNDEFINED:
        return text
    pay_for_text(evaluation, len(text))
    position = text.find(mark)
    return text if position < 0 else text[position + len(mark) :]


def _lowercase(evaluation: Evaluation, text: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    pay_for_text(evaluation, len(text))
    return text.lower()


def _uppercase(evaluation: Evaluation, text: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    pay_for_text(evaluation, len(text))
    return text.upper()


def _trim(evaluation: Evaluation, text: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    evaluation.spend(len(text) >> 2)
    return _SPACES.sub(" ", text).strip(" ")


def _pad(evaluation: Evaluation, text: Value, width: Value, filler: Value = UNDEFINED) -> Value:
    if text is UNDEFINED or width is UNDEFINED:
        return text
    missing = truncated(abs(width)) - len(text)
    if missing <= 0:
        return text
    pay_for_text(evaluation, len(text) + missing)
    unit = " " if filler is UNDEFINED or not filler else filler
    padding = (unit * (missing // len(unit) + 1))[:missing]
    return text + padding if width > 0 else padding + text


def _join(evaluation: Evaluation, texts: Value, separator: Value = UNDEFINED) -> Value:
    if texts is UNDEFINED:
        return UNDEFINED
    between = "" if separator is UNDEFINED else separator
    evaluation.spend(len(texts))
    pay_for_text(evaluation, sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def split_at(evaluation: Evaluation, text: str, separator: str, limit: int | None) -> list[str]:
    """Return the parts of a text between separators, its characters if the separator is empty; the first `limit`."""
    if limit == 0:
        return []
    pay_for_text(evaluation, len(text))
    if not separator:
        pay_for_items(evaluation, len(text) if limit is None else min(limit, len(text)))
        return list(text[:limit])
    pay_for_items(evaluation, text.count(separator) + 1)
    return text.split(separator, -1 if limit is None else limit)[:limit]


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    plain("length", "<s-:n>", _length),
    paying("substring", "<s-nn?:s>", _substring),
    paying("substringBefore", "<s-s:s>", _substring_before),
    paying("substringAfter", "<s-s:s>", _substring_after),
    paying("lowercase", "<s-:s>", _lowercase),
    paying("uppercase", "<s-:s>", _uppercase),
    paying("trim", "<s-:s>", _trim),
    paying("pad", "<s-ns?:s>", _pad),
    paying("join", "<a<s>s?:s>", _join),
)
