"""What a service model asks of a value beside its type: length, range, pattern, one of a set; in AWS's words.

https://smithy.io/2.0/spec/constraint-traits.html. The wording is what AWS's services answer with ValidationException.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import re2
from botocore.model import Shape

NOT_NULL: Final = "Member must not be null"

_SIZED: Final = {"string", "blob", "list", "map"}
_JAVA_ASCII: Final = (r"\p{ASCII}", r"[\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One demand: `holds` tells whether a value meets it, `wording` says it as AWS does."""

    holds: Callable[[Any], bool]
    wording: str


def constraints_of(shape: Shape, limits: Mapping[str, int]) -> list[Constraint]:
    """Return what a shape demands, in the order in which AWS lists it. `limits` replaces maxima, by shape name."""
    traits = shape.metadata
    size, word = (len, "length") if shape.type_name in _SIZED else (_same, "value")
    found = []
    maximum = limits.get(shape.name, traits.get("max"))
    if maximum is not None:
        found.append(_at_most(size, maximum, f"Member must have {word} less than or equal to {maximum}"))
    minimum = traits.get("min", 0 if word == "length" else None)
    if minimum is not None and (minimum or word == "value"):
        found.append(_at_least(size, minimum, f"Member must have {word} greater than or equal to {minimum}"))
    if "pattern" in traits:
        pattern = traits["pattern"]
        longest = maximum if maximum is not None else _LONGEST_BACKTRACKED
        found.append(
            Constraint(_matcher(pattern, longest), f"Member must satisfy regular expression pattern: {pattern}")
        )
    if "enum" in traits:
        listed = ", ".join(_as_aws_lists(traits["enum"]))
        found.append(
            Constraint(frozenset(traits["enum"]).__contains__, f"Member must satisfy enum value set: [{listed}]")
        )
    return found


def _same(value: Any) -> Any:
    return value


def _at_most(size: Callable[[Any], Any], maximum: float, wording: str) -> Constraint:
    return Constraint(lambda value: size(value) <= maximum, wording)


def _at_least(size: Callable[[Any], Any], minimum: float, wording: str) -> Constraint:
    return Constraint(lambda value: size(value) >= minimum, wording)


_LONGEST_BACKTRACKED: Final = 2048
"""Characters that a pattern without a linear-time matcher is tried on; what is longer is refused unread."""

_QUIET: Final = re2.Options()
_QUIET.log_errors = False


def _matcher(pattern: str, longest: int) -> Callable[[str], bool]:
    """Return a test of whole values. Patterns with lookaround are beyond RE2: Python runs them, on bounded text."""
    pattern = pattern.replace(*_JAVA_ASCII)
    try:
        linear = re2.compile(pattern, _QUIET)
    except re2.error:
        backtracking = re.compile(pattern)
        return lambda text: len(text) <= longest and backtracking.fullmatch(text) is not None
    return lambda text: linear.fullmatch(text) is not None


def _as_aws_lists(names: Iterable[str]) -> list[str]:
    """Return an enum's names in the order of AWS's messages: that of a hash table with 32 buckets or more.

    The hash is Java's for strings; of names in one bucket the last one declared comes first.
    """
    declared = list(names)[::-1]
    buckets = 32
    while len(declared) > buckets * 3 // 4:
        buckets *= 2
    return sorted(declared, key=lambda name: _java_hash(name) % buckets)


def _java_hash(text: str) -> int:
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return value
