"""Random machines: small valid definitions, and what their tasks come to.

States stand in a row and lead on to the next, so that every machine ends: loops come from retries alone.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.language.case import Case

LIST = "$$.Execution.Input.list"
"""What every Map of a random machine iterates over."""

_errors = st.sampled_from(["A", "B", "States.Timeout"])
_outcome = st.one_of(
    st.builds(lambda value: {"output": value}, st.sampled_from([None, 0, "é", {"deep": [1]}, [1, 2]])),
    st.builds(lambda error: {"error": error, "cause": "scripted"}, _errors),
    st.just({"silent": True}),
)
_caught = st.sampled_from(["A", "B", "States.ALL", "States.TaskFailed", "States.Timeout"])
_retry = st.builds(
    lambda name, attempts, full: {
        "ErrorEquals": [name],
        "MaxAttempts": attempts,
        "JitterStrategy": "FULL" if full else "NONE",
    },
    _caught,
    st.integers(0, 2),
    st.booleans(),
)


class _Builder:
    """Draws one machine. State names are unique in it, as AWS wants them."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw
        self._named = 0
        self.tasks: dict[str, list[dict[str, Any]]] = {}

    def workflow(self, depth: int) -> dict[str, Any]:
        names = [self._name() for _ in range(self._draw(st.integers(1, 3)))]
        end = self._name()
        last = self._draw(st.sampled_from([{"Type": "Succeed"}, {"Type": "Succeed"}, {"Type": "Fail", "Error": "A"}]))
        states: dict[str, Any] = {end: last}
        for name, following in zip(names, [*names[1:], end], strict=True):
            states[name] = self._state(name, following, end, depth)
        return {"StartAt": names[0], "States": states}

    def _name(self) -> str:
        self._named += 1
        return f"S{self._named}"

    def _state(self, name: str, following: str, end: str, depth: int) -> dict[str, Any]:
        leaves = [self._pass, self._wait, self._task, self._choice]
        inner = [self._parallel, self._map] if depth else []
        state = self._draw(st.sampled_from([*leaves, *inner]))(name, depth)
        if state["Type"] == "Choice":
            fails = {"Variable": "$$.Execution.Input.fails", "BooleanEquals": True, "Next": end}
            return {**state, "Choices": [fails], "Default": following}
        return {**state, "Next": following, **self._recovery(state, end)}

    def _recovery(self, state: dict[str, Any], end: str) -> dict[str, Any]:
        if state["Type"] not in ("Task", "Parallel", "Map"):
            return {}
        recovery: dict[str, Any] = {}
        retry = self._draw(st.none() | _retry)
        if retry is not None:
            recovery["Retry"] = [retry]
        name = self._draw(st.none() | _caught)
        if name is not None:
            recovery["Catch"] = [{"ErrorEquals": [name], "Next": end}]
        return recovery

    def _pass(self, name: str, _: int) -> dict[str, Any]:
        made = self._draw(
            st.sampled_from([{"Result": 1}, {"Parameters": {"was.$": "$"}}, {"Assign": {f"v{name}.$": "$"}}])
        )
        return {"Type": "Pass", **made}

    def _wait(self, _name: str, _: int) -> dict[str, Any]:
        return {"Type": "Wait", "Seconds": self._draw(st.integers(0, 3))}

    def _choice(self, _name: str, _: int) -> dict[str, Any]:
        return {"Type": "Choice"}

    def _task(self, name: str, _: int) -> dict[str, Any]:
        self.tasks[name] = self._draw(st.lists(_outcome, min_size=1, max_size=3))
        parameters = {"FunctionName": "f", "Payload.$": "$"}
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": parameters,
            "TimeoutSeconds": 5,
        }

    def _parallel(self, _name: str, depth: int) -> dict[str, Any]:
        return {
            "Type": "Parallel",
            "Branches": [self.workflow(depth - 1) for _ in range(self._draw(st.integers(1, 3)))],
        }

    def _map(self, _name: str, depth: int) -> dict[str, Any]:
        return {
            "Type": "Map",
            "InputPath": LIST,
            "MaxConcurrency": self._draw(st.integers(0, 2)),
            "ItemProcessor": self.workflow(depth - 1),
        }


@st.composite
def machines(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Case:
    """Return a random machine with its input and its tasks' outcomes, as a case without a history."""
    builder = _Builder(draw)
    definition = builder.workflow(draw(st.integers(0, 2)))
    if draw(st.booleans()):
        definition["TimeoutSeconds"] = draw(st.integers(1, 30))
    given = {"list": list(range(draw(st.integers(0, 3)))), "fails": draw(st.booleans())}
    then = draw(st.lists(st.sampled_from(["redrive", "redrive", "stop"]), max_size=3))
    return Case(name="random", definition=definition, history=[], input=given, tasks=builder.tasks, then=then)
