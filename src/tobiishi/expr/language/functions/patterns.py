"""Functions that take a pattern, a text or a regular expression: $match, $contains, $replace and $split.

In a replacement `$$` is a dollar, `$0` the whole match and `$1` its first group. As many digits belong to a number as
the count of groups has, one less if there is no such group; a group that does not exist or took no part is nothing.
"""

import math
import re
from typing import Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_items, pay_for_text, paying
from tobiishi.expr.language.functions.regexes import Match, Regex, matches_of
from tobiishi.expr.language.functions.signature import mismatch
from tobiishi.expr.language.functions.strings import split_at, truncated
from tobiishi.expr.language.values import UNDEFINED, Sequence, Value, is_function

_DOLLAR: Final = re.compile(r"\$(\$|[0-9]+)?")


def _match(evaluation: Evaluation, text: Value, matcher: Value, limit: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    most = _most(limit, "D3040", "Third argument of match function must evaluate to a positive number")
    found = Sequence()
    if most <= 0:
        return found
    for match in matches_of(matcher, text, evaluation, "match"):
        pay_for_items(evaluation, 1 + len(match.groups))
        found.append({"match": match.text, "index": match.start, "groups": match.groups})
        if len(found) >= most:
            break
    return found


def _most(limit: Value, code: str, message: str) -> float:
    """Return how many matches a limit allows. Raises `JsonataError` with the code if it is negative."""
    if limit is UNDEFINED:
        return math.inf
    if limit < 0:
        raise JsonataError(code, message, value=limit)
    return float(truncated(limit))


def _contains(evaluation: Evaluation, text: Value, token: Value) -> Value:
    if text is UNDEFINED or token is UNDEFINED:
        return UNDEFINED
    if isinstance(token, str):
        pay_for_text(evaluation, len(text))
        return token in text
    if isinstance(token, Regex):
        return token.is_in(text, evaluation)
    return next(matches_of(token, text, evaluation, "contains"), None) is not None


def _split(evaluation: Evaluation, text: Value, separator: Value, limit: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    most = _most(limit, "D3020", "Third argument of split function must evaluate to a positive number")
    if separator is UNDEFINED:
        return [text][: truncated(most)]
    if isinstance(separator, str):
        return split_at(evaluation, text, separator, None if most == math.inf else int(most))
    parts: list[str] = []
    start = 0
    if most > 0:
        for match in matches_of(separator, text, evaluation, "split"):
            parts.append(text[start : match.start])
            pay_for_text(evaluation, len(parts[-1]))
            evaluation.grow(len(parts))
            start = match.end
            if len(parts) >= most:
                return parts
        parts.append(text[start:])
    return parts


def _replace(
    evaluation: Evaluation, text: Value, pattern: Value, replacement: Value, limit: Value = UNDEFINED
) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    for number, argument in ((2, pattern), (3, replacement)):
        if argument is UNDEFINED:
            raise mismatch("replace", number, argument)
    if pattern == "":
        raise JsonataError("D3010", "Second argument of replace function cannot be an empty string")
    most = _most(limit, "D3011", "Fourth argument of replace function must evaluate to a positive number")
    if isinstance(pattern, str):
        return _replace_text(evaluation, text, pattern, replacement, most)
    return _replace_matches(evaluation, text, pattern, replacement, most)


def _replace_text(evaluation: Evaluation, text: str, pattern: str, replacement: Value, most: float) -> str:
    if not isinstance(replacement, str):
        raise _no_text()
    pay_for_text(evaluation, len(text))
    count = int(min(text.count(pattern), most))
    pay_for_text(evaluation, len(text) + count * (len(replacement) - len(pattern)))
    return text.replace(pattern, replacement, count)


def _no_text() -> JsonataError:
    return JsonataError("D3012", "Attempted to replace a matched string with a non-string value")


def _replace_matches(evaluation: Evaluation, text: str, matcher: Value, replacement: Value, most: float) -> str:
    parts: list[str] = []
    position = length = 0
    if most <= 0:
        return text
    for count, match in enumerate(matches_of(matcher, text, evaluation, "replace"), 1):
        if is_function(replacement):
            substitute = replacement.call((_object(match),), evaluation)
            if not isinstance(substitute, str):
                raise _no_text()
        else:
            substitute = _filled(replacement, match, evaluation)
        parts += (text[position : match.start], substitute)
        length += len(parts[-2]) + len(substitute)
        evaluation.lengthen(length)
        position = match.end
        if count >= most:
            break
    parts.append(text[position:])
    pay_for_text(evaluation, length + len(parts[-1]))
    return "".join(parts)


def _object(match: Match) -> dict[str, Value]:
    """Return a match as the function that replaces it sees it."""
    return {"match": match.text, "start": match.start, "end": match.end, "groups": match.groups}


def _filled(replacement: str, match: Match, evaluation: Evaluation) -> str:
    """Return a replacement with what the match puts into it."""
    if "$" not in replacement:
        return replacement
    groups = match.groups
    width = len(str(len(groups)))
    length = len(replacement) + replacement.count("$") * max([len(match.text), *(len(group or "") for group in groups)])
    pay_for_text(evaluation, length)

    def value(found: re.Match[str]) -> str:
        number = found[1]
        if number is None or number == "$":
            return "$"
        if number[0] == "0":
            return match.text + number[1:]
        taken = width if width == 1 or int(number[:width]) <= len(groups) else width - 1
        index = int(number[:taken])
        return ((groups[index - 1] or "") if index <= len(groups) else "") + number[taken:]

    return _DOLLAR.sub(value, replacement)


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("match", "<s-f<s:o>n?:a<o>>", _match),
    paying("contains", "<s-(sf):b>", _contains),
    paying("replace", "<s-(sf)(sf)n?:s>", _replace),
    paying("split", "<s-(sf)n?:a<s>>", _split),
)
