"""What a test shows of the way from a state's input to its output.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
"""

from typing import Any, Final

from tobiishi.asl.model import State
from tobiishi.expr.bindings import Value
from tobiishi.interp.payload import Payload
from tobiishi.tasks.http import HttpExchange
from tobiishi.teststate.http_trace import request_data, response_data

_NOT_OF_PARALLEL: Final = frozenset({"afterInputPath", "afterParameters", "afterArguments"})
"""AWS shows only a Parallel's way out."""

_ITEMS: Final = frozenset({"afterItemsPath", "afterItemsPointer", "afterItemSelector", "afterItemBatcher"})
"""Lists that AWS writes item by item, with a blank after each comma."""


class Inspection:
    """Takes notes while the state runs; `data` is what AWS's inspectionData has."""

    def __init__(self, state: State) -> None:
        self.exchange: HttpExchange | None = None
        """What went over the wire last, for an HTTP task."""
        self._given: list[Payload] = []
        self._is_parallel = state.type == "Parallel"
        self.data: dict[str, Any] = {}

    def given(self, payload: Payload) -> None:
        """Note what the caller gave: as long as it passes through unchanged, its text is shown as it is."""
        self._given.append(payload)

    def trace(self, step: str, value: Value) -> None:
        """Note what a step of the data flow came to."""
        if step in _ITEMS:
            self.data[step] = f"[{', '.join(map(self._text, value))}]"
        elif not (self._is_parallel and step in _NOT_OF_PARALLEL):
            self.data[step] = self._text(value)

    def watch(self, seen: object) -> None:
        """Take what an integration shows of its work."""
        if isinstance(seen, HttpExchange):
            self.exchange = seen

    def wire_data(self, *, reveal: bool) -> dict[str, Any]:
        """Return what a test at level TRACE shows beside `data`."""
        if self.exchange is None:
            return {}
        data = {"request": request_data(self.exchange, reveal=reveal)}
        if self.exchange.answer is not None:
            data["response"] = response_data(self.exchange, self.exchange.answer, reveal=reveal)
        return data

    def _text(self, value: Value) -> str:
        return next((payload.text for payload in self._given if payload.value is value), None) or Payload.of(value).text
