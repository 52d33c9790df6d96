"""The context object that a caller makes up.

It takes the place of the whole: what it leaves out is not there. Messages are AWS's, as far as they are known.
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from collections.abc import Mapping
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.asl.model import State, Task
from tobiishi.engine.errors import RefusedError

_TEXT: Final = (str, "a string")
_NUMBER: Final = (int, "an integer")
_ANY: Final = (object, "")

_FIELDS: Final[Mapping[str, Mapping[str, tuple[type, str]]]] = {
    "Execution": {
        "Id": _TEXT,
        "Input": _ANY,
        "Name": _TEXT,
        "RoleArn": _TEXT,
        "StartTime": _TEXT,
        "RedriveCount": _NUMBER,
        "RedriveTime": _TEXT,
    },
    "State": {"EnteredTime": _TEXT, "Name": _TEXT, "RetryCount": _NUMBER},
    "StateMachine": {"Id": _TEXT, "Name": _TEXT},
    "Task": {"Token": _TEXT},
}


def read_context(text: str, state: State) -> Mapping[str, Any]:
    """Return the context object of a JSON text. Raises `RefusedError` for one that cannot be."""
    try:
        context = jsontext.decode(text)
    except jsontext.JsonError:
        raise _invalid("Context object must be valid JSON") from None
    if not isinstance(context, dict):
        raise _invalid("Context object must be an object")
    for name, value in context.items():
        if name == "Map":
            raise _invalid("'Map' field is not supported when mocking a Context object")
        if name not in _FIELDS:
            raise _invalid(f"Field '{name}' is not allowed")
        _check_fields(name, value)
    if "Task" in context and not _is_waiting(state):
        raise _invalid(
            "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
            "service integration pattern"
        )
    return context


def _check_fields(part: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise _invalid(f"{part} must be an object")
    for name, member in value.items():
        if name not in _FIELDS[part]:
            raise _invalid(f"Field '{name}' is not allowed")
        kind, wanted = _FIELDS[part][name]
        if not isinstance(member, kind) or (kind is int and isinstance(member, bool)):
            raise _invalid(f"{part}.{name} must be {wanted}")


def _is_waiting(state: State) -> bool:
    return isinstance(state, Task) and bool(state.resource.pattern or state.resource.kind == "activity")


def _invalid(problem: str) -> RefusedError:
    return RefusedError(f"Invalid Context object provided: {problem}")
