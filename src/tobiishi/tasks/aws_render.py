"""A service's answer as Step Functions gives it to a state: JSON, each member with a first capital.

Members that the service did not send are left out, and so is `ResponseMetadata`. Times of SDK calls are ISO 8601 in
UTC with milliseconds only where there are any, as Java's `Instant` prints them; optimized integrations give
milliseconds since the epoch. Bytes are text where they are UTF-8, else
Base64, which loses nothing.
"""

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from tobiishi.jsontext import encode_text
from tobiishi.tasks.aws_casing import field_name

MAX_BODY_BYTES: Final = 256 * 1024
"""No result may be larger than this, so no body is read any further."""


class BodyTooLargeError(Exception):
    """A streamed body is larger than any result may be."""


@dataclass(frozen=True, slots=True)
class Form:
    """How members' names and times are written."""

    name: Callable[[str], str]
    moment: Callable[[datetime], Any]


def result(response: Mapping[str, Any], shape: StructureShape | None, form: Form | None = None) -> dict[str, Any]:
    """Return the JSON value of a parsed botocore response. Raises `BodyTooLargeError`. `form` None is an SDK call's."""
    return _structure(response, shape, form or SDK) if shape else {}


def _structure(value: Mapping[str, Any], shape: StructureShape, form: Form) -> dict[str, Any]:
    return {
        form.name(name): _render(value[name], member, form)
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _render(value: Any, shape: Shape, form: Form) -> Any:
    if "jsonvalue" in shape.serialization:
        return encode_text(value)
    if isinstance(shape, StructureShape):
        return value if shape.is_document_type else _structure(value, shape, form)
    if isinstance(shape, ListShape):
        return [_render(item, shape.member, form) for item in value]
    if isinstance(shape, MapShape):
        return {key: _render(item, shape.value, form) for key, item in value.items() if item is not None}
    return form.moment(value) if isinstance(value, datetime) else _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return _bytes(bytes(value))
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if hasattr(value, "read"):
        return _bytes(_read(value))
    return value


def instant(moment: datetime) -> str:
    """Return `2023-11-01T12:00:00Z`, or `2023-11-01T12:00:00.250Z` where there are milliseconds."""
    utc = _utc(moment)
    precision = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return utc.isoformat(timespec=precision).replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since the epoch."""
    return round(_utc(moment).timestamp() * 1000)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def first_capital(member: str) -> str:
    """Return a member's name with a first capital and no other change."""
    return member[:1].upper() + member[1:]


SDK: Final = Form(field_name, instant)
OPTIMIZED: Final = Form(first_capital, milliseconds)
"""As AWS's SDK for Java v1 writes them, which optimized integrations speak."""


def _bytes(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _read(stream: Any) -> bytes:
    """Read a body to its end, or one byte past what a result may hold.

    Only the read that finds the end notices that a body is shorter than it was announced.
    """
    data = bytearray()
    try:
        while chunk := stream.read(MAX_BODY_BYTES + 1 - len(data)):
            data += chunk
            if len(data) > MAX_BODY_BYTES:
                raise BodyTooLargeError
    finally:
        stream.close()
    return bytes(data)
