"""The 39 comparison operators of JSONPath Choice rules.

An operator compares the value at Variable with its operand: a literal, or for the `...Path` variants the value at
another path. A value of another type than the operator's is no error: the comparison is false. A path that leads
nowhere is an error, except for IsPresent.
Sources: the Amazon States Language specification, "Choice State"; the AWS page "Choice workflow state".
"""

import operator as compare
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from tobiishi.expr.bindings import MISSING, Bindings, EvaluationError, Value
from tobiishi.expr.jsonpath import Path, compile_path, exists
from tobiishi.expr.scanner import PathSyntaxError
from tobiishi.expr.timestamps import parse_timestamp

OperandType = Literal["string", "number", "boolean", "timestamp", "path"]
_Test = Callable[[Any, Any], bool]
_Read = Callable[[Value], Any]
"""Returns the value as the operator's type, None if it is another type."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One comparison operator. `operand` is the type of literal that it takes, `path` for the `...Path` variants.

    `read` gives a value as the operator's type and None for other types; `test` compares two such values.
    """

    name: str
    operand: OperandType
    read: _Read
    test: _Test

    def accepts(self, operand: Value) -> bool:
        """Whether a definition may give this operand."""
        return _OPERANDS[self.operand](operand) is not None


def compile_comparison(operator: str, variable_path: str, operand: Value, field: str) -> Callable[[Bindings], bool]:
    """Return a Choice rule's comparison, compiled. `field` is for messages, such as `Variable`.

    Raises `PathSyntaxError` for a path or a StringMatches pattern that is not valid. The function raises
    `EvaluationError` (`States.Runtime`) where a path leads nowhere.
    """
    found = OPERATORS[operator]
    variable = compile_path(variable_path, field)
    if operator == "IsPresent":
        return lambda bindings: exists(variable, bindings) is operand
    if operator in _TYPE_TESTS:
        is_type = _TYPE_TESTS[operator]
        return lambda bindings: is_type(_value_at(variable, bindings)) is operand
    if operator == "StringMatches":
        return _matching(variable, compile_pattern(operand))
    if found.operand == "path":
        return _with_path(found, variable, compile_path(operand, operator))
    return _with_literal(found, variable, found.read(operand))


def _with_literal(operator: Operator, variable: Path, operand: Any) -> Callable[[Bindings], bool]:
    read, test = operator.read, operator.test

    def compare_literal(bindings: Bindings) -> bool:
        value = read(_value_at(variable, bindings))
        return value is not None and operand is not None and test(value, operand)

    return compare_literal


def _with_path(operator: Operator, variable: Path, other: Path) -> Callable[[Bindings], bool]:
    read, test = operator.read, operator.test

    def compare_path(bindings: Bindings) -> bool:
        value, operand = read(_value_at(variable, bindings)), read(_value_at(other, bindings))
        return value is not None and operand is not None and test(value, operand)

    return compare_path


def _matching(variable: Path, matches: Callable[[str], bool]) -> Callable[[Bindings], bool]:
    def match_value(bindings: Bindings) -> bool:
        value = _value_at(variable, bindings)
        return isinstance(value, str) and matches(value)

    return match_value


def _value_at(path: Path, bindings: Bindings) -> Value:
    value = path.find(bindings)
    if value is MISSING:
        message = f"Invalid path '{path.text}': The choice state's condition path references an invalid value."
        raise EvaluationError("States.Runtime", message)
    return value


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    r"""Return a test for a StringMatches pattern: `*` is any text; `\*` and `\\` stand for themselves.

    The test takes linear time. Raises `PathSyntaxError` for a backslash before anything else.
    """
    first, *rest = _literal_parts(pattern)
    if not rest:
        return lambda text: text == first
    *middle, last = rest

    def matches(text: str) -> bool:
        if not (text.startswith(first) and text.endswith(last) and len(first) + len(last) <= len(text)):
            return False
        position, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return True

    return matches


def _literal_parts(pattern: str) -> list[str]:
    """Return the texts between the wildcards."""
    parts = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            parts.append("")
        elif character == "\\":
            escaped = next(characters, "")
            if escaped not in {"*", "\\"}:
                raise PathSyntaxError(f"a backslash in {pattern!r} must be followed by '*' or another backslash")
            parts[-1] += escaped
        else:
            parts[-1] += character
    return parts


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Value) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _path(value: Value) -> str | None:
    return value if isinstance(value, str) and value.startswith("$") else None


def _by_code_unit(test: _Test) -> _Test:
    """Order strings as Java does, by UTF-16 code units: it differs from Python's beyond the basic plane."""

    def compare_texts(left: str, right: str) -> bool:
        if left.isascii() and right.isascii():
            return test(left, right)
        return test(left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass"))

    return compare_texts


_OPERANDS: Final[dict[OperandType, _Read]] = {
    "string": _text,
    "number": _number,
    "boolean": _boolean,
    "timestamp": parse_timestamp,
    "path": _path,
}
_ORDERS: Final[dict[str, _Test]] = {
    "Equals": compare.eq,
    "LessThan": compare.lt,
    "GreaterThan": compare.gt,
    "LessThanEquals": compare.le,
    "GreaterThanEquals": compare.ge,
}
_TYPE_TESTS: Final[dict[str, Callable[[Value], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: parse_timestamp(value) is not None,
}


def _pair(name: str, operand: OperandType, read: _Read, test: _Test) -> list[Operator]:
    return [Operator(name, operand, read, test), Operator(f"{name}Path", "path", read, test)]


def _operators() -> list[Operator]:
    found = _pair("BooleanEquals", "boolean", _boolean, compare.eq)
    for order, test in _ORDERS.items():
        found += _pair(f"String{order}", "string", _text, _by_code_unit(test))
        found += _pair(f"Numeric{order}", "number", _number, test)
        found += _pair(f"Timestamp{order}", "timestamp", parse_timestamp, test)
    found.append(Operator("StringMatches", "string", _text, lambda text, pattern: compile_pattern(pattern)(text)))
    found.append(Operator("IsPresent", "boolean", _boolean, compare.eq))
    found += [Operator(name, "boolean", _boolean, compare.eq) for name in _TYPE_TESTS]
    return found


OPERATORS: Final[dict[str, Operator]] = {operator.name: operator for operator in _operators()}
"""Every comparison operator by its name in definitions."""
