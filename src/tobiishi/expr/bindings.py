"""What an expression sees when it is evaluated, and how it answers.

Theory of operation. A definition's fields are compiled once into `Expression`s. Evaluating one needs nothing but a
`Bindings`: no clock, no randomness of its own (`now` and `entropy` arrive with the signal), no I/O. Two things can go
wrong: `EvaluationError` is the user's (it has an AWS error name, and a Catch may see it); `OverBudget` says that the
expression has used the steps that it may spend on the engine's loop, and carries what a worker needs to finish it.
The worker's answer comes back through `Bindings.answers`, keyed by the expression's location.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from tobiishi.quotas import AWS

Value = Any
"""A JSON value: None, bool, int, float, str, list or dict. Values are shared between states: never change one."""


class Missing:
    """The type of `MISSING`: what JSON's null cannot say."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
"""No value at all: an undefined JSONata result, a `$states.result` where there is none."""


class EvaluationError(Exception):
    """An expression failed. `error` is AWS's error name; `message` is its cause without the state's prefix.

    `location` names the field as AWS's EvaluationFailed event does, such as `Output/result`; None where AWS has none
    (JSONPath).
    """

    def __init__(self, error: str, message: str, location: str | None = None) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error
        self.message = message
        self.location = location


class OverBudget(Exception):  # noqa: N818 - a request for a worker, not an error
    """A JSONata expression spent its in-loop budget. Nothing has changed; a worker may finish it.

    `text` is the expression without its `{% %}`; `environment` maps variable names (without `$`) to JSON values and
    includes `states`.
    """

    def __init__(self, location: str, text: str, environment: Mapping[str, Value]) -> None:
        super().__init__(location)
        self.location = location
        self.text = text
        self.environment = environment


@dataclass(slots=True)
class Meter:
    """What the expressions of one step have spent on the engine's loop: all of them together have one budget."""

    steps: int = 0


@dataclass(slots=True)
class Bindings:
    """What an expression sees.

    `input` is `$` in JSONPath (the effective input, or the raw one for InputPath) and `$states.input` in JSONata.
    `context` makes the context object, only when something asks for it. `now` is in seconds since the epoch.
    `payload_bytes` is how long what is made of it may become.
    """

    input: Value
    variables: Mapping[str, Value]
    context: Callable[[], dict[str, Value]]
    entropy: Callable[[], random.Random]
    now: float
    payload_bytes: int = AWS.payload_bytes
    result: Value = MISSING
    error_output: Value = MISSING
    answers: Mapping[str, Value] = field(default_factory=dict)
    """Answers of workers: location to a JSON value, `MISSING`, or an `EvaluationError` to raise."""
    trace: Callable[[str, Value], None] | None = None
    """Is told what each step of a state's data flow came to, by the names of TestState's inspection data."""
    meter: Meter = field(default_factory=Meter)


class Expression(Protocol):
    """A compiled field of a definition."""

    def evaluate(self, bindings: Bindings) -> Value:
        """Return the field's value. Raises `EvaluationError` or `OverBudget`."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A field without anything to evaluate."""

    value: Value

    def evaluate(self, bindings: Bindings) -> Value:  # noqa: ARG002 - the protocol's shape
        return self.value
