"""A Parallel or a Map whose children never run: a mock says what they come to.

The state's way in is the interpreter's own: arguments, items, ItemSelector. A Map takes one step for each item, as it
does when it starts iterations, so that no number of items holds up anybody else.
"""

from typing import TYPE_CHECKING, Final

from tobiishi.asl.model import Map, Parallel
from tobiishi.expr.bindings import Bindings, Value
from tobiishi.interp.flow import arguments, leave_with_result, limit, within_limit
from tobiishi.interp.frame import Frame
from tobiishi.interp.states import item_input, map_items

if TYPE_CHECKING:
    from tobiishi.teststate.run import StateRun

EXCEEDED: Final = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE: Final = "The specified tolerated failure threshold was exceeded"


class Children:
    """What would be the children of the state under test."""

    def __init__(self, run: "StateRun") -> None:
        self._run = run
        self._selected: list[Value] = []
        self._exceeded = False

    def step(self, frame: Frame, state: Parallel | Map) -> None:
        """Take a step of the state, from its entry to its end."""
        if frame.phase == "enter":
            bindings = self._run.bindings(frame)
            if isinstance(state, Map):
                self._enter_map(frame, state, bindings)
                return
            within_limit(arguments(state, frame, bindings), state.name)
        elif isinstance(state, Map) and self._select(frame, state):
            return
        self._conclude(frame, state)

    def _conclude(self, frame: Frame, state: Parallel | Map) -> None:
        """Have the children come to what the mock says."""
        run, mock = self._run, self._run.case.mock
        assert mock is not None
        if mock.error is not None:
            run.note(frame, "failed", error=mock.error, cause=mock.cause)
        elif self._exceeded:
            run.note(frame, "failed", error=EXCEEDED, cause=EXCEEDED_CAUSE)
        else:
            assert mock.result is not None
            leave_with_result(run, frame, state, run.bindings(frame), mock.result)

    # -- Map -----------------------------------------------------------------------------------------------------------
    def _enter_map(self, frame: Frame, state: Map, bindings: Bindings) -> None:
        run = self._run
        items = map_items(state, frame, bindings)
        concurrency = (
            0 if state.max_concurrency is None else limit("MaxConcurrency", state.max_concurrency, bindings, 0)
        )
        run.inspection.data["maxConcurrency"] = concurrency
        self._exceeded = self._is_exceeded(state, bindings, len(items.value))
        run.note(frame, "items", items, items=items.text, limit=1)
        run.record(run.event(frame, "MapStateStarted", {"length": len(items.value)}))

    def _is_exceeded(self, state: Map, bindings: Bindings, total: int) -> bool:
        """Whether more iterations have failed than the state tolerates. One that says nothing is not held to it."""
        failed, data = self._run.case.request.failed_iterations or 0, self._run.inspection.data
        exceeded = False
        if state.tolerated_failure_count is not None:
            count = limit("ToleratedFailureCount", state.tolerated_failure_count, bindings, 0)
            data["toleratedFailureCount"] = count
            exceeded = failed > count
        if state.tolerated_failure_percentage is not None:
            percentage = float(state.tolerated_failure_percentage.evaluate(bindings))
            data["toleratedFailurePercentage"] = percentage
            exceeded = exceeded or (total > 0 and failed * 100 / total > percentage)
        return exceeded

    def _select(self, frame: Frame, state: Map) -> bool:
        """Apply ItemSelector to one more item; False when none is left."""
        fan = frame.fan
        assert fan is not None
        assert fan.items is not None
        if state.item_selector is None:
            return False
        index = len(self._selected)
        if index == fan.total:
            self._run.inspection.trace("afterItemSelector", self._selected)
            return False
        self._selected.append(item_input(self._run, frame, state, index, fan.items.value[index]).value)
        return True
