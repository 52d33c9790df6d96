"""Readers of single fields that hold literals, one per kind of value; for what is evaluated see `asl.expressions`.

The numbers are AWS's (Amazon States Language specification; Step Functions quotas).
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final

from tobiishi.asl.lint import warn_of_missing_path, warn_of_static_result
from tobiishi.asl.model import QueryLanguage
from tobiishi.asl.place import Place, Reader, list_of
from tobiishi.expr.bindings import Constant, Value

LANGUAGES: Final[tuple[QueryLanguage, ...]] = ("JSONPath", "JSONata")
SECONDS_MAX: Final = 99_999_999
_RFC3339: Final = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
)


def unread(value: Value, place: Place) -> Value:  # noqa: ARG001 - a Reader's shape
    """Keep a value for the state's builder, which reads it."""
    return value


def text(value: Value, place: Place) -> str | None:
    if isinstance(value, str):
        return value
    place.report("Expected value of type [STRING]")
    return None


def true(value: Value, place: Place) -> bool | None:
    if isinstance(value, bool):
        return value
    place.report("Expected value of type [BOOLEAN]")
    return None


def one_of(*allowed: str) -> Callable[[Value, Place], str | None]:
    def read(value: Value, place: Place) -> str | None:
        if isinstance(value, str) and value in allowed:
            return value
        place.report(f"The field '{place.field}' should have one of these values: {list_of(allowed)}")
        return None

    return read


def query_language(value: Value, place: Place) -> str | None:
    if isinstance(value, str) and value not in LANGUAGES:
        place.report(f"Value should be one of the following: {list_of(LANGUAGES)}")
    return text(value, place)


def effective_language(value: Mapping[str, Any], inherited: QueryLanguage) -> QueryLanguage:
    """Return the language of a state or a machine: JSONPath if it says exactly so, JSONata if it says anything else."""
    if "QueryLanguage" not in value:
        return inherited
    return "JSONPath" if value["QueryLanguage"] == "JSONPath" else "JSONata"


def integer(least: int, most: int | None = None) -> Callable[[Value, Place], int | None]:
    """Read a whole number of a range; 3.0 counts as 3."""

    def read(value: Value, place: Place) -> int | None:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            _check_range(value, least, most, place)
            return value
        place.report("Expected value of type [INTEGER]")
        return None

    return read


def number(least: float, most: float | None = None) -> Callable[[Value, Place], float | None]:
    def read(value: Value, place: Place) -> float | None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            _check_range(value, least, most, place)
            return value
        place.report("Expected value of type [NUMBER]")
        return None

    return read


def _check_range(value: float, least: float, most: float | None, place: Place) -> None:
    if value < least:
        place.refuse(f"Minimum value is {least}")
    elif most is not None and value > most:
        place.refuse(f"Maximum value is {most}")


def timestamp(value: Value, place: Place) -> str | None:
    if isinstance(value, str) and is_timestamp(value):
        return value
    place.report("String does not match RFC3339 timestamp")
    return None


def is_timestamp(value: str) -> bool:
    """Whether a string is an RFC 3339 timestamp with `T` and a zone, as the States Language wants it."""
    if not _RFC3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def plain_text(value: Value, place: Place) -> str | None:
    """Read a literal beside which a `...Path` field exists."""
    warn_of_missing_path(value, place)
    return text(value, place)


def static_result(value: Value, place: Place) -> Constant:
    """Read a Pass state's Result: any value, as it is."""
    warn_of_static_result(value, place)
    return Constant(value)


def constant(read: Reader) -> Callable[[Value, Place], Constant | None]:
    """Read a literal that the model holds as an expression."""

    def read_constant(value: Value, place: Place) -> Constant | None:
        literal = read(value, place)
        return None if literal is None else Constant(literal)

    return read_constant


def members(value: Value, place: Place, readers: dict[str, Reader], required: Collection[str] = ()) -> dict[str, Any]:
    """Read an object's fields, each with its reader; report the unknown and the missing."""
    if not isinstance(value, dict):
        place.report("Expected value of type [OBJECT]")
        return {}
    missing = [name for name in required if name not in value]
    if missing:
        place.report(f"These fields are required: {list_of(missing)}")
    for name in value:
        if name not in readers:
            place.refuse(f"Field '{name}' is not supported")
    return {name: readers[name](member, place.at(name)) for name, member in value.items() if name in readers}


def only_one(value: Value, place: Place, *names: str, required: bool = False) -> None:
    """Report fields that exclude each other, or that one of them is missing."""
    found = [name for name in names if name in value]
    if len(found) > 1:
        place.refuse(f"Only one of these fields is allowed: {list_of(found)}")
    elif required and not found:
        place.report(f"One of these fields is required: {list_of(names)}")
