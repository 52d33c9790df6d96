"""The filters of paths, `[?(@.price < 10 && @.name =~ /a.*/i)]`, compiled to predicates on a node.

Grammar, loosest first: `a || b`, `a && b`, `!a`, `( a )`, `operand operator operand`, `operand` (it exists). An
operand is a path from `@` (the node) or `$` (the root of the path outside), a string, a number, true, false, null, a
list, or (right of `=~`) a regular expression, which runs in linear time. Operators and their meaning are Jayway's:
values of different types are not equal and have no order; a comparison with something missing is false, `!=` true.
"""

import operator
import re
from collections.abc import Callable
from typing import Any, Final

import re2

from tobiishi.expr.bindings import MISSING, Value
from tobiishi.expr.scanner import PathSyntaxError, Scanner


class TooManyNodesError(Exception):
    """An evaluation has visited more nodes than it may."""


class Walk:
    """One evaluation of a path: its root, and how many nodes it may still visit."""

    __slots__ = ("left", "root")

    def __init__(self, root: Value, limit: int) -> None:
        self.root = root
        self.left = limit

    def spend(self, nodes: int) -> None:
        self.left -= nodes
        if self.left < 0:
            raise TooManyNodesError


Predicate = Callable[[Value, Walk], bool]
Operand = Callable[[Value, Walk], Value]
"""Returns `MISSING` where there is nothing."""

_OPERATOR: Final = re.compile(r"==|!=|<=|>=|=~|<|>|(?:in|nin|contains|size|empty|subsetof|anyof|noneof)\b")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_STRING: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_REGEX: Final = re.compile(r"/(?P<pattern>(?:[^/\\]|\\.)+)/(?P<flags>[a-z]*)")
_WORD: Final = re.compile(r"true|false|null")
_COSTLY: Final = frozenset({"in", "nin", "contains", "subsetof", "anyof", "noneof"})
_WORDS: Final = {"true": True, "false": False, "null": None}


def parse_filter(scanner: Scanner) -> Predicate:
    """Read `( ... )` after the `?` of a filter. Raises `PathSyntaxError`."""
    scanner.skip_space()
    scanner.expect("(")
    with scanner.nested():
        predicate = _either(scanner)
    scanner.expect(")")
    return predicate


def _either(scanner: Scanner) -> Predicate:
    options = [_both(scanner)]
    while scanner.accept("||"):
        options.append(_both(scanner))
    if len(options) == 1:
        return options[0]
    return lambda node, walk: any(option(node, walk) for option in options)


def _both(scanner: Scanner) -> Predicate:
    terms = [_term(scanner)]
    while scanner.accept("&&"):
        terms.append(_term(scanner))
    if len(terms) == 1:
        return terms[0]
    return lambda node, walk: all(term(node, walk) for term in terms)


def _term(scanner: Scanner) -> Predicate:
    scanner.skip_space()
    negated = False
    while scanner.accept("!"):
        negated = not negated
        scanner.skip_space()
    if scanner.accept("("):
        with scanner.nested():
            inner = _either(scanner)
        scanner.expect(")")
    else:
        inner = _comparison(scanner)
    scanner.skip_space()
    return (lambda node, walk: not inner(node, walk)) if negated else inner


def _comparison(scanner: Scanner) -> Predicate:
    left = _operand(scanner)
    scanner.skip_space()
    symbol = scanner.match(_OPERATOR)
    if symbol is None:
        return lambda node, walk: left(node, walk) is not MISSING
    scanner.skip_space()
    if symbol == "=~":
        return _matching(left, scanner)
    right = _operand(scanner)
    return _compared(left, _COMPARE[symbol], right, costly=symbol in _COSTLY)


def _compared(left: Operand, compare: Callable[[Value, Value], bool], right: Operand, *, costly: bool) -> Predicate:
    def test(node: Value, walk: Walk) -> bool:
        one, other = left(node, walk), right(node, walk)
        if costly:
            walk.spend(_size_of(one) * _size_of(other))
        return compare(one, other)

    return test


def _size_of(value: Value) -> int:
    if isinstance(value, list):
        return len(value) + 1
    return len(value) // 64 + 1 if isinstance(value, str) else 1


def _matching(left: Operand, scanner: Scanner) -> Predicate:
    start = scanner.position
    if scanner.match(_REGEX) is None:
        scanner.fail("expected a regular expression such as /a.*/")
    found = _REGEX.match(scanner.text, start)
    assert found is not None
    matches = _compile_regex(found["pattern"], found["flags"])

    def test(node: Value, walk: Walk) -> bool:
        value = left(node, walk)
        walk.spend(_size_of(value))
        return isinstance(value, str) and matches(value)

    return test


def _compile_regex(pattern: str, flags: str) -> Callable[[str], bool]:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in flags
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise PathSyntaxError(f"/{pattern}/ is not a regular expression: {error}") from None
    return lambda text: compiled.fullmatch(text) is not None


def _operand(scanner: Scanner) -> Operand:
    if scanner.peek() in {"@", "$"}:
        return _path_operand(scanner)
    value = _literal(scanner)
    return lambda _node, _walk: value


def _path_operand(scanner: Scanner) -> Operand:
    # Here because paths contain filters and filters contain paths.
    from tobiishi.expr.path_syntax import ParsedPath, scan_steps  # noqa: PLC0415
    from tobiishi.expr.selectors import compile_selection  # noqa: PLC0415

    from_root = scanner.peek() == "$"
    scanner.position += 1
    parsed = ParsedPath("$", scan_steps(scanner))
    select = compile_selection(parsed)
    if from_root:
        return lambda _node, walk: select(walk.root, walk)
    return select


def _literal(scanner: Scanner) -> Value:
    if scanner.accept("["):
        return _list_literal(scanner)
    if (text := scanner.match(_STRING)) is not None:
        return _ESCAPE.sub(r"\1", text[1:-1])
    if (text := scanner.match(_NUMBER)) is not None:
        return float(text) if any(sign in text for sign in ".eE") else int(text)
    if (text := scanner.match(_WORD)) is not None:
        return _WORDS[text]
    return scanner.fail("expected a path or a value")


def _list_literal(scanner: Scanner) -> list[Value]:
    values: list[Value] = []
    scanner.skip_space()
    while not scanner.accept("]"):
        if values:
            scanner.expect(",")
            scanner.skip_space()
        if scanner.peek() == "[":
            scanner.fail("a list in a filter holds plain values")
        values.append(_literal(scanner))
        scanner.skip_space()
    return values


def same(left: Value, right: Value) -> bool:
    """Whether two JSON values are equal: unlike Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    return bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def test(left: Value, right: Value) -> bool:
        if _is_number(left) and _is_number(right):
            return compare(left, right)
        return isinstance(left, str) and isinstance(right, str) and compare(left, right)

    return test


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in(left: Value, right: Value) -> bool:
    return isinstance(right, list) and any(same(left, item) for item in right)


def _contains(left: Value, right: Value) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _in(right, left)


def _size(left: Value, right: Value) -> bool:
    return isinstance(left, list | str) and same(len(left), right)


def _subset(left: Value, right: Value) -> bool:
    return isinstance(left, list) and isinstance(right, list) and all(_in(item, right) for item in left)


def _any_of(left: Value, right: Value) -> bool:
    return isinstance(left, list) and isinstance(right, list) and any(_in(item, right) for item in left)


_COMPARE: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "==": same,
    "!=": lambda left, right: not same(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _in,
    "nin": lambda left, right: isinstance(right, list) and not _in(left, right),
    "contains": _contains,
    "size": _size,
    "empty": lambda left, right: isinstance(left, list | str) and (not left) is right,
    "subsetof": _subset,
    "anyof": _any_of,
    "noneof": lambda left, right: isinstance(left, list) and isinstance(right, list) and not _any_of(left, right),
}
