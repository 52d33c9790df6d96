"""Mocked results held against the service models: a mock that no service could answer with tests nothing.

STRICT wants every required field; PRESENT looks only at what is there. Fields that the model does not have are let
through in both. Names are those of Step Functions (see `tasks.aws_casing`).
https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html#mock-validation-modes
"""

from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from tobiishi.asl.model import Resource
from tobiishi.engine.errors import RefusedError
from tobiishi.tasks.aws_casing import field_name
from tobiishi.teststate.answering import answering_operation, json_fields


def check_result(value: Any, resource: Resource, *, strict: bool) -> None:
    """Raise `RefusedError` for a result that the service behind a resource cannot give."""
    operation = answering_operation(resource)
    shape = None if operation is None else operation.output_shape
    if shape is None:
        return
    if not isinstance(value, dict):
        raise RefusedError("Mocked result must be a JSON object.")
    free = json_fields(resource)
    _Check(strict=strict).members({name: item for name, item in value.items() if name not in free}, shape)


class _Check:
    """One walk over a value and its shape."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def members(self, value: dict[str, Any], shape: StructureShape) -> None:
        if self._strict:
            for name in shape.required_members:
                if field_name(name) not in value:
                    raise _wrong(f"Required field '{field_name(name)}' is missing")
        shapes = {field_name(name): member for name, member in shape.members.items()}
        for name, item in value.items():
            if name in shapes:
                self._value(item, shapes[name], name)

    def _value(self, value: Any, shape: Shape, field: str) -> None:
        if isinstance(shape, StructureShape):
            if shape.is_document_type:
                return
            _check_type(value, dict, "an object", field)
            self.members(value, shape)
        elif isinstance(shape, MapShape):
            _check_type(value, dict, "an object", field)
            for item in value.values():
                self._value(item, shape.value, field)
        elif isinstance(shape, ListShape):
            _check_type(value, list, "an array", field)
            _check_length(value, shape, field)
            for item in value:
                self._value(item, shape.member, field)
        else:
            _check_scalar(value, shape, field)


def _check_scalar(value: Any, shape: Shape, field: str) -> None:
    if shape.type_name == "boolean":
        _check_type(value, bool, "a boolean", field)
    elif shape.type_name in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(f"Field '{field}' must be a number")
        _check_range(value, shape, field)
    else:
        _check_type(value, str, "a string", field)
        if value not in (getattr(shape, "enum", None) or [value]):
            raise _wrong(f"Field '{field}' is not an expected value")
        _check_length(value, shape, field)


_NUMBERS: Final = frozenset({"integer", "long", "float", "double"})


def _check_type(value: Any, kind: type, wanted: str, field: str) -> None:
    if not isinstance(value, kind):
        raise _wrong(f"Field '{field}' must be {wanted}")


def _check_length(value: str | list[Any], shape: Shape, field: str) -> None:
    if len(value) < shape.metadata.get("min", 0):
        raise _wrong(f"Field '{field}' is smaller than the minimum length")
    if len(value) > shape.metadata.get("max", len(value)):
        raise _wrong(f"Field '{field}' exceeds the maximum length")


def _check_range(value: float, shape: Shape, field: str) -> None:
    if value < shape.metadata.get("min", value):
        raise _wrong(f"Field '{field}' is less than the minimum value")
    if value > shape.metadata.get("max", value):
        raise _wrong(f"Field '{field}' exceeds the maximum value")


def _wrong(problem: str) -> RefusedError:
    return RefusedError(f"Mock result schema validation error: {problem}")
