"""AWS's three warnings: values that look like paths but stand where they are only text.

Source: `ValidateStateMachineDefinitionDiagnostic`, list of warning codes. JSONPath only.
"""

import re
from typing import Final

from tobiishi.asl.errors import NO_DOLLAR, NO_PATH, STATIC_RESULT
from tobiishi.asl.place import Place
from tobiishi.expr.bindings import Value

_LOOKS_LIKE_PATH: Final = re.compile(r"\$\$?[.\[]\S+|States\.[A-Za-z]+\(.*\)", re.DOTALL)


def looks_like_path(value: Value) -> bool:
    return isinstance(value, str) and _LOOKS_LIKE_PATH.fullmatch(value) is not None


def warn_of_missing_dollar(template: Value, place: Place) -> None:
    """NO_DOLLAR: a template's field holds a path or a function call, but its name does not end in `.$`."""
    if isinstance(template, dict):
        for name, value in template.items():
            if looks_like_path(value) and not name.endswith(".$"):
                message = f"The field '{name}' looks like a path or an intrinsic function; its name must end in '.$'"
                place.at(name).report(message, NO_DOLLAR, "WARNING")
            warn_of_missing_dollar(value, place.at(name))
    elif isinstance(template, list):
        for index, value in enumerate(template):
            warn_of_missing_dollar(value, place.item(index))


def warn_of_missing_path(value: Value, place: Place) -> None:
    """NO_PATH: a literal field holds a path; `ErrorPath` would be read as one, `Error` is text."""
    if looks_like_path(value):
        message = f"The value looks like a path, but '{place.field}' is a literal; use '{place.field}Path'"
        place.report(message, NO_PATH, "WARNING")


def warn_of_static_result(result: Value, place: Place) -> None:
    """PASS_RESULT_IS_STATIC: a Pass state's Result holds a path, which nothing will evaluate."""
    if looks_like_path(result):
        message = "A Pass state's Result is static, and this path is only text; use Parameters"
        place.report(message, STATIC_RESULT, "WARNING")
    elif isinstance(result, dict):
        for name, value in result.items():
            warn_of_static_result(value, place.at(name))
    elif isinstance(result, list):
        for index, value in enumerate(result):
            warn_of_static_result(value, place.item(index))
