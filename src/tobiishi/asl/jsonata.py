"""Readers of JSONata fields.

Beside its syntax, an expression's references are checked: see `expr.jsonata_references`. Each mistake is placed at the
very string that holds it, as AWS does: `/States/S/Output/total`.
"""

from collections.abc import Callable
from typing import Final

from tobiishi.asl.errors import INVALID_JSONATA, UNSUPPORTED_JSONATA
from tobiishi.asl.fields import constant
from tobiishi.asl.place import Place, Reader
from tobiishi.expr.bindings import Expression, Value
from tobiishi.expr.jsonata import jsonata_template
from tobiishi.expr.jsonata_engine import JsonataSyntaxError, parse
from tobiishi.expr.jsonata_references import unsupported_references

INPUT: Final = frozenset({"input", "context"})
"""The fields of `$states` wherever an expression may stand."""
RESULT: Final = INPUT | {"result"}
"""Those in Output and Assign of a state with a result."""
ERROR: Final = INPUT | {"errorOutput"}
"""Those in a catcher."""


def jsonata(
    expects: str | None = None, literal: Reader | None = None, offers: frozenset[str] = INPUT
) -> Callable[[Value, Place], Expression | None]:
    """Read a JSONata field: `{% %}` with an expected type, or what `literal` reads, or any value with `{% %}` in it."""

    def read(value: Value, place: Place) -> Expression | None:
        if literal is not None and not is_jsonata(value):
            return constant(literal)(value, place)
        errors = place.findings.errors
        _check(value, place, offers)
        return None if place.findings.errors > errors else jsonata_template(value, place.field, expects)

    return read


def items(value: Value, place: Place) -> Expression | None:
    """Read JSONata's Items: an array, or an expression that gives one."""
    if isinstance(value, list) or is_jsonata(value):
        return jsonata("array")(value, place)
    place.report("Expected an array or a JSONata expression")
    return None


def is_jsonata(value: Value) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def _check(value: Value, place: Place, offers: frozenset[str]) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            _check(member, place.at(name), offers)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check(member, place.item(index), offers)
    elif is_jsonata(value):
        _check_expression(value[2:-2].strip(), place, offers)


def _check_expression(text: str, place: Place, offers: frozenset[str]) -> None:
    try:
        program = parse(text)
    except JsonataSyntaxError as error:
        place.report(str(error), INVALID_JSONATA)
        return
    for message in unsupported_references(program, offers):
        place.report(message, UNSUPPORTED_JSONATA)
