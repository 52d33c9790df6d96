"""How a test ended, read from what the run has recorded."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tobiishi import jsontext
from tobiishi.interp.fold import Entry

if TYPE_CHECKING:
    from tobiishi.teststate.run import StateRun

_TIMED_OUT = {"error": "States.Timeout"}


class Outcome:
    """Listens to a run until its state is left, is to be tried again, or has failed."""

    def __init__(self) -> None:
        self._output: str | None = None
        self._next: str | None = None
        self._assigned: Mapping[str, str] = {}
        self._backoff_seconds: int | None = None
        self._ended: Mapping[str, str] | None = None
        """The error and the cause that the run has failed with."""

    @property
    def is_over(self) -> bool:
        return self._output is not None or self._backoff_seconds is not None or self._ended is not None

    def hear(self, entries: Sequence[Entry], now_ms: int) -> None:
        """Take in what one signal at `now_ms` came to."""
        for entry in entries:
            kind = entry.get("_r") or entry["type"]
            if kind == "retry":
                self._backoff_seconds = round((entry["due_ms"] - now_ms) / 1000)
            elif kind == "ExecutionFailed":
                self._ended = entry["executionFailedEventDetails"]
            elif kind == "ExecutionTimedOut":
                self._ended = _TIMED_OUT
            elif kind.endswith("StateExited"):
                self._output = entry["stateExitedEventDetails"]["output"]
                self._assigned = entry["stateExitedEventDetails"].get("assignedVariables", {})
            elif kind.endswith("StateEntered") and self._output is not None:
                self._next = entry["stateEnteredEventDetails"]["name"]

    def answer(self, run: "StateRun") -> dict[str, Any]:
        """Return the members of TestState's output."""
        answer: dict[str, Any] = {"status": "SUCCEEDED", "output": self._output, "nextState": self._next}
        if self._ended is not None:
            answer = {"status": "FAILED", **self._ended}
        elif run.failure is not None:
            answer["status"] = "CAUGHT_ERROR" if self._backoff_seconds is None else "RETRIABLE"
            answer |= {"error": run.failure.error, "cause": run.failure.cause}
        if run.case.request.level != "INFO":
            answer["inspectionData"] = self._inspection_data(run, answer["status"])
        return answer

    def _inspection_data(self, run: "StateRun", status: str) -> dict[str, Any]:
        request = run.case.request
        data = {"input": request.input, **run.inspection.data}
        if request.level == "TRACE":
            data |= run.inspection.wire_data(reveal=request.reveal_secrets)
        details = {
            "retryIndex": run.retrier,
            "retryBackoffIntervalSeconds": self._backoff_seconds,
            "catchIndex": run.catcher if status == "CAUGHT_ERROR" else None,
        }
        handled = {name: value for name, value in details.items() if value is not None}
        if handled:
            data["errorDetails"] = handled
        variables = {**run.variables, **self._assigned}
        if variables:
            data["variables"] = jsontext.encode_text({name: jsontext.decode(text) for name, text in variables.items()})
        return data
