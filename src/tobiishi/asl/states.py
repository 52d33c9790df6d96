"""From the read fields of a state to its compiled form: one small function per state type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tobiishi.asl.model import Choice, Fail, Pass, QueryLanguage, State, Succeed, Task, Wait
from tobiishi.expr.jsonpath import Path


@dataclass(frozen=True, slots=True)
class StateFields:
    """A state whose fields are read: `values` maps ASL field names to compiled values, without errors."""

    name: str
    type: str
    location: str
    language: QueryLanguage
    values: Mapping[str, Any]

    def get(self, *names: str) -> Any:
        """Return the first of the fields that the state has, or None."""
        return next((self.values[name] for name in names if name in self.values), None)

    def common(self) -> dict[str, Any]:
        """Return what every compiled state has."""
        return {
            "name": self.name,
            "type": self.type,
            "location": self.location,
            "language": self.language,
            "next": self.get("Next"),
            "input_path": self.get("InputPath"),
            "output_path": self.get("OutputPath"),
            "assign": self.get("Assign"),
            "output": self.get("Output"),
            "retry": self.get("Retry") or (),
            "catch": self.get("Catch") or (),
        }

    def result(self) -> dict[str, Any]:
        """Return what a state with a result has besides."""
        return {
            **self.common(),
            "parameters": self.get("Parameters", "Arguments"),
            "result_selector": self.get("ResultSelector"),
            "result_path": self.get("ResultPath"),
        }


def task(state: StateFields) -> Task:
    return Task(
        **state.result(),
        resource=state.get("Resource"),
        timeout_seconds=state.get("TimeoutSeconds", "TimeoutSecondsPath"),
        heartbeat_seconds=state.get("HeartbeatSeconds", "HeartbeatSecondsPath"),
        credentials=state.get("Credentials"),
    )


def pass_(state: StateFields) -> Pass:
    return Pass(**state.result(), result=state.get("Result"))


def choice(state: StateFields) -> Choice:
    return Choice(**state.common(), rules=state.get("Choices"), default=state.get("Default"))


def wait(state: StateFields) -> Wait:
    field = next(name for name in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if name in state.values)
    expression = state.values[field]
    return Wait(
        **state.common(),
        seconds=expression if field.startswith("Seconds") else None,
        timestamp=expression if field.startswith("Timestamp") else None,
        field=field,
        path=path_text(expression),
    )


def succeed(state: StateFields) -> Succeed:
    return Succeed(**state.common())


def fail(state: StateFields) -> Fail:
    return Fail(**state.common(), error=state.get("Error", "ErrorPath"), cause=state.get("Cause", "CausePath"))


def path_text(expression: object) -> str:
    """Return a path as its definition has it, which error messages repeat."""
    return expression.text if isinstance(expression, Path) else ""


BUILDERS: Final[Mapping[str, Callable[[StateFields], State]]] = {
    "Task": task,
    "Pass": pass_,
    "Choice": choice,
    "Wait": wait,
    "Succeed": succeed,
    "Fail": fail,
}
"""State types without states inside; for Parallel and Map see `asl.workflow`."""
