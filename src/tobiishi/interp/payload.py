"""A JSON value together with its text: encoded once, decoded only when somebody looks."""

from typing import Any, Final

from tobiishi import jsontext
from tobiishi.asl.model import Resource
from tobiishi.expr.bindings import MISSING, EvaluationError, Missing
from tobiishi.quotas import AWS

MAX_BYTES: Final = AWS.payload_bytes
"""A payload's limit in UTF-8 bytes, unless a quota says otherwise."""

TOO_LARGE: Final = (
    "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit."
)
"""AWS's words for a payload over the limit; takes the name of the state."""


def task_too_large(resource: Resource) -> str:
    """Return AWS's words for a task's result over the limit: they name a function, or the type of a service's task."""
    return TOO_LARGE.format(resource.resource_type or resource.arn)


class Payload:
    """Text and value of one JSON document. Values are shared: never change one."""

    __slots__ = ("_value", "text")

    def __init__(self, text: str, value: Any = MISSING) -> None:
        self.text = text
        self._value = value

    @classmethod
    def of(cls, value: Any) -> "Payload":
        """Encode a value. Raises `EvaluationError` (`States.Runtime`) for one that JSON cannot say."""
        try:
            return cls(jsontext.encode(value).decode(), value)
        except jsontext.JsonError as error:
            raise EvaluationError("States.Runtime", str(error)) from None

    @property
    def value(self) -> Any:
        """What the text says. Raises `EvaluationError` (`States.Runtime`) for one put together too deep to be read."""
        if isinstance(self._value, Missing):
            try:
                self._value = jsontext.decode(self.text)
            except jsontext.JsonError as error:
                raise EvaluationError("States.Runtime", str(error)) from None
        return self._value

    def exceeds(self, limit: int) -> bool:
        """Whether the text takes more than that many bytes of UTF-8."""
        text = self.text
        return len(text) * 4 > limit and (len(text) > limit or len(text.encode()) > limit)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Payload) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Payload({self.text!r})"
