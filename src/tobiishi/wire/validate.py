"""Checks a request against the shape of its operation's input, and turns it into Python values.

A shape is compiled once, into closures. Reading stops at the first value of a wrong type; values that break the
model's constraints are collected, so that one ValidationException names them all.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from tobiishi.wire.constraints import NOT_NULL, Constraint, constraints_of
from tobiishi.wire.contract import ApiError
from tobiishi.wire.rendering import missing, place, violation
from tobiishi.wire.scalars import SCALARS, malformed, wrong_type

Reader = Callable[[Any, str, list[str]], Any]
"""(JSON value, where it stands, violations so far) to the Python value."""

RequestReader = Callable[[Any], dict[str, Any]]

MOST_VIOLATIONS: Final = 1000
"""When there are as many, the rest of a list or map stays unread: a few bytes of a request may break several rules,
and each takes a line of the answer."""


def request_reader(shape: StructureShape | None, limits: Mapping[str, int]) -> RequestReader:
    """Return what reads an operation's input. Raises `ApiError`: SerializationException, ValidationException.

    The reader takes the JSON object, keyed as on the wire, and returns the members that were given. Members that the
    model does not know are ignored, as AWS ignores them. `limits` replaces maximum lengths, by shape name.
    """
    if shape is None:
        return lambda _: {}
    read = _Compiler(limits).reader(shape)

    def read_request(value: Any) -> dict[str, Any]:
        violations: list[str] = []
        params: dict[str, Any] = read(value, "", violations)
        if violations:
            raise _validation_exception(violations)
        return params

    return read_request


def _validation_exception(violations: list[str]) -> ApiError:
    count = len(violations)
    errors = "error" if count == 1 else "errors"
    return ApiError("ValidationException", f"{count} validation {errors} detected: {'; '.join(violations)}")


class _Compiler:
    """Makes the reader of every shape once; a shape that contains itself finds its own reader when it reads."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = limits
        self._readers: dict[str, Reader] = {}
        self._begun: set[str] = set()

    def reader(self, shape: Shape) -> Reader:
        if shape.name in self._readers:
            return self._readers[shape.name]
        if shape.name in self._begun:
            return self._later(shape.name)
        self._begun.add(shape.name)
        self._readers[shape.name] = self._compile(shape)
        return self._readers[shape.name]

    def _later(self, name: str) -> Reader:
        def read(value: Any, at: str, violations: list[str]) -> Any:
            return self._readers[name](value, at, violations)

        return read

    def _compile(self, shape: Shape) -> Reader:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        constraints = constraints_of(shape, self._limits)
        if isinstance(shape, ListShape):
            return _constrained(shape, self._list(shape), constraints)
        if isinstance(shape, MapShape):
            return _constrained(shape, self._map(shape), constraints)
        return _scalar(shape, constraints)

    def _structure(self, shape: StructureShape) -> Reader:
        required = set(shape.required_members)
        members = [
            (name, member.serialization.get("name", name), place(name), self.reader(member), name in required)
            for name, member in shape.members.items()
        ]

        def read(value: Any, at: str, violations: list[str]) -> dict[str, Any]:
            if type(value) is not dict:
                raise _not_a(value, "structure")
            result = {}
            for name, key, spelled, read_member, is_required in members:
                given = value.get(key)
                if given is not None:
                    result[name] = read_member(given, f"{at}.{spelled}" if at else spelled, violations)
                elif is_required:
                    violations.append(missing(f"{at}.{spelled}" if at else spelled, NOT_NULL))
            return result

        return read

    def _list(self, shape: ListShape) -> Reader:
        read_item, constraints = self._inside(shape.member)

        def read(value: Any, at: str, violations: list[str]) -> list[Any]:
            if type(value) is not list:
                raise _not_a(value, "list")
            result = []
            for position, item in enumerate(value, 1):
                if len(violations) >= MOST_VIOLATIONS:
                    break
                if item is None:
                    violations.append(missing(f"{at}.{position}.member", NOT_NULL))
                else:
                    result.append(read_item(item, f"{at}.{position}.member", violations))
            if not all(constraint.holds(item) for constraint in constraints for item in result):
                violations.append(violation(shape, result, at, f"Member must satisfy constraint: {_all(constraints)}"))
            return result

        return read

    def _map(self, shape: MapShape) -> Reader:
        read_key, key_constraints = self._inside(shape.key)
        read_value, value_constraints = self._inside(shape.value)

        def read(value: Any, at: str, violations: list[str]) -> dict[Any, Any]:
            if type(value) is not dict:
                raise _not_a(value, "map")
            result = {}
            for key, item in value.items():
                if len(violations) >= MOST_VIOLATIONS:
                    break
                if item is None:
                    violations.append(missing(f"{at}.{key}.member", NOT_NULL))
                else:
                    result[read_key(key, at, violations)] = read_value(item, f"{at}.{key}.member", violations)
            if not all(constraint.holds(key) for constraint in key_constraints for key in result):
                violations.append(
                    violation(shape, result, at, f"Map keys must satisfy constraint: {_all(key_constraints)}")
                )
            if not all(constraint.holds(item) for constraint in value_constraints for item in result.values()):
                wording = f"Map value must satisfy constraint: {_all(value_constraints)}"
                violations.append(violation(shape, result, at, wording))
            return result

        return read

    def _inside(self, shape: Shape) -> tuple[Reader, list[Constraint]]:
        """Return the reader of a list's or map's inside; of scalars, AWS names the broken constraints at the whole."""
        if shape.type_name in SCALARS:
            return _scalar(shape, []), constraints_of(shape, self._limits)
        return self.reader(shape), []


def _scalar(shape: Shape, constraints: list[Constraint]) -> Reader:
    convert = SCALARS[shape.type_name]
    return _constrained(shape, lambda value, _at, _violations: convert(value), constraints)


def _constrained(shape: Shape, inner: Reader, constraints: list[Constraint]) -> Reader:
    if not constraints:
        return inner
    demands = [(constraint.holds, constraint.wording) for constraint in constraints]

    def read(value: Any, at: str, violations: list[str]) -> Any:
        result = inner(value, at, violations)
        for holds, wording in demands:
            if not holds(result):
                violations.append(violation(shape, result, at, wording))
        return result

    return read


def _all(constraints: list[Constraint]) -> str:
    return f"[{', '.join(constraint.wording for constraint in constraints)}]"


def _not_a(value: Any, expected: str) -> ApiError:
    if isinstance(value, list | dict):
        return wrong_type(value, expected)
    return malformed(f"Expected {expected} or null")
