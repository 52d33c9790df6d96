"""Draws parameters and answers from the shapes of a service model, and judges them without the code under test."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator
from hypothesis import strategies as st

from tobiishi.wire.models import service_model

SERVICES = ("stepfunctions", "lambda")
CHARACTERS = st.characters(exclude_categories=["Cs"])
IN_HEADERS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=10)
MAX_DEPTH = 4
BOUNDS = {"integer": 2**31 - 1, "long": 2**63 - 1}
MILLISECONDS = st.integers(0, 4_000_000_000_000)


def operations() -> list[tuple[str, str]]:
    """Return (service, operation) for all that both models have, but streams of events, which nothing here serves."""
    return [
        (service, name)
        for service in SERVICES
        for name in service_model(service).operation_names
        if not service_model(service).operation_model(name).has_event_stream_output
    ]


def operation(service: str, name: str) -> OperationModel:
    return service_model(service).operation_model(name)


def members(shape: StructureShape | None, *, lacking: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a structure: its required members and a few others. `lacking`: without the required, but for the path's."""
    if shape is None:
        return st.just({})
    required = [name for name in shape.required_members if not lacking or _location(shape.members[name]) == "uri"]
    return _structure(shape, required, _others(shape, required), 0)


def fewest_members(shape: StructureShape | None) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a structure that is acceptable and has its required members only."""
    if shape is None:
        return st.just({})
    return _structure(shape, shape.required_members, st.just([]), MAX_DEPTH).filter(
        lambda drawn: acceptable(shape, drawn)
    )


def _others(shape: StructureShape, required: list[str]) -> st.SearchStrategy[list[str]]:
    others = [name for name in shape.members if name not in required]
    return st.lists(st.sampled_from(others), unique=True, max_size=3) if others else st.just([])


def _structure(
    shape: StructureShape, required: list[str], others: st.SearchStrategy[list[str]], depth: int
) -> st.SearchStrategy[dict[str, Any]]:
    return others.flatmap(
        lambda names: st.fixed_dictionaries({name: _member(shape.members[name], depth) for name in [*required, *names]})
    )


def _location(shape: Shape) -> str | None:
    location: str | None = shape.serialization.get("location")
    return location


def _member(shape: Shape, depth: int) -> st.SearchStrategy[Any]:
    location = _location(shape)
    if location == "statusCode":
        return st.integers(200, 299)
    if location == "header" and shape.type_name == "string" and "enum" not in shape.metadata:
        return IN_HEADERS
    if location == "querystring" and isinstance(shape, ListShape):
        return st.lists(value(shape.member, depth), min_size=1, max_size=3)  # an empty one is not sent at all
    return value(shape, depth)


def value(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Draw a value of a shape's type. It meets the constraints at `MAX_DEPTH`, and often before."""
    if isinstance(shape, StructureShape):
        deeper = depth + 1 if depth < MAX_DEPTH else depth
        required = shape.required_members
        others = _others(shape, required) if depth < MAX_DEPTH - 1 else st.just([])
        return _structure(shape, required, others, deeper)
    if isinstance(shape, ListShape):
        return st.lists(value(shape.member, depth), min_size=shape.metadata.get("min", 0), max_size=3)
    if isinstance(shape, MapShape):
        return st.dictionaries(value(shape.key, depth), value(shape.value, depth), max_size=3)
    if shape.type_name == "string":
        return _string(shape, depth)
    return _scalar(shape, depth)


def _scalar(shape: Shape, depth: int) -> st.SearchStrategy[Any]:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    bound = BOUNDS.get(shape.type_name, 1000)
    numbers = st.integers(int(low), int(bound if high is None else high))
    if depth < MAX_DEPTH:
        numbers |= st.integers(-2, min(bound, 20_000))
    return {
        "integer": numbers,
        "long": numbers,
        "float": numbers.map(float),
        "double": numbers.map(float),
        "boolean": st.booleans(),
        "blob": st.binary(min_size=1, max_size=20),
        "timestamp": MILLISECONDS.map(lambda moment: datetime.fromtimestamp(moment / 1000, UTC)),
    }[shape.type_name]


def _string(shape: Shape, depth: int) -> st.SearchStrategy[str]:
    strict = depth >= MAX_DEPTH
    if "enum" in shape.metadata:
        return st.sampled_from(shape.metadata["enum"] if strict else [*shape.metadata["enum"], "neither"])
    pattern = python_pattern(shape)
    least = shape.metadata.get("min", 1)
    matching = (
        st.from_regex(pattern, fullmatch=True) if pattern else st.text(CHARACTERS, min_size=least, max_size=least + 20)
    )
    if strict:
        return matching
    return (
        matching
        | st.text(CHARACTERS, min_size=1, max_size=20)
        | st.just("a" * (shape.metadata.get("max", 0) % 5000 + 1))
    )


@cache
def python_pattern(shape: Shape) -> re.Pattern[str] | None:
    """Return a shape's pattern as Python spells it."""
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        return None
    for java, python in ((r"\p{ASCII}", r"[\x00-\x7f]"), (r"\p{L}", "a-zA-Z"), (r"\p{Z}", " "), (r"\p{N}", "0-9")):
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.ASCII)


def acceptable(shape: StructureShape | None, params: Mapping[str, Any]) -> bool:
    """Tell whether botocore accepts parameters, and they meet what botocore leaves to the service."""
    if shape is None:
        return True
    return not ParamValidator().validate(dict(params), shape).has_errors() and _meets(shape, params)


def _meets(shape: Shape, given: Any) -> bool:
    traits = shape.metadata
    if isinstance(shape, StructureShape):
        return all(_meets(shape.members[name], item) for name, item in given.items())
    size = given if isinstance(given, int | float) else 0 if isinstance(given, datetime) else len(given)
    if "max" in traits and size > traits["max"]:
        return False
    if isinstance(shape, ListShape):
        return all(_meets(shape.member, item) for item in given)
    if isinstance(shape, MapShape):
        return all(_meets(shape.key, key) and _meets(shape.value, item) for key, item in given.items())
    if "enum" in traits and given not in traits["enum"]:
        return False
    pattern = python_pattern(shape)
    return pattern is None or pattern.fullmatch(given) is not None
