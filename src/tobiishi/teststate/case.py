"""A request that has been read and found to make sense: the state, and what it is to meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.asl.model import Map, Parallel, State, Task
from tobiishi.asl.single import SingleState, find_state, inner_states, read_single
from tobiishi.engine.errors import RefusedError
from tobiishi.engine.inputs import check_input
from tobiishi.teststate.context import read_context
from tobiishi.teststate.errors import UnsupportedStateError
from tobiishi.teststate.mock import Mock, read_mock
from tobiishi.teststate.request import Request

_UNMOCKED: Final = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)

_VARIABLE_NAME_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Case:
    """What a run needs. `context` is the whole context object if the caller gave one."""

    request: Request
    single: SingleState
    mock: Mock | None
    context: Mapping[str, Any] | None
    variables: Mapping[str, Any]

    @property
    def state(self) -> State:
        return self.single.state


def read_case(request: Request, payload_bytes: int) -> Case:
    """Read and check a request. May read service models from disk.

    Raises `InvalidDefinitionError`, `UnsupportedStateError`, `InvalidInputError` and `RefusedError`, in AWS's words.
    """
    single = _find(request)
    _check_mockable(single.state, request)
    mock = None if request.mock is None else read_mock(request.mock, single.state)
    _check_configuration(single, request)
    context = _context(single.state, request)
    check_input(request.input, payload_bytes)
    return Case(request, single, mock, context, _variables(request))


def _find(request: Request) -> SingleState:
    if request.state_name is None:
        return read_single(request.definition)
    single = find_state(request.definition, request.state_name)
    if single is None:
        raise RefusedError("State not found in definition")
    return single


def _check_mockable(state: State, request: Request) -> None:
    """Some states need a mock, others take none; a call to the world needs a role."""
    if request.mock is not None:
        if not isinstance(state, Task | Parallel | Map):
            raise RefusedError(f"State type '{state.type}' is not supported when a mock is specified")
        if request.reveal_secrets:
            raise RefusedError("TestState does not support RevealSecrets when a mock is specified.")
        return
    if isinstance(state, Parallel | Map):
        raise UnsupportedStateError(_UNMOCKED)
    if isinstance(state, Task):
        if request.role_arn is None:
            raise RefusedError("RoleArn must be specified when testing a Task state")
        if state.resource.kind == "activity":
            raise RefusedError("TestState API does not support Activity tasks unless a mock is specified")
        if state.resource.pattern:
            what = f"the '.{state.resource.pattern}' service integration pattern"
            raise RefusedError(f"TestState API does not support {what} unless a mock is specified")


def _check_configuration(single: SingleState, request: Request) -> None:
    state = single.state
    if request.reveal_secrets and request.level != "TRACE":
        raise RefusedError("RevealSecrets can only be used with the TRACE inspection level")
    if request.failed_iterations is not None:
        if request.mock is None:
            raise RefusedError("MapIterationFailureCount can only be specified when a mock is specified")
        if not (isinstance(state, Map) or single.is_iterated):
            raise RefusedError("MapIterationFailureCount can only be specified for a Map state or a state within one")
    if request.reader_data is not None and not (isinstance(state, Map) and "ItemReader" in state.raw):
        raise RefusedError("MapItemReaderData can only be specified for a Map state with an ItemReader")
    if request.error_state is None:
        return
    if not isinstance(state, Parallel | Map):
        raise RefusedError("ErrorCausedByState can only be specified for a Map or Parallel state")
    if all(inner.name != request.error_state for inner in inner_states(state)):
        raise RefusedError("ErrorCausedByState must be the name of a state inside the tested state")


def _context(state: State, request: Request) -> Mapping[str, Any] | None:
    if request.context is None:
        return None
    if request.mock is None:
        raise RefusedError("A Context object can only be specified when a mock is specified")
    return read_context(request.context, state)


def _variables(request: Request) -> Mapping[str, Any]:
    if request.variables is None:
        return {}
    try:
        variables = jsontext.decode(request.variables)
    except jsontext.JsonError:
        raise RefusedError("Variables must be valid JSON") from None
    if not isinstance(variables, dict):
        raise RefusedError("Variables must be a JSON object")
    for name in variables:
        if not name.isidentifier() or name == "states" or len(name) > _VARIABLE_NAME_MAX:
            raise RefusedError(f"Invalid variable name: '{name[:_VARIABLE_NAME_MAX]}'")
    return variables
