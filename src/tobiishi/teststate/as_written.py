"""Fields of a Map that the compiled model keeps as they were written."""

from typing import Any

from tobiishi.asl.expressions import reference_path, template
from tobiishi.asl.jsonata import jsonata
from tobiishi.asl.model import State
from tobiishi.asl.place import Findings, Place
from tobiishi.expr.bindings import Bindings, Value
from tobiishi.interp.flow import limit


def evaluate(state: State, field: str, value: Value, bindings: Bindings) -> Any:
    """Return what a template comes to. `field` is its place in the state, such as `ItemBatcher/BatchInput`."""
    read = template if state.language == "JSONPath" else jsonata()
    expression = read(value, _place(state, field))
    assert expression is not None, "the definition was found good"
    return expression.evaluate(bindings)


def evaluate_number(state: State, field: str, holder: dict[str, Any], bindings: Bindings) -> int | None:
    """Return a count that stands in `holder` as a number, as an expression, or as a path in `...Path`; None if not.

    `field` ends with its name.
    """
    name = field.rpartition("/")[2]
    if f"{name}Path" in holder:
        expression = reference_path(holder[f"{name}Path"], _place(state, f"{field}Path"))
    elif name in holder:
        expression = jsonata()(holder[name], _place(state, field))  # a number comes to itself
    else:
        return None
    assert expression is not None, "the definition was found good"
    return limit(name, expression, bindings, 0)


def _place(state: State, field: str) -> Place:
    location = f"{state.location}/{field}"
    return Place(Findings(language=state.language), location, state=state.location, language=state.language)
