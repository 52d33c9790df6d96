"""The mock: what stands for the work of a Task, or for the children of a Parallel or Map."""

from dataclasses import dataclass
from typing import Any

from tobiishi import jsontext
from tobiishi.asl.model import Map, Parallel, State, Task
from tobiishi.engine.errors import RefusedError
from tobiishi.interp.payload import Payload
from tobiishi.teststate.request import MockRequest
from tobiishi.teststate.result_schema import check_result


@dataclass(frozen=True, slots=True)
class Mock:
    """A result, or else an error."""

    result: Payload | None = None
    error: str | None = None
    cause: str | None = None


def read_mock(request: MockRequest, state: State) -> Mock:
    """Return the mock for a state that takes one. Raises `RefusedError`."""
    if request.result is not None and request.error_output is not None:
        raise RefusedError("A test mock should have only one of the following fields: [result, errorOutput].")
    if request.error_output is not None:
        error = request.error_output.get("error")
        if error is None:
            raise RefusedError("A mocked errorOutput must have an error.")
        return Mock(error=error, cause=request.error_output.get("cause"))
    if request.result is None:
        raise RefusedError("A test mock should have one of the following fields: [result, errorOutput].")
    return Mock(result=_read_result(request.result, request, state))


def _read_result(text: str, request: MockRequest, state: State) -> Payload:
    try:
        value = jsontext.decode(text)
    except jsontext.JsonError:
        raise RefusedError("Mocked result must be valid JSON") from None
    if isinstance(state, Map):
        _check_map(value, state)
    elif isinstance(state, Parallel):
        _check_array(value)
        if len(value) != len(state.branches):
            raise RefusedError("Mocked result must contain the same number of items as number of Parallel branches.")
    elif isinstance(state, Task) and request.mode != "NONE":
        check_result(value, state.resource, strict=request.mode == "STRICT")
    return Payload(text, value)


def _check_map(value: Any, state: Map) -> None:
    """A Map gives an array, but for one that writes its results elsewhere: that says where they are."""
    if "ResultWriter" not in state.raw:
        _check_array(value)
    elif not isinstance(value, dict):
        raise RefusedError("Mocked result must be a JSON object.")


def _check_array(value: Any) -> None:
    if not isinstance(value, list):
        raise RefusedError("Mocked result must be an array.")
