"""Shapes what a handler answered as the operation's output is written: compiled once, then one pass over the value."""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

Writer = Callable[[Any], Any]

_PLAIN = {"string", "character", "boolean", "integer", "long", "float", "double"}


def answer_writer(shape: Shape | None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return what turns members of an output into JSON values, keyed as on the wire; None is left out.

    Timestamps are datetimes or seconds and become seconds with milliseconds. A member that the shape does not have is
    a mistake of the handler and raises `KeyError`.
    """
    if shape is None:
        return _nothing
    return cast("Callable[[Mapping[str, Any]], dict[str, Any]]", _Compiler().writer(shape))


def seconds(value: datetime | float) -> float:
    """Return a timestamp as AWS's JSON protocols write it."""
    return round(value.timestamp() if isinstance(value, datetime) else value, 3)


def _nothing(members: Mapping[str, Any]) -> dict[str, Any]:
    if any(value is not None for value in members.values()):
        raise KeyError(*members)
    return {}


def _blob(value: bytes) -> str:
    return base64.b64encode(value).decode()


_CONVERTED: dict[str, Writer] = {"timestamp": seconds, "blob": _blob}


class _Compiler:
    """Makes the writer of every shape once. None instead of a writer: the value is JSON as it is."""

    def __init__(self) -> None:
        self._writers: dict[str, Writer | None] = {}
        self._begun: set[str] = set()

    def writer(self, shape: Shape) -> Writer | None:
        if shape.name in self._writers:
            return self._writers[shape.name]
        if shape.name in self._begun:
            return self._later(shape.name)
        self._begun.add(shape.name)
        self._writers[shape.name] = self._compile(shape)
        return self._writers[shape.name]

    def _later(self, name: str) -> Writer:
        def write(value: Any) -> Any:
            return cast("Writer", self._writers[name])(value)

        return write

    def _compile(self, shape: Shape) -> Writer | None:
        if shape.type_name in _PLAIN:
            return None
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        return _CONVERTED[shape.type_name]

    def _structure(self, shape: StructureShape) -> Writer:
        payload = shape.serialization.get("payload")
        members = {
            name: (member.serialization.get("name", name), self._member(member, name == payload))
            for name, member in shape.members.items()
        }

        def write(value: Mapping[str, Any]) -> dict[str, Any]:
            result = {}
            for name, item in value.items():
                key, write_member = members[name]
                if item is not None:
                    result[key] = item if write_member is None else write_member(item)
            return result

        return write

    def _member(self, member: Shape, is_payload: bool) -> Writer | None:
        """Return a member's writer; a blob that is the whole HTTP body stays bytes."""
        return None if is_payload and member.type_name == "blob" else self.writer(member)

    def _list(self, shape: ListShape) -> Writer | None:
        write_item = self.writer(shape.member)
        return None if write_item is None else lambda value: [write_item(item) for item in value]

    def _map(self, shape: MapShape) -> Writer | None:
        write_value = self.writer(shape.value)
        return None if write_value is None else lambda value: {key: write_value(item) for key, item in value.items()}
