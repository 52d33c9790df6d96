"""The grammar of paths: text to a root and a tuple of steps.

A path starts at `$` (the input), `$$` (the context object) or `$name` (a variable). Steps follow the Jayway dialect,
which Step Functions uses: `.name`, `['name']`, `['a','b']`, `[0]`, `[-1]`, `[0,2]`, `[1:3]`, `.*`, `[*]`, `..`, filters
`[?(...)]`, and a function such as `.length()` at the very end.
Sources: the Amazon States Language specification, "Paths" and "Reference Paths"; Jayway JsonPath's readme.
"""

import re
from dataclasses import dataclass
from typing import Final

from tobiishi.expr.filters import Predicate, parse_filter
from tobiishi.expr.scanner import PathSyntaxError, Scanner

_ROOT: Final = re.compile(r"\$\$|\$(?:[^\W\d]\w*)?")
_NAME: Final = re.compile(r"[^\s.\[\](){}'\"*?,:@!=<>&|]+")
_INTEGER: Final = re.compile(r"-?\d{1,9}")
_QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)

FUNCTIONS: Final = frozenset({"avg", "first", "keys", "last", "length", "max", "min", "stddev", "sum"})
"""Functions that may end a path."""


@dataclass(frozen=True, slots=True)
class Key:
    name: str


@dataclass(frozen=True, slots=True)
class Keys:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    index: int


@dataclass(frozen=True, slots=True)
class Indexes:
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    pass


@dataclass(frozen=True, slots=True)
class Filter:
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Descend:
    """`..` and the step after it, which applies to every node below."""

    step: "Step"


@dataclass(frozen=True, slots=True)
class Call:
    function: str


Step = Key | Keys | Index | Indexes | Slice | Wildcard | Filter | Descend | Call


@dataclass(frozen=True, slots=True)
class ParsedPath:
    """`root` is `$`, `$$` or `$name`. A definite path has one value; the others have a list."""

    root: str
    steps: tuple[Step, ...]

    @property
    def reference(self) -> bool:
        """Whether this is a reference path: it names at most one node by keys and indexes."""
        return all(isinstance(step, Key | Index) for step in self.steps)

    @property
    def definite(self) -> bool:
        steps = self.steps[:-1] if self.steps and isinstance(self.steps[-1], Call) else self.steps
        *inner, last = steps or (Key(""),)
        return all(isinstance(step, Key | Index) for step in inner) and isinstance(last, Key | Index | Keys)


def parse_path(text: str) -> ParsedPath:
    """Return the parts of a whole path. Raises `PathSyntaxError`."""
    scanner = Scanner(text)
    parsed = scan_path(scanner)
    if not scanner.at_end:
        scanner.fail("expected a step of a path")
    return parsed


def scan_path(scanner: Scanner) -> ParsedPath:
    """Read a path at the scanner's position, as far as it goes. Raises `PathSyntaxError`."""
    root = scanner.match(_ROOT)
    if root is None:
        scanner.fail("a path starts with $")
    return ParsedPath(root, scan_steps(scanner))


def scan_steps(scanner: Scanner) -> tuple[Step, ...]:
    steps: list[Step] = []
    while scanner.peek() in {".", "["} and not scanner.at_end:
        steps.append(_scan_step(scanner))
        if isinstance(steps[-1], Call):
            break
    return tuple(steps)


def _scan_step(scanner: Scanner) -> Step:
    if scanner.peek() == "[":
        return _scan_bracket(scanner)
    if scanner.accept(".."):
        step = _scan_bracket(scanner) if scanner.peek() == "[" else _scan_dotted(scanner)
        if isinstance(step, Call):
            raise PathSyntaxError(f"a function cannot follow '..' in {scanner.text!r}")
        return Descend(step)
    scanner.expect(".")
    return _scan_dotted(scanner)


def _scan_dotted(scanner: Scanner) -> Step:
    if scanner.accept("*"):
        return Wildcard()
    name = scanner.match(_NAME)
    if name is None:
        scanner.fail("expected the name of a property")
    if not scanner.accept("("):
        return Key(name)
    if name not in FUNCTIONS:
        scanner.fail(f"unknown function {name!r}")
    scanner.skip_space()
    scanner.expect(")")
    return Call(name)


def _scan_bracket(scanner: Scanner) -> Step:
    scanner.expect("[")
    scanner.skip_space()
    step = _scan_subscript(scanner)
    scanner.skip_space()
    scanner.expect("]")
    return step


def _scan_subscript(scanner: Scanner) -> Step:
    if scanner.accept("*"):
        return Wildcard()
    if scanner.accept("?"):
        return Filter(parse_filter(scanner))
    if scanner.peek() in {"'", '"'}:
        return _scan_keys(scanner)
    return _scan_indexes(scanner)


def _scan_keys(scanner: Scanner) -> Step:
    names = [_scan_quoted(scanner)]
    while _accept_comma(scanner):
        names.append(_scan_quoted(scanner))
    return Key(names[0]) if len(names) == 1 else Keys(tuple(names))


def _scan_quoted(scanner: Scanner) -> str:
    quoted = scanner.match(_QUOTED)
    if quoted is None:
        scanner.fail("expected a quoted name")
    return _ESCAPE.sub(r"\1", quoted[1:-1])


def _scan_indexes(scanner: Scanner) -> Step:
    start = scanner.match(_INTEGER)
    scanner.skip_space()
    if scanner.accept(":"):
        scanner.skip_space()
        stop = scanner.match(_INTEGER)
        if start is None and stop is None:
            scanner.fail("a slice needs a start or an end")
        return Slice(None if start is None else int(start), None if stop is None else int(stop))
    if start is None:
        scanner.fail("expected an index, a quoted name, '*' or a filter")
    indexes = [int(start)]
    while _accept_comma(scanner):
        index = scanner.match(_INTEGER)
        if index is None:
            scanner.fail("expected an index")
        indexes.append(int(index))
    return Index(indexes[0]) if len(indexes) == 1 else Indexes(tuple(indexes))


def _accept_comma(scanner: Scanner) -> bool:
    scanner.skip_space()
    if not scanner.accept(","):
        return False
    scanner.skip_space()
    return True
