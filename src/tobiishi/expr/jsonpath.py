"""JSONPath as Step Functions reads it: compiled once, and worded as AWS words it when a path leads nowhere.

Which message a missing node gets depends on the field:

- SecondsPath and TimestampPath: "The SecondsPath parameter does not reference an input value: $.a"
- ErrorPath, CausePath and the `.$` fields of payload templates: "The JSONPath '$.a' specified for the field 'b.$' could
  not be found in the input '{...}'"
- every other field: "Invalid path '$.a.b' : " and Jayway's own message, "No results for path: $['a']['b']" for the last
  step or "Missing property in path $['a']" before it.

The error is always `States.Runtime`. An indefinite path (wildcards, slices, filters, `..`) is never missing: it gives
an empty list.
"""

from collections.abc import Callable
from typing import Any, Final

from tobiishi.expr.bindings import MISSING, Bindings, EvaluationError, Value
from tobiishi.expr.filters import TooManyNodesError, Walk
from tobiishi.expr.path_syntax import Index, Key, ParsedPath, Step, parse_path
from tobiishi.expr.scanner import PathSyntaxError
from tobiishi.expr.selectors import ABSENT, compile_lookup, compile_selection
from tobiishi.jsontext import encode_text

__all__ = ["MAX_NODES", "Path", "PathSyntaxError", "compile_parsed", "compile_path", "exists"]

MAX_NODES: Final = 250_000
"""Nodes that one evaluation may visit: more than a payload of 256 KiB holds, few enough to stay quick."""

_PARAMETER_FIELDS: Final = frozenset({"SecondsPath", "TimestampPath"})
_FOUND_FIELDS: Final = frozenset({"ErrorPath", "CausePath"})


class Path:
    """A compiled path: an `Expression`."""

    __slots__ = ("_lookup", "_parsed", "_root", "_select", "field", "text")

    def __init__(self, text: str, field: str, parsed: ParsedPath) -> None:
        self.text = text
        self.field = field
        self._parsed = parsed
        self._root = _compile_root(parsed.root)
        self._lookup = compile_lookup(parsed.steps) if parsed.definite else None
        self._select = None if parsed.definite else compile_selection(parsed)

    @property
    def definite(self) -> bool:
        """Whether the path has one value, not a list of them."""
        return self._parsed.definite

    @property
    def reference(self) -> bool:
        """Whether the path is a reference path."""
        return self._parsed.reference

    @property
    def variables(self) -> frozenset[str]:
        """The variable that the path starts from, if any."""
        root = self._parsed.root
        return frozenset() if root in {"$", "$$"} else frozenset({root[1:]})

    def evaluate(self, bindings: Bindings) -> Value:
        """Return the path's value, a list for an indefinite one. Raises `EvaluationError` (`States.Runtime`)."""
        value = self.find(bindings)
        if value is MISSING:
            raise EvaluationError(
                "States.Runtime", _describe_missing(self, self._parsed, bindings, self._root(bindings))
            )
        return value

    def find(self, bindings: Bindings) -> Value:
        """Return the path's value, or `MISSING`."""
        root = self._root(bindings)
        if root is MISSING:
            return MISSING
        if self._lookup is not None:
            try:
                return self._lookup(root)
            except ABSENT:
                return MISSING
        return self._find_all(root)

    def _find_all(self, root: Value) -> Value:
        assert self._select is not None
        try:
            return self._select(root, Walk(root, MAX_NODES))
        except ABSENT:
            return MISSING
        except TooManyNodesError:
            what = f"The JSONPath '{self.text}' specified for the field '{self.field}'"
            raise EvaluationError("States.Runtime", f"{what} visits more than {MAX_NODES} nodes") from None


def compile_path(text: str, field: str, *, reference: bool = False) -> Path:
    """Return the path in `text`, compiled; `field` is for messages. `reference` admits reference paths only.

    Raises `PathSyntaxError`.
    """
    return compile_parsed(text, field, parse_path(text), reference=reference)


def compile_parsed(text: str, field: str, parsed: ParsedPath, *, reference: bool = False) -> Path:
    """Return a path that was parsed already. Raises `PathSyntaxError`."""
    if reference and not parsed.reference:
        raise PathSyntaxError(f"{text!r} is not a reference path: it may select more than one node")
    return Path(text, field, parsed)


def exists(path: Path, bindings: Bindings) -> bool:
    """Return whether the path leads to something; for an indefinite path, to at least one node."""
    value = path.find(bindings)
    return value is not MISSING and (path.definite or value != [])


def _compile_root(root: str) -> Callable[[Bindings], Value]:
    if root == "$":
        return _input
    if root == "$$":
        return _context
    name = root[1:]
    return lambda bindings: bindings.variables.get(name, MISSING)


def _input(bindings: Bindings) -> Value:
    return bindings.input


def _context(bindings: Bindings) -> dict[str, Any]:
    return bindings.context()


def _describe_missing(path: Path, parsed: ParsedPath, bindings: Bindings, root: Value) -> str:
    field = path.field
    if field in _PARAMETER_FIELDS:
        return f"The {field} parameter does not reference an input value: {path.text}"
    if field in _FOUND_FIELDS or field.endswith(".$"):
        what = f"The JSONPath '{path.text}' specified for the field '{field}'"
        return f"{what} could not be found in the input '{encode_text(bindings.input)}'"
    return f"Invalid path '{path.text}' : {_describe_absence(parsed.steps, root)}"


def _describe_absence(steps: tuple[Step, ...], value: Value) -> str:
    """Say where a definite path stops, as Jayway does."""
    trail = "$"
    for position, step in enumerate(steps):
        next_value, next_trail = _follow(step, value, trail)
        if next_value is MISSING:
            is_last = position == len(steps) - 1
            what = "Missing property in path" if isinstance(step, Key) and not is_last else "No results for path:"
            return f"{what} {next_trail}"
        value, trail = next_value, next_trail
    return f"No results for path: {trail}"


def _follow(step: Step, value: Value, trail: str) -> tuple[Value, str]:
    match step:
        case Key(name):
            found = value.get(name, MISSING) if isinstance(value, dict) else MISSING
            return found, f"{trail}['{name}']"
        case Index(index):
            inside = isinstance(value, list) and -len(value) <= index < len(value)
            return (value[index] if inside else MISSING), f"{trail}[{index}]"
    return MISSING, trail
