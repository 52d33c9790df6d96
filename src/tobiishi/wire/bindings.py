"""Where a REST operation's members stand in HTTP: path, query, headers, status, body.

https://smithy.io/2.0/spec/http-bindings.html
"""

from collections.abc import Mapping
from typing import Any, Final

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from tobiishi import jsontext
from tobiishi.wire.contract import Request
from tobiishi.wire.operations import decode_body
from tobiishi.wire.routes import Query
from tobiishi.wire.scalars import malformed

_NUMBERS: Final = {"integer", "long", "float", "double"}


def wire_name(name: str, member: Shape) -> str:
    """Return the name that a member has in the request."""
    return str(member.serialization.get("name", name))


class RequestBinding:
    """Gathers the members of an operation's input into one object, as if all of them had stood in the body."""

    def __init__(self, model: OperationModel) -> None:
        shape = model.input_shape
        members = shape.members if shape is not None else {}
        self._located = [
            (wire_name(name, member), member.serialization["location"], member)
            for name, member in members.items()
            if "location" in member.serialization
        ]
        payload = shape.serialization.get("payload") if shape is not None else None
        self._payload: tuple[str, Shape] | None = (
            (wire_name(payload, members[payload]), members[payload]) if payload else None
        )
        self._in_body = {
            wire_name(name, member) for name, member in members.items() if "location" not in member.serialization
        }

    def gather(self, request: Request, labels: Mapping[str, str], query: Query) -> dict[str, Any]:
        """Return the members, keyed as on the wire. Raises `ApiError` SerializationException."""
        found = self._from_body(request.body)
        for key, location, member in self._located:
            texts = _texts(key, location, request.headers, labels, query)
            if texts:
                found[key] = _value(member, texts)
        return found

    def _from_body(self, body: bytes) -> dict[str, Any]:
        if self._payload is not None:
            key, member = self._payload
            if not body:
                return {}
            if isinstance(member, StructureShape):
                return {key: decode_body(body)}
            return {key: body if member.type_name == "blob" else _text(body)}
        if not self._in_body:
            return {}
        value = decode_body(body)
        if not isinstance(value, dict):
            raise malformed("Expected structure or null")
        return {key: item for key, item in value.items() if key in self._in_body}


class AnswerBinding:
    """Spreads an answer, already shaped, over status, headers and body."""

    def __init__(self, model: OperationModel) -> None:
        shape = model.output_shape
        members = shape.members if shape is not None else {}
        self._status: int = model.http.get("responseCode", 200)
        self._empty = shape is None
        self._located = {
            wire_name(name, member): member.serialization["location"]
            for name, member in members.items()
            if "location" in member.serialization
        }
        self._payload: str | None = shape.serialization.get("payload") if shape is not None else None

    def spread(self, members: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body."""
        status, headers, rest = self._status, {}, {}
        for key, value in members.items():
            location = self._located.get(key)
            if location == "statusCode":
                status = value
            elif location == "header":
                headers[key] = _header(value)
            else:
                rest[key] = value
        return status, headers, self._body(status, rest)

    def _body(self, status: int, members: dict[str, Any]) -> bytes:
        if self._payload is not None:
            value = members.get(self._payload, b"")
            return value if isinstance(value, bytes) else jsontext.encode(value)
        return b"" if self._empty or status == 204 else jsontext.encode(members)


def _texts(key: str, location: str, headers: Mapping[str, str], labels: Mapping[str, str], query: Query) -> list[str]:
    if location == "uri":
        return [labels[key]]
    if location == "querystring":
        return list(query.get(key, ()))
    value = headers.get(key.lower())
    return [] if value is None else [value]


def _value(member: Shape, texts: list[str]) -> Any:
    """Return the JSON value that text in a path, query or header stands for."""
    if isinstance(member, ListShape):
        return [_scalar(member.member.type_name, text) for text in texts]
    return _scalar(member.type_name, texts[-1])


def _scalar(type_name: str, text: str) -> Any:
    if type_name == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if type_name in _NUMBERS:
        try:
            return jsontext.decode(text)
        except jsontext.JsonError:  # the text itself, so that the reader names the type that it should have
            return text
    return text


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise malformed("The body is not UTF-8") from None


def _header(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
