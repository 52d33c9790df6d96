"""Readers of JSONata fields.

Beside its syntax, an expression's references are checked: see `expr.jsonata_references`. Each mistake is placed at the
very string that holds it, as AWS does: `/States/S/Output/total`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tobiishi.asl.errors import INVALID_JSONATA, UNSUPPORTED_JSONATA
from tobiishi.asl.fields import constant
from tobiishi.asl.place import Place, Reader
from tobiishi.expr.bindings import Constant, Expression, Value
from tobiishi.expr.jsonata import MOST_BULK, Expects, JsonataExpression, JsonataTemplate, jsonata_template
from tobiishi.expr.jsonata_references import free_variables, unsupported_references
from tobiishi.expr.template import TemplateError

INPUT: Final = frozenset({"input", "context"})
"""The fields of `$states` wherever an expression may stand."""
RESULT: Final = INPUT | {"result"}
"""Those in Output and Assign of a state with a result."""
ERROR: Final = INPUT | {"errorOutput"}
"""Those in a catcher."""


def jsonata(
    expects: Expects | None = None, literal: Reader | None = None, offers: frozenset[str] = INPUT
) -> Callable[[Value, Place], Expression | None]:
    """Read a JSONata field: `{% %}` with an expected type, or what `literal` reads, or any value with `{% %}` in it."""

    def read(value: Value, place: Place) -> Expression | None:
        if literal is not None and not is_jsonata(value):
            return constant(literal)(value, place)
        left = MOST_BULK if place.findings.accepted else MOST_BULK - place.findings.bulk
        try:
            compiled = jsonata_template(value, place.path, expects, left)
        except TemplateError as error:
            for problem in error.problems:
                place.inside(problem.pointer, value).report(problem.message, INVALID_JSONATA, excerpt=problem.excerpt)
            return None
        for expression in _expressions(compiled):
            place.findings.bulk += expression.program.bulk
            place.refer(free_variables(expression.program))
            _check_references(expression, place, offers)
        return compiled

    return read


def _expressions(compiled: Constant | JsonataExpression | JsonataTemplate) -> tuple[JsonataExpression, ...]:
    match compiled:
        case JsonataExpression():
            return (compiled,)
        case JsonataTemplate():
            return compiled.expressions
    return ()


def _check_references(expression: JsonataExpression, place: Place, offers: frozenset[str]) -> None:
    where = replace(place, location=f"{place.state}/{expression.location}")
    if not expression.text:
        where.report("Unexpected end of expression", INVALID_JSONATA)
    for message in unsupported_references(expression.program, offers):
        where.refuse(message, UNSUPPORTED_JSONATA)


def items(value: Value, place: Place) -> Expression | None:
    """Read JSONata's Items: an array, or an expression that gives one."""
    if isinstance(value, list) or is_jsonata(value):
        return jsonata("array")(value, place)
    place.report("Expected an array or a JSONata expression")
    return None


def is_jsonata(value: Value) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")
