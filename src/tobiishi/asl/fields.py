"""Readers of single fields, one per kind of value: literals here, expressions after them.

The numbers are AWS's (Amazon States Language specification; Step Functions quotas).
"""

import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final

from tobiishi.asl.lint import warn_of_missing_dollar, warn_of_missing_path, warn_of_static_result
from tobiishi.asl.place import Place, Reader, list_of
from tobiishi.expr.bindings import Constant, Expression, Value
from tobiishi.expr.jsonata import jsonata_template
from tobiishi.expr.jsonpath import compile_path
from tobiishi.expr.result_path import compile_result_path
from tobiishi.expr.template import TemplateError, path_or_intrinsic, payload_template

SECONDS_MAX: Final = 99_999_999
_RFC3339: Final = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
)
_VARIABLE_NAME_MAX: Final = 80


def unread(value: Value, place: Place) -> Value:  # noqa: ARG001 - a Reader's shape
    """Keep a value for the state's builder, which reads it."""
    return value


def text(value: Value, place: Place) -> str | None:
    if isinstance(value, str):
        return value
    place.report("Expected value of type String")
    return None


def true(value: Value, place: Place) -> bool | None:
    if isinstance(value, bool):
        return value
    place.report("Expected value of type Boolean")
    return None


def one_of(*allowed: str) -> Callable[[Value, Place], str | None]:
    def read(value: Value, place: Place) -> str | None:
        if isinstance(value, str) and value in allowed:
            return value
        place.report(f"The field '{place.field}' should have one of these values: {list_of(allowed)}")
        return None

    return read


def integer(least: int, most: int | None = None) -> Callable[[Value, Place], int | None]:
    """Read a whole number of a range; 3.0 counts as 3."""

    def read(value: Value, place: Place) -> int | None:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            place.report("Expected value of type Integer")
        elif value < least or (most is not None and value > most):
            place.report(f"The value must be {_range(least, most)}, but was {value}")
        else:
            return value
        return None

    return read


def number(least: float, most: float | None = None) -> Callable[[Value, Place], float | None]:
    def read(value: Value, place: Place) -> float | None:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            place.report("Expected value of type Number")
        elif value < least or (most is not None and value > most):
            place.report(f"The value must be {_range(least, most)}, but was {value}")
        else:
            return value
        return None

    return read


def _range(least: float, most: float | None) -> str:
    return f"at least {least}" if most is None else f"between {least} and {most}"


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
        place.report("Expected value of type Object")
        return {}
    missing = [name for name in required if name not in value]
    if missing:
        place.report(f"These fields are required: {list_of(missing)}")
    for name in value:
        if name not in readers:
            place.report(f"Field '{name}' is not supported")
    return {name: readers[name](member, place.at(name)) for name, member in value.items() if name in readers}


def only_one(value: Value, place: Place, *names: str, required: bool = False) -> None:
    """Report fields that exclude each other, or that one of them is missing."""
    found = [name for name in names if name in value]
    if len(found) > 1:
        place.report(f"Only one of these fields is allowed: {list_of(found)}")
    elif required and not found:
        place.report(f"One of these fields is required: {list_of(names)}")


# -- expressions -------------------------------------------------------------------------------------------------------
def path(value: Value, place: Place) -> Expression | None:
    return _path(value, place, reference=False)


def reference_path(value: Value, place: Place) -> Expression | None:
    return _path(value, place, reference=True)


def _path(value: Value, place: Place, *, reference: bool) -> Expression | None:
    string = text(value, place)
    if string is None:
        return None
    try:
        return compile_path(string, place.field, reference=reference)
    except ValueError as error:
        place.report(str(error))
        return None


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


def credentials(value: Value, place: Place) -> Expression | None:
    """Read Credentials: an object with the role's ARN."""
    jsonpath = place.language == "JSONPath"
    if isinstance(value, dict) and "RoleArn" not in value and not (jsonpath and "RoleArn.$" in value):
        place.report("The field 'RoleArn' is required but was missing")
        return None
    return object_template(value, place) if jsonpath else jsonata(literal=None)(value, place)


def object_template(value: Value, place: Place) -> Expression | None:
    if isinstance(value, dict):
        return template(value, place)
    place.report("Expected value of type Object")
    return None


def jsonata(expects: str | None = None, literal: Reader | None = None) -> Callable[[Value, Place], Expression | None]:
    """Read a JSONata field: `{% %}` with an expected type, or what `literal` reads."""

    def read(value: Value, place: Place) -> Expression | None:
        if literal is not None and not is_jsonata(value):
            return constant(literal)(value, place)
        return _compiled(lambda body, field: jsonata_template(body, field, expects), value, place)

    return read


def items(value: Value, place: Place) -> Expression | None:
    """Read JSONata's Items: an array, or an expression that gives one."""
    if isinstance(value, list) or is_jsonata(value):
        return jsonata("array")(value, place)
    place.report("Expected an array or a JSONata expression")
    return None


def is_jsonata(value: Value) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def _compiled(compiler: Callable[[Any, str], Expression], value: Value, place: Place) -> Expression | None:
    try:
        return compiler(value, place.field)
    except TemplateError as error:
        for problem in error.problems:
            _holder(problem.pointer, value, place).report(problem.message)
    except ValueError as error:
        place.report(str(error))
    return None


def _holder(pointer: str, value: Value, place: Place) -> Place:
    """Return the place of the object that holds a template's field: AWS's location for what is wrong with it."""
    for part in pointer.split("/")[1:-1]:
        name = part.replace("~1", "/").replace("~0", "~")
        place, value = (
            (place.item(int(name)), value[int(name)]) if isinstance(value, list) else (place.at(name), value[name])
        )
    return place


# -- variables ---------------------------------------------------------------------------------------------------------
def assign(value: Value, place: Place) -> Expression | None:
    """Read Assign: an object of variable names to values."""
    if not isinstance(value, dict):
        place.report("Expected value of type Object")
        return None
    jsonpath = place.language == "JSONPath"
    for name in value:
        _check_variable(name.removesuffix(".$") if jsonpath else name, place)
    return template(value, place) if jsonpath else jsonata()(value, place)


def _check_variable(name: str, place: Place) -> None:
    if len(name) > _VARIABLE_NAME_MAX:
        place.report(f"The variable name '{name[:20]}...' is longer than {_VARIABLE_NAME_MAX} characters")
    elif not name.isidentifier():
        place.report(f"The variable name '{name}' is not a valid identifier")
    elif name == "states":
        place.report("The variable name 'states' is reserved")
    elif name in place.outer:
        place.report(f"The variable '{name}' is already assigned in an outer scope")
