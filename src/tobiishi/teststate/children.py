"""A Parallel or a Map whose children never run: a mock says what they come to.

The state's way in is the interpreter's own: arguments, items, ItemSelector. A Map takes one step for each item, as it
does when it starts iterations, so that no number of items holds up anybody else.
"""

from typing import TYPE_CHECKING, Final

from tobiishi.asl.model import Map, Parallel
from tobiishi.engine.errors import RefusedError
from tobiishi.expr.bindings import Bindings, Value
from tobiishi.interp.flow import (
    FieldError,
    arguments,
    effective_input,
    leave_with_result,
    limit,
    shown,
    within_limit,
)
from tobiishi.interp.frame import Frame
from tobiishi.interp.payload import Payload
from tobiishi.interp.states import item_input, map_items
from tobiishi.teststate.as_written import evaluate, evaluate_number
from tobiishi.teststate.item_batcher import batches
from tobiishi.teststate.item_reader import read_items

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
            within_limit(arguments(state, frame, bindings), state.name, bindings.payload_bytes)
        elif isinstance(state, Map):
            if self._select(frame, state):
                return
            self._batch(frame, state)
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

    # -- Map: what it iterates over ------------------------------------------------------------------------------------
    def _enter_map(self, frame: Frame, state: Map, bindings: Bindings) -> None:
        run = self._run
        items = self._items(frame, state, bindings)
        total = len(items.value)
        self._check_failed(total)
        concurrency = (
            0 if state.max_concurrency is None else limit("MaxConcurrency", state.max_concurrency, bindings, 0)
        )
        run.inspection.data["maxConcurrency"] = concurrency
        self._exceeded = self._is_exceeded(state, bindings, total)
        run.note(frame, "items", items, items=items.text, limit=1)
        run.record(run.event(frame, "MapStateStarted", {"length": total}))

    def _items(self, frame: Frame, state: Map, bindings: Bindings) -> Payload:
        reader = state.raw.get("ItemReader")
        text = self._run.case.request.reader_data
        if reader is None or (text is None and state.items is not None):
            return map_items(state, frame, bindings)
        effective_input(state, bindings)
        if text is None:
            return Payload("[]")  # nobody has said what the reader would find
        field = "Parameters" if state.language == "JSONPath" else "Arguments"
        if field in reader:
            evaluate(state, f"ItemReader/{field}", reader[field], bindings)
        items = read_items(text, reader)
        config = reader.get("ReaderConfig", {})
        if "ItemsPointer" in config:
            self._run.inspection.trace("afterItemsPointer", items)
        return Payload.of(items[: evaluate_number(state, "ItemReader/ReaderConfig/MaxItems", config, bindings) or None])

    # -- Map: how many of its iterations may fail ----------------------------------------------------------------------
    def _check_failed(self, total: int) -> None:
        if (self._run.case.request.failed_iterations or 0) > total:
            raise RefusedError("MapIterationFailureCount cannot exceed the number of items")

    def _is_exceeded(self, state: Map, bindings: Bindings, total: int) -> bool:
        """Whether more iterations have failed than the state tolerates. One that says nothing is not held to it."""
        failed, data = self._run.case.request.failed_iterations or 0, self._run.inspection.data
        exceeded = False
        if state.tolerated_failure_count is not None:
            count = limit("ToleratedFailureCount", state.tolerated_failure_count, bindings, 0)
            data["toleratedFailureCount"] = count
            exceeded = failed > count
        if state.tolerated_failure_percentage is not None:
            percentage = _percentage(state, bindings)
            data["toleratedFailurePercentage"] = percentage
            exceeded = exceeded or (total > 0 and failed * 100 / total > percentage)
        return exceeded

    # -- Map: what its iterations get ----------------------------------------------------------------------------------
    def _select(self, frame: Frame, state: Map) -> bool:
        """Apply ItemSelector to one more item; False when none is left."""
        items = _items_of(frame)
        index = len(self._selected)
        if state.item_selector is None or index == len(items):
            return False
        self._selected.append(item_input(self._run, frame, state, index, items[index]).value)
        return True

    def _batch(self, frame: Frame, state: Map) -> None:
        items = _items_of(frame)
        if state.item_selector is not None:
            items = self._selected
            self._run.inspection.trace("afterItemSelector", items)
        batcher = state.raw.get("ItemBatcher")
        if batcher is None:
            return
        bindings = self._run.bindings(frame)
        effective_input(state, bindings)
        shared = {}
        if "BatchInput" in batcher:
            shared["BatchInput"] = evaluate(state, "ItemBatcher/BatchInput", batcher["BatchInput"], bindings)
        most_items = evaluate_number(state, "ItemBatcher/MaxItemsPerBatch", batcher, bindings)
        most_bytes = evaluate_number(state, "ItemBatcher/MaxInputBytesPerBatch", batcher, bindings)
        self._run.inspection.trace("afterItemBatcher", batches(items, most_items, most_bytes, shared))


def _items_of(frame: Frame) -> list[Value]:
    assert frame.fan is not None
    assert frame.fan.items is not None
    items: list[Value] = frame.fan.items.value
    return items


def _percentage(state: Map, bindings: Bindings) -> float:
    assert state.tolerated_failure_percentage is not None
    value = state.tolerated_failure_percentage.evaluate(bindings)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
        return float(value)
    error = "States.Runtime" if state.language == "JSONPath" else "States.QueryEvaluationError"
    raise FieldError(error, f"ToleratedFailurePercentage must be between 0 and 100: {shown(value)}")
