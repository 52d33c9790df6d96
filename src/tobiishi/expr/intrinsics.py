"""Calls of intrinsic functions, such as `States.Format('Hello, {}', $.name)`: parsed and checked once, then evaluated.

Arguments are strings in single quotes, numbers, `true`, `false`, `null`, paths, and nested calls.
Source: the Amazon States Language specification, "Intrinsic Functions".
"""

import re
from dataclasses import dataclass, field
from typing import Final

from tobiishi.expr.bindings import MISSING, Bindings, Constant, EvaluationError, Expression, Value
from tobiishi.expr.intrinsic_functions import INTRINSICS, Intrinsic
from tobiishi.expr.jsonpath import Path, compile_parsed
from tobiishi.expr.path_syntax import scan_path
from tobiishi.expr.scanner import PathSyntaxError, Scanner
from tobiishi.jsontext import encode_text

MAX_NESTED: Final = 10
"""Calls that a call may nest, itself included."""
MAX_ARGUMENTS: Final = 250
"""Arguments in one field. AWS states no limit; without one a small definition could ask for a huge value."""

_NAME: Final = re.compile(r"States\.\w+")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_STRING: Final = re.compile(r"'(?:[^'\\]|\\['\\{}])*'", re.DOTALL)
_WORD: Final = re.compile(r"(?:true|false|null)\b")
_WORDS: Final = {"true": True, "false": False, "null": None}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_QUOTE: Final = re.compile(r"\\(')")


@dataclass(frozen=True, slots=True)
class Call:
    """A compiled call: an `Expression`. `text` is the call as written."""

    text: str
    function: Intrinsic
    arguments: tuple[Expression, ...]
    variables: frozenset[str] = field(default=frozenset())

    def evaluate(self, bindings: Bindings) -> Value:
        """Return the function's value.

        Raises `EvaluationError`: `States.Runtime` for an argument that is not in the input, `States.IntrinsicFailure`
        for everything that the function itself refuses.
        """
        values = [self._argument(argument, bindings) for argument in self.arguments]
        try:
            return self.function.invoke(values, bindings.entropy)
        except ValueError as error:
            raise self._failure("States.IntrinsicFailure", str(error)) from None

    def _argument(self, argument: Expression, bindings: Bindings) -> Value:
        if not isinstance(argument, Path):
            return argument.evaluate(bindings)
        value = argument.find(bindings)
        if value is MISSING:
            what = f"The JsonPath argument for the field '{argument.text}' could not be found in the input"
            raise self._failure("States.Runtime", f"{what} '{encode_text(bindings.input)}'")
        return value

    def _failure(self, error: str, reason: str) -> EvaluationError:
        return EvaluationError(error, f"The function '{self.text}' had the following error: {reason}")


def compile_intrinsic(text: str, field: str) -> Call:
    """Return the call in `text`, compiled; `field` is for messages of the paths in it. Raises `PathSyntaxError`."""
    scanner = Scanner(text)
    scanner.skip_space()
    parser = _Parser(scanner, field)
    call = parser.call(1)
    scanner.skip_space()
    if not scanner.at_end:
        scanner.fail("expected the end of the call")
    return call


class _Parser:
    def __init__(self, scanner: Scanner, field: str) -> None:
        self.scanner = scanner
        self.field = field
        self.arguments = 0

    def call(self, depth: int) -> Call:
        scanner = self.scanner
        start = scanner.position
        function = self._function(depth)
        arguments = self._arguments(depth, literal_first=function.name == "States.Format")
        if not function.accepts(len(arguments)):
            raise PathSyntaxError(f"{function.name} does not take {len(arguments)} arguments")
        variables = frozenset[str]().union(*(_variables(argument) for argument in arguments))
        return Call(scanner.text[start : scanner.position], function, tuple(arguments), variables)

    def _function(self, depth: int) -> Intrinsic:
        name = self.scanner.match(_NAME)
        if name is None:
            self.scanner.fail("expected an intrinsic function")
        function = INTRINSICS.get(name)
        if function is None:
            raise PathSyntaxError(f"unknown intrinsic function {name!r}")
        if depth > MAX_NESTED:
            raise PathSyntaxError(f"more than {MAX_NESTED} nested intrinsic functions")
        return function

    def _arguments(self, depth: int, *, literal_first: bool) -> list[Expression]:
        scanner = self.scanner
        scanner.skip_space()
        scanner.expect("(")
        scanner.skip_space()
        arguments: list[Expression] = []
        while not scanner.accept(")"):
            if arguments:
                scanner.expect(",")
                scanner.skip_space()
            # States.Format reads the escapes of its template itself: it must tell `\\{}` from `{}`.
            arguments.append(self._argument(depth, keep_escapes=literal_first and not arguments))
            scanner.skip_space()
        return arguments

    def _argument(self, depth: int, *, keep_escapes: bool) -> Expression:
        scanner = self.scanner
        self.arguments += 1
        if self.arguments > MAX_ARGUMENTS:
            raise PathSyntaxError(f"more than {MAX_ARGUMENTS} arguments in one field")
        if scanner.peek() == "$":
            start = scanner.position
            parsed = scan_path(scanner)
            return compile_parsed(scanner.text[start : scanner.position], self.field, parsed)
        if scanner.peek() == "S":
            return self.call(depth + 1)
        return Constant(self._literal(keep_escapes=keep_escapes))

    def _literal(self, *, keep_escapes: bool) -> Value:
        scanner = self.scanner
        if (text := scanner.match(_STRING)) is not None:
            return (_ESCAPED_QUOTE if keep_escapes else _ESCAPE).sub(r"\1", text[1:-1])
        if (text := scanner.match(_NUMBER)) is not None:
            return float(text) if any(sign in text for sign in ".eE") else int(text)
        if (text := scanner.match(_WORD)) is not None:
            return _WORDS[text]
        return scanner.fail("expected an argument")


def _variables(argument: Expression) -> frozenset[str]:
    return argument.variables if isinstance(argument, Path | Call) else frozenset()
