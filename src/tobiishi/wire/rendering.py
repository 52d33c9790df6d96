"""Values as AWS's validation messages show them: as Java prints them, and never what the model marks sensitive."""

from collections.abc import Mapping
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

REDACTED: Final = "*** Sensitive Data Redacted ***"
LONGEST: Final = 4096
"""Characters of a value that are shown: a message need not be as long as the request."""


def violation(shape: Shape, value: Any, at: str, wording: str) -> str:
    """Return one line of a ValidationException. A sensitive value is left out altogether."""
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{_cut(render(shape, value))}'"
    return f"{shown} at '{at}' failed to satisfy constraint: {wording}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def missing(at: str, wording: str) -> str:
    """Return the line for a member that is required and was not given."""
    return f"Value null at '{at}' failed to satisfy constraint: {wording}"


def place(name: str) -> str:
    """Return a member's name as messages spell it: in lower camel case, whatever the protocol says."""
    return name[:1].lower() + name[1:]


def render(shape: Shape, value: Any) -> str:
    """Return a value that has been read, as Java's toString has it."""
    if shape.metadata.get("sensitive"):
        return REDACTED
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(shape, ListShape) and isinstance(value, list):
        return f"[{', '.join(render(shape.member, item) for item in value)}]"
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        entries = (f"{render(shape.key, key)}={render(shape.value, item)}" for key, item in value.items())
        return f"{{{', '.join(entries)}}}"
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return _structure(shape, value)
    return str(value)


def _structure(shape: StructureShape, value: Mapping[str, Any]) -> str:
    members = (
        f"{place(name)}={render(member, value[name]) if name in value else 'null'}"
        for name, member in shape.members.items()
    )
    return f"{shape.name}({', '.join(members)})"
