"""One state by itself, for a test: out of its own text, or out of the machine that it belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tobiishi.asl import fields
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.model import Choice, Definition, Map, Parallel, State, Succeed, Workflow
from tobiishi.asl.place import Findings, Place
from tobiishi.asl.source import read_definition
from tobiishi.asl.workflow import read_state

UNNAMED: Final = "StateName"
"""What AWS calls a state that is given without a machine."""


@dataclass(frozen=True, slots=True)
class SingleState:
    """A state, with the Parallel and Map states around it, the nearest first."""

    state: State
    around: tuple[Parallel | Map, ...] = ()

    @property
    def is_iterated(self) -> bool:
        """Whether a Map runs it."""
        return any(isinstance(outer, Map) for outer in self.around)


def read_single(text: str) -> SingleState:
    """Return the state of a text that holds nothing else. Where it leads to need not exist.

    Raises `InvalidDefinitionError`.
    """
    value, _ = read_definition(text)
    findings = Findings()
    findings.language = fields.effective_language(value, "JSONPath")
    place = Place(findings, language=findings.language).at("States").at(UNNAMED)
    state = read_state(UNNAMED, value, place, place)
    if state is None or findings.errors:
        raise InvalidDefinitionError(findings.problems)
    return SingleState(state)


def find_state(text: str, name: str) -> SingleState | None:
    """Return a state of a machine, however deep it is inside; None if there is none of that name.

    Raises `InvalidDefinitionError` for what is no machine.
    """
    found = (single for single in _singles(compile_definition(text), ()) if single.state.name == name)
    return next(found, None)


def _singles(workflow: Workflow, around: tuple[Parallel | Map, ...]) -> Iterator[SingleState]:
    for state in workflow.states.values():
        yield SingleState(state, around)
        if isinstance(state, Parallel):
            for branch in state.branches:
                yield from _singles(branch, (state, *around))
        elif isinstance(state, Map):
            yield from _singles(state.processor, (state, *around))


def inner_states(state: State) -> Iterator[State]:
    """Yield every state inside a Parallel or a Map."""
    inside = Workflow(start_at=state.name, states={state.name: state})
    return (single.state for single in _singles(inside, ()) if single.around)


def alone(state: State) -> Definition:
    """Return a machine that starts with that state. Whatever the state leads to is there, and ends the machine."""
    ends: dict[str, State] = {
        name: Succeed(name=name, type="Succeed", location=f"/States/{name}", language=state.language)
        for name in _targets(state)
    }
    return Definition(start_at=state.name, states={**ends, state.name: state}, text="", language=state.language)


def _targets(state: State) -> Iterator[str]:
    if state.next is not None:
        yield state.next
    yield from (catcher.next for catcher in state.catch)
    if isinstance(state, Choice):
        yield from (rule.next for rule in state.rules)
        if state.default is not None:
            yield state.default
