"""Finds the operation that a method and a path name, by the URI templates of a service model.

https://smithy.io/2.0/spec/http-bindings.html#http-trait. A path is split before it is decoded: an ARN in one of its
segments may hold encoded slashes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel

from tobiishi.wire.scalars import malformed

_LABEL: Final = re.compile(r"\{([^{}+]+)(\+?)\}")
MAX_QUERY_FIELDS: Final = 1000

Query = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's place: `literals` are query parameters that the template itself demands."""

    operation: str
    method: str
    path: re.Pattern[str]
    labels: tuple[str, ...]
    literals: Mapping[str, str]

    def demands_met(self, query: Query) -> bool:
        return all(value in query.get(name, ()) for name, value in self.literals.items())


@dataclass(frozen=True, slots=True)
class Match:
    """What a request names. `operation` is None where the path is known, and the method is not one of its."""

    operation: str | None
    labels: Mapping[str, str]


class Routes:
    """Every operation of a service."""

    def __init__(self, operations: Iterable[OperationModel]) -> None:
        # A template with more text in it is the more particular one: `/layers?find=` before `/layers`.
        routes = sorted(map(_route, operations), key=_particularity, reverse=True)
        self._by_first_segment: dict[str, list[Route]] = {}
        for route in routes:
            self._by_first_segment.setdefault(_first_segment(route.path.pattern), []).append(route)

    def match(self, method: str, path: str, query: Query) -> Match | None:
        """Return what is meant; None if no operation has this path. `path` is as it was sent."""
        path = path.rstrip("/")
        known = False
        for route in self._by_first_segment.get(_first_segment(path), ()):
            found = route.path.fullmatch(path)
            if found is None:
                continue
            known = True
            if route.method == method and route.demands_met(query):
                labels = (_decode(value) for value in found.groups())
                return Match(route.operation, dict(zip(route.labels, labels, strict=True)))
        return Match(None, {}) if known else None


def parse_query(text: str) -> Query:
    """Return a query string's values by name. Raises `ApiError` SerializationException."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        raise malformed("The query string cannot be read") from None
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return query


def _route(operation: OperationModel) -> Route:
    path, _, query = operation.http["requestUri"].partition("?")
    path = path.rstrip("/")
    names = tuple(name for name, _ in _LABEL.findall(path))
    pattern = "".join(
        re.escape(path[start:end]) + ("(.+)" if greedy else "([^/]+)" if label else "")
        for start, end, label, greedy in _pieces(path)
    )
    return Route(operation.name, operation.http["method"], re.compile(pattern), names, dict(parse_qsl(query)))


def _pieces(path: str) -> Iterable[tuple[int, int, bool, bool]]:
    """Yield (start, end) of each literal, and whether a label follows it and takes more than one segment."""
    start = 0
    for found in _LABEL.finditer(path):
        yield start, found.start(), True, bool(found[2])
        start = found.end()
    yield start, len(path), False, False


def _particularity(route: Route) -> tuple[int, int]:
    return len(route.literals), len(route.path.pattern) - 8 * len(route.labels)


def _first_segment(path: str) -> str:
    return path.replace("\\", "").partition("/")[2].partition("/")[0]


def _decode(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise malformed("The path is not UTF-8") from None
