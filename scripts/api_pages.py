"""Writes the reference pages of the AWS APIs: `python scripts/api_pages.py`.

What an operation takes, answers and fails with is in botocore's service model. What it does, and where it differs here
from AWS, is in the tables docs/reference/api/*.toml.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import botocore
import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

from tobiishi.api.states.errors import CODES

REFERENCE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference"
TABLES: Final = sorted((REFERENCE / "api").glob("*.toml"))

_ANSWERED: Final = {"stepfunctions": frozenset({*CODES.values(), "InvalidToken"})}
"""What an operation may fail with, where the code says it; a table lists it for the others."""

MADE_FROM: Final = "Members and limits are those of botocore "
"""How the page says which release of the service models it shows; its number follows."""

_LONGEST: Final = 60
"""Characters of a pattern that a table shows."""

_WORDS: Final = {
    "string": "text",
    "integer": "whole number",
    "long": "whole number",
    "float": "number",
    "double": "number",
    "boolean": "true or false",
    "timestamp": "time",
    "blob": "bytes",
    "structure": "structure",
    "list": "list",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One page's own words. `operations` are by group, then by name: what each `does`, and in what it `differs`.

    Operations of a service of which little is served also say what they take (`takes`, names of members) and answer.
    """

    service: str
    page: Path
    text: str
    operations: Mapping[str, Mapping[str, Any]]
    answered: Collection[str]

    @classmethod
    def read(cls, path: Path) -> "Table":
        read = tomllib.loads(path.read_text())
        return cls(
            service=read["service"],
            page=REFERENCE / read["page"],
            text=read["text"].strip(),
            operations=read["operations"],
            answered=_ANSWERED.get(read["service"]) or read["answered"],
        )

    @property
    def names(self) -> list[str]:
        """The operations, in the order of the page."""
        return [name for group in self.operations.values() for name in group]

    @property
    def model(self) -> ServiceModel:
        return botocore.session.get_session().get_service_model(self.service)


def page(table: Table) -> str:
    """Return the page's Markdown."""
    model = table.model
    parts = [table.text.replace("{count}", str(len(table.names))), *_contents(table)]
    parts.append(f"{MADE_FROM}{botocore.__version__}.")
    for group, operations in table.operations.items():
        parts.append(f"## {group}")
        for name, told in operations.items():
            parts += _operation(table, model.operation_model(name), told)
    return "\n\n".join(parts) + "\n"


def _contents(table: Table) -> Iterator[str]:
    rows = [
        f"| {group} | {', '.join(f'[{name}](#{name.lower()})' for name in operations)} |"
        for group, operations in table.operations.items()
    ]
    yield "\n".join(["## Operations", "", "| | |", "|---|---|", *rows])


def _operation(table: Table, model: OperationModel, told: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {model.name}"
    yield told["does"]
    takes = _listed(model, told["takes"]) if "takes" in told else _unfolded(model.input_shape)
    if takes:
        yield takes
    yield f"Answers {told.get('answers') or _answers(model.output_shape)}. {_errors(model, table.answered)}"
    if told["differs"]:
        yield "\n".join(["**Here:**", "", *(f"- {difference}" for difference in told["differs"])])


# -- what it takes -----------------------------------------------------------------------------------------------------
def _listed(model: OperationModel, names: Collection[str]) -> str:
    """Name members, all of which the model has."""
    shape = model.input_shape
    unknown = [name for name in names if name not in shape.members]
    if unknown:
        raise KeyError(f"{model.name} has no {', '.join(unknown)}")
    return "Takes " + ", ".join(f"`{name}`{_required(shape, name)}" for name in names) + "."


def _unfolded(shape: StructureShape | None) -> str:
    rows = [] if shape is None else list(_members(shape))
    return "\n".join(["| takes | |", "|---|---|", *rows]) if rows else ""


def _members(shape: StructureShape, before: str = "") -> Iterator[str]:
    """Yield a row for each member, and for the members of structures in it, named by their path."""
    for name, member in shape.members.items():
        yield f"| `{before}{name}` | {_described(member)}{_required(shape, name, ', ')} |"
        inner, path = _structure_in(member, f"{before}{name}")
        if inner is not None:
            yield from _members(inner, f"{path}.")


def _required(shape: StructureShape, name: str, before: str = " ") -> str:
    return f"{before}**required**" if name in shape.required_members else ""


def _structure_in(shape: Shape, path: str) -> tuple[StructureShape | None, str]:
    while isinstance(shape, ListShape):
        shape, path = shape.member, f"{path}[]"
    return (shape if isinstance(shape, StructureShape) else None), path


def _described(shape: Shape) -> str:
    traits, word = shape.metadata, _WORDS[shape.type_name]
    if isinstance(shape, ListShape):
        word = "list of structures" if shape.member.type_name == "structure" else "list of texts"
    if "enum" in traits:
        return "one of " + ", ".join(f"`{name}`" for name in traits["enum"])
    return f"{word}{_bounds(shape)}{_pattern(traits.get('pattern'))}"


def _bounds(shape: Shape) -> str:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    unit = {"string": " characters", "blob": " bytes", "list": " of them"}.get(shape.type_name, "")
    if most is None:
        return f", from {least}{unit}" if least else ""
    if least:
        return f", {least} to {most:,}{unit}"
    return f", up to {most:,}{unit}"


def _pattern(pattern: str | None) -> str:
    if pattern is None or len(pattern) > _LONGEST:
        return ""
    return f", as `{pattern.replace('|', chr(92) + '|')}`"


# -- what comes back ---------------------------------------------------------------------------------------------------
def _answers(shape: StructureShape | None) -> str:
    if shape is None or not shape.members:
        return "with nothing"
    always = [f"`{name}`" for name in shape.members if name in shape.required_members]
    maybe = [f"`{name}`" for name in shape.members if name not in shape.required_members]
    if not always or not maybe:
        return ", ".join(always or maybe)
    return f"{', '.join(always)}, and if there is one {', '.join(maybe)}"


def _errors(model: OperationModel, answered: Collection[str]) -> str:
    named = sorted(f"`{shape.name}`" for shape in model.error_shapes if shape.name in answered)
    return f"Fails with {', '.join(named)}." if named else "Has no errors of its own."


if __name__ == "__main__":
    for each in map(Table.read, TABLES):
        each.page.write_text(page(each))
