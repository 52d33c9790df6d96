"""Regular expressions as functions: `/ab+/i` called with a text returns its first match, or undefined.

A match is an object: `match`, `start`, `end`, `groups`, and `next`, a function that returns the match after it. A
user's function that answers so is as good as a regular expression. Positions are in characters, as $length counts;
a group that took no part is null. The first match may be empty, but none after it (D1004): it would match for ever.

RE2 takes time in proportion to the text and the size of its program: that is paid for once. Looking for each further
match it may read all the rest again, though it seldom does; some of that is paid for with each match.
"""

from collections.abc import Iterator
from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Any, Final

from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.regex_syntax import (
    BeyondRe2Error,
    RegexSyntaxError,
    compile_backtracking,
    compile_re2,
    encodable,
)
from tobiishi.expr.language.functions.strings import truncated
from tobiishi.expr.language.values import UNDEFINED, Value, is_function

_BACKTRACKING_BULK: Final = 200
"""Instructions of RE2's that a character is worth, at worst."""
_SEARCH: Final = 30
_FOUND: Final = 12
"""Steps for a search, and for a match, by themselves."""


@dataclass(frozen=True, slots=True)
class Match:
    """One match: where, and what its groups took."""

    text: str
    start: int
    end: int
    groups: list[str | None]


class Regex:
    """A compiled regular expression. `size` is how much RE2 has to do for each character, in its own measure."""

    arity = 1

    def __init__(self, source: str, flags: str, position: int | None) -> None:
        self.source = source
        self.position = position
        self.backtracks = False
        try:
            self._compiled = self._compile(source, ignores_case="i" in flags, is_multiline="m" in flags)
        except RegexSyntaxError as error:
            raise JsonataError("S0303", str(error), position, value=source) from None
        self.size: int = 0 if self.backtracks else self._compiled.programsize
        self.bulk: int = len(source) * _BACKTRACKING_BULK if self.backtracks else self.size
        """What compiling it took, and its memory, in instructions of RE2's."""
        self._groups = range(1, self._compiled.groups + 1)

    def _compile(self, source: str, *, ignores_case: bool, is_multiline: bool) -> Any:
        """Compile by RE2 if it can, otherwise by `re`: only where somebody ends what takes too long may that run."""
        try:
            return compile_re2(source, ignores_case=ignores_case, is_multiline=is_multiline)
        except BeyondRe2Error:
            self.backtracks = True
            return compile_backtracking(source, ignores_case=ignores_case, is_multiline=is_multiline)

    def call(self, arguments: Items[Value], evaluation: Evaluation) -> Value:
        """Return the first match in a text as an object."""
        text = arguments[0] if arguments else UNDEFINED
        return self._object(text, 0, evaluation) if isinstance(text, str) else UNDEFINED

    def _object(self, text: str, start: int, evaluation: Evaluation) -> Value:
        self._pay_once(text, evaluation)
        spans = self._compiled.search(encodable(text), start)
        if spans is None:
            return UNDEFINED
        match = self._match(text, spans)
        return {
            "match": match.text,
            "start": match.start,
            "end": match.end,
            "groups": match.groups,
            "next": _Next(self, text, match.end),
        }

    def matches(self, text: str, evaluation: Evaluation) -> Iterator[Match]:
        """Go through the matches in a text. Raises `JsonataError` (D1004) for an empty one after the first."""
        start = 0
        self._pay_once(text, evaluation)
        for spans in self._compiled.finditer(encodable(text)):
            self._pay(len(text) - start, evaluation)
            match = self._match(text, spans)
            if start and not match.text:
                raise self._endless()
            yield match
            if match.end >= len(text):
                return
            if not match.text:
                raise self._endless()
            start = match.end

    def is_in(self, text: str, evaluation: Evaluation) -> bool:
        """Whether the text has a match."""
        self._pay_once(text, evaluation)
        return self._compiled.search(encodable(text)) is not None

    def _pay_once(self, text: str, evaluation: Evaluation) -> None:
        if self.backtracks and not evaluation.limits.backtracking:
            raise BudgetSpentError("time")
        evaluation.spend(_SEARCH + (len(text) * (self.size + 8) >> 7))

    def _pay(self, length: int, evaluation: Evaluation) -> None:
        evaluation.spend(_FOUND + (length * (self.size + 8) >> 12))

    def _match(self, text: str, spans: Any) -> Match:
        start, end = spans.span()
        groups: list[str | None] = []
        for number in self._groups:
            low, high = spans.span(number)
            groups.append(text[low:high] if low >= 0 else None)
        return Match(text[start:end], start, end, groups)

    def _endless(self) -> JsonataError:
        message = "Regular expression matches zero length string"
        return JsonataError("D1004", message, self.position, value=self.source)

    def following(self, text: str, start: int, evaluation: Evaluation) -> Value:
        """Return the match after one that ended at `start`, as an object. Raises `JsonataError` (D1004)."""
        if start >= len(text):
            return UNDEFINED
        found = self._object(text, start, evaluation)
        if found is not UNDEFINED and not found["match"]:
            raise self._endless()
        return found


@dataclass(frozen=True, slots=True)
class _Next:
    """The function `next` of a match."""

    regex: Regex
    text: str
    start: int
    arity: int = 0

    def call(self, arguments: Items[Value], evaluation: Evaluation) -> Value:  # noqa: ARG002 - the protocol's shape
        return self.regex.following(self.text, self.start, evaluation)


def compile_regex(pattern: str, flags: str, position: int | None) -> Regex:
    """Return the function that a regular expression is. `flags` are of `i` and `m`.

    Raises `JsonataError` (S0303) for what is no regular expression, or asks for what takes more than linear time.
    """
    return Regex(pattern, flags, position)


def matches_of(matcher: Value, text: str, evaluation: Evaluation, name: str) -> Iterator[Match]:
    """Go through the matches that a regular expression or a user's function finds.

    Raises `JsonataError`: D1004, and T1010 for a function that does not answer with matches.
    """
    if isinstance(matcher, Regex):
        yield from matcher.matches(text, evaluation)
        return
    found = matcher.call((text,), evaluation)
    while found is not UNDEFINED and found is not None and found is not False:
        evaluation.spend()
        yield _match_of(found, name)
        following = found.get("next")
        found = following.call((), evaluation) if is_function(following) else UNDEFINED


def _match_of(found: Value, name: str) -> Match:
    if isinstance(found, dict):
        text, groups = found.get("match", ""), found.get("groups", [])
        start, end = (_place(found.get(name)) for name in ("start", "end"))
        if isinstance(text, str) and start is not None and end is not None and _are_groups(groups):
            return Match(text, start, end, groups)
    message = "The matcher function argument passed to function"
    raise JsonataError("T1010", f'{message} "{name}" does not return the correct object structure', value=found)


def _place(value: Any) -> int | None:
    return max(0, truncated(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _are_groups(value: Any) -> bool:
    return isinstance(value, list) and all(group is None or isinstance(group, str) for group in value)
