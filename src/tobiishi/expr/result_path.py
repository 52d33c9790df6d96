"""ResultPath: where a state's result goes in its raw input.

Only the containers along the path are copied; everything else is shared with the raw input.
Source: the Amazon States Language specification, "ResultPath".
"""

from dataclasses import dataclass
from typing import Final

from tobiishi.expr.bindings import EvaluationError, Value
from tobiishi.expr.path_syntax import Index, Key, parse_path
from tobiishi.expr.scanner import PathSyntaxError
from tobiishi.jsontext import encode_text


@dataclass(frozen=True, slots=True)
class Discard:
    """A null ResultPath: the result is dropped and the raw input goes on."""

    def insert(self, raw_input: Value, result: Value) -> Value:  # noqa: ARG002 - the protocol's shape
        return raw_input


@dataclass(frozen=True, slots=True)
class Replace:
    """The ResultPath `$`: the result takes the input's place."""

    def insert(self, raw_input: Value, result: Value) -> Value:  # noqa: ARG002 - the protocol's shape
        return result


@dataclass(frozen=True, slots=True)
class Insert:
    """A ResultPath with steps: property names and indexes."""

    text: str
    steps: tuple[str | int, ...]

    def insert(self, raw_input: Value, result: Value) -> Value:
        """Return a copy of `raw_input` with `result` at the path; objects on the way are made.

        Raises `EvaluationError` (`States.ResultPathMatchFailure`) where a step meets something that has no such place:
        a scalar, a list for a name, an object for an index, an index beyond the list.
        """
        try:
            return _placed(raw_input, self.steps, result)
        except (TypeError, IndexError):
            message = f"Unable to apply ReferencePath {self.text} to input {encode_text(raw_input)}"
            raise EvaluationError("States.ResultPathMatchFailure", message) from None


_DISCARD: Final = Discard()
_REPLACE: Final = Replace()


def compile_result_path(text: str | None) -> Discard | Replace | Insert:
    """Return the compiled ResultPath; `text` None is JSON's null. Raises `PathSyntaxError`."""
    if text is None:
        return _DISCARD
    parsed = parse_path(text)
    if parsed.root != "$" or not parsed.reference:
        raise PathSyntaxError(f"{text!r} is not a reference path into the input")
    if not parsed.steps:
        return _REPLACE
    return Insert(text, tuple(_place(step) for step in parsed.steps if isinstance(step, Key | Index)))


def _place(step: Key | Index) -> str | int:
    return step.name if isinstance(step, Key) else step.index


def _placed(container: Value, steps: tuple[str | int, ...], result: Value) -> Value:
    if not steps:
        return result
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        return _placed_in_list(container, step, rest, result)
    if not isinstance(container, dict):
        raise TypeError
    copy = dict(container)
    copy[step] = _placed(container.get(step, {}) if rest else None, rest, result)
    return copy


def _placed_in_list(container: Value, index: int, rest: tuple[str | int, ...], result: Value) -> list[Value]:
    if not isinstance(container, list):
        raise TypeError
    copy = list(container)
    copy[index] = _placed(container[index], rest, result)
    return copy
