"""A task's arguments, as Step Functions wants them written, turned into a botocore request by its shapes.

Step Functions names members as the AWS SDK for Java v2 does, with a first capital: `StateMachineArn` for the model's
`stateMachineArn`, `DbInstanceIdentifier` for `DBInstanceIdentifier`, `Bool` for `BOOL`. A request may have the model's
own spelling too where that begins with a capital. Keys of maps are the user's and stay. A null is a member left out.
Where the model wants text or bytes, any other JSON value is given as its JSON text. Source: recorded behaviour, and
"Parameters in AWS SDK integrations" in the Step Functions developer guide.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.utils import parse_timestamp

from tobiishi.jsontext import JsonError, decode, encode


class ParametersError(ValueError):
    """The arguments do not fit the operation's input. `problems` are sentences in AWS's words, one for each field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


_ACRONYM: Final = re.compile(r"[A-Z]+(?![a-z])")
"""The capitals that a name begins with, but for the one that begins its next word."""


@lru_cache(maxsize=8192)
def field_name(member: str) -> str:
    """Return a member's name as Step Functions writes it: an acronym at the start keeps one capital."""
    if member == "NULL":
        return "Nul"  # null is a word of Java's
    acronym = _ACRONYM.match(member)
    if acronym is None:
        return member[:1].upper() + member[1:]
    return acronym[0].capitalize() + member[acronym.end() :]


@dataclass(frozen=True, slots=True)
class Rules:
    """How strictly arguments are read.

    `json_fields` are the text members that take any JSON value; None lets all of them. `null_is_given` holds a
    required member for given that is null: the service finds out.
    """

    json_fields: frozenset[str] | None = None
    null_is_given: bool = False


SDK: Final = Rules()
"""What SDK integrations hold arguments to."""


def request_parameters(
    arguments: Any, shape: StructureShape | None, given: Mapping[str, Any], rules: Rules = SDK
) -> dict[str, Any]:
    """Return botocore's keyword arguments. `given` are members that we fill in when the user does not.

    Raises `ParametersError` with every problem there is.
    """
    cast = _Cast(rules)
    members = cast.members({} if arguments is None else arguments, shape, "Parameters", given)
    if cast.problems:
        raise ParametersError(cast.problems)
    return members


class _Cast:
    """One walk over arguments and shapes together. It notes problems and goes on, so that all are reported at once."""

    def __init__(self, rules: Rules) -> None:
        self.problems: list[str] = []
        self._rules = rules

    def members(
        self, value: Any, shape: StructureShape | None, field: str, given: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._wrong(field, "an OBJECT")
            return {}
        shapes = shape.members if shape else {}
        by_field = {name: name for name in shapes if name[:1].isupper()} | {field_name(name): name for name in shapes}
        result, nulls = dict(given or {}), set()
        for key, item in value.items():
            name = by_field.get(key)
            if name is None:
                self.problems.append(f"The field '{key}' is not supported by Step Functions")
            elif item is not None:
                result[name] = self._value(item, shapes[name], key)
            elif self._rules.null_is_given:
                nulls.add(name)
        for name in shape.required_members if shape else ():
            if name not in result and name not in nulls:
                self.problems.append(f"The field '{field_name(name)}' is required but was missing")
        return result

    def _value(self, value: Any, shape: Shape, field: str) -> Any:
        if isinstance(shape, StructureShape):
            return value if shape.is_document_type else self.members(value, shape, field)
        if isinstance(shape, ListShape):
            return self._list(value, shape, field)
        if isinstance(shape, MapShape):
            return self._map(value, shape, field)
        try:
            return self._scalar(field, shape)(value)
        except _WrongTypeError as wrong:
            return self._wrong(field, str(wrong))

    def _scalar(self, field: str, shape: Shape) -> Callable[[Any], Any]:
        if "jsonvalue" in shape.serialization:
            return _json_value
        json_fields = self._rules.json_fields
        if shape.type_name == "string" and json_fields is not None and field not in json_fields:
            return _only_text
        return _SCALARS[shape.type_name]

    def _list(self, value: Any, shape: ListShape, field: str) -> Any:
        if not isinstance(value, list):
            return self._wrong(field, "an ARRAY")
        return [self._value(item, shape.member, field) for item in value]

    def _map(self, value: Any, shape: MapShape, field: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(field, "an OBJECT")
        return {key: self._value(item, shape.value, key) for key, item in value.items() if item is not None}

    def _wrong(self, field: str, wanted: str) -> None:
        self.problems.append(f"The value for the field '{field}' must be {wanted}")


class _WrongTypeError(ValueError):
    """The message says what the value must be."""


def _only_text(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    raise _WrongTypeError("a STRING")


def _text(value: Any) -> str:
    return _blob(value).decode()


def _blob(value: Any) -> bytes:
    try:
        return value.encode() if isinstance(value, str) else encode(value)
    except (JsonError, UnicodeEncodeError):
        raise _WrongTypeError("valid UTF-8") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _WrongTypeError("a BOOLEAN")


def _number(value: Any) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise _WrongTypeError("a NUMBER")


def _integer(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _WrongTypeError("an INTEGER")


def _timestamp(value: Any) -> datetime:
    """Take an ISO 8601 text or seconds since the epoch."""
    try:
        if isinstance(value, str):
            parsed: datetime = parse_timestamp(value)
            return parsed
        return datetime.fromtimestamp(_number(value), UTC)
    except (ValueError, OverflowError, OSError, RuntimeError):
        raise _WrongTypeError("a TIMESTAMP") from None


def _json_value(value: Any) -> Any:
    """Read text first: botocore encodes the value of such a member itself."""
    try:
        return decode(value) if isinstance(value, str) else value
    except JsonError:
        raise _WrongTypeError("valid JSON") from None


_SCALARS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "string": _text,
    "character": _text,
    "blob": _blob,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "timestamp": _timestamp,
}
