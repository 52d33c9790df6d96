"""Readers of single fields that are evaluated: JSONPath's paths and templates, and what both query languages share."""

from collections.abc import Callable
from typing import Any, Final

from tobiishi.asl.fields import text
from tobiishi.asl.jsonata import INPUT, jsonata
from tobiishi.asl.lint import warn_of_missing_dollar
from tobiishi.asl.place import Place
from tobiishi.expr.bindings import Constant, Expression, Value
from tobiishi.expr.intrinsics import Call
from tobiishi.expr.jsonpath import Path, compile_path
from tobiishi.expr.result_path import compile_result_path
from tobiishi.expr.template import Template, TemplateError, path_or_intrinsic, payload_template

_VARIABLE_NAME_MAX: Final = 80


def path(value: Value, place: Place) -> Expression | None:
    return _path(value, place, reference=False)


def reference_path(value: Value, place: Place) -> Expression | None:
    return _path(value, place, reference=True)


def _path(value: Value, place: Place, *, reference: bool) -> Expression | None:
    string = text(value, place)
    if string is None:
        return None
    try:
        compiled = compile_path(string, place.field, reference=reference)
    except ValueError as error:
        place.report(str(error))
        return None
    place.refer(compiled.variables)
    return compiled


def filter_path(value: Value, place: Place) -> Expression | None:
    """Read InputPath or OutputPath: null stands for an empty object, `$` for the value itself (None)."""
    if value is None:
        return Constant({})
    return None if value == "$" else path(value, place)


def result_path(value: Value, place: Place) -> Any:
    """Read ResultPath: `$` replaces the input (None), null keeps it."""
    if value == "$" or (value is not None and text(value, place) is None):
        return None
    try:
        return compile_result_path(value)
    except ValueError as error:
        place.report(str(error))
        return None


def string_path(value: Value, place: Place) -> Expression | None:
    """Read ErrorPath or CausePath, which may be an intrinsic function too."""
    string = text(value, place)
    return None if string is None else _compiled(path_or_intrinsic, string, place)


def template(value: Value, place: Place) -> Expression | None:
    """Read a JSONPath payload template."""
    warn_of_missing_dollar(value, place)
    return _compiled(payload_template, value, place)


def object_template(value: Value, place: Place) -> Expression | None:
    if isinstance(value, dict):
        return template(value, place)
    place.report("Expected value of type [OBJECT]")
    return None


def _compiled(
    compiler: Callable[[Any, str], Constant | Template | Path | Call], value: Value, place: Place
) -> Expression | None:
    try:
        compiled = compiler(value, place.field)
    except TemplateError as error:
        for problem in error.problems:  # AWS's location is the object that holds the field
            place.inside(problem.pointer.rpartition("/")[0], value).report(problem.message)
    except ValueError as error:
        place.report(str(error))
    else:
        if not isinstance(compiled, Constant):
            place.refer(compiled.variables)
        return compiled
    return None


# -- both query languages ----------------------------------------------------------------------------------------------
def _check_variable(name: str, place: Place) -> None:
    if len(name) > _VARIABLE_NAME_MAX:
        place.refuse(f"The variable name '{name[:20]}...' is longer than {_VARIABLE_NAME_MAX} characters")
    elif not name.isidentifier():
        place.refuse(f"The variable name '{name}' is not a valid identifier")
    elif name == "states":
        place.refuse("The variable name 'states' is reserved")
    elif name in place.outer:
        place.refuse(f"The variable '{name}' is already assigned in an outer scope")


def credentials(value: Value, place: Place) -> Expression | None:
    """Read Credentials: an object with the role's ARN."""
    jsonpath = place.language == "JSONPath"
    if isinstance(value, dict) and "RoleArn" not in value and not (jsonpath and "RoleArn.$" in value):
        place.report("The field 'RoleArn' is required but was missing")
        return None
    return object_template(value, place) if jsonpath else jsonata()(value, place)


def assign(offers: frozenset[str] = INPUT) -> Callable[[Value, Place], Expression | None]:
    """Read Assign: an object of variable names to values. `offers` are the fields of `$states` in JSONata."""

    def read(value: Value, place: Place) -> Expression | None:
        if not isinstance(value, dict):
            place.report("Expected value of type [OBJECT]")
            return None
        jsonpath = place.language == "JSONPath"
        for name in value:
            _check_variable(name.removesuffix(".$") if jsonpath else name, place)
        return template(value, place) if jsonpath else jsonata(offers=offers)(value, place)

    return read
