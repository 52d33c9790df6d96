"""Payload templates of JSONPath states: Parameters, ResultSelector, ItemSelector, Assign, and fields of one path.

A template is any JSON value. In its objects a field whose name ends in `.$` has a path or an intrinsic call as its
text, and appears in the result under its name without the `.$`. Everything else is taken as it is.
Source: the Amazon States Language specification, "Payload Template".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tobiishi.expr.bindings import Bindings, Constant, Expression, Value
from tobiishi.expr.intrinsics import Call, compile_intrinsic
from tobiishi.expr.jsonpath import Path, compile_path
from tobiishi.expr.payload_size import MANY, check_size
from tobiishi.expr.scanner import PathSyntaxError
from tobiishi.problem import Excerpt

_Build = Callable[[Bindings], Value]

_DYNAMIC: Final = ".$"


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """One thing wrong with a template. `pointer` is a JSON pointer from the template's top, such as `/a/b.$`."""

    pointer: str
    message: str
    excerpt: Excerpt | None = None


class TemplateError(ValueError):
    """A template is not valid; `problems` has everything that is wrong with it."""

    def __init__(self, problems: list[TemplateProblem]) -> None:
        super().__init__("; ".join(f"{problem.message} at {problem.pointer or '/'}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template with something to evaluate. `variables` are the names that it refers to, without `$`."""

    field: str
    build: _Build
    dynamic_parts: int
    variables: frozenset[str]

    def evaluate(self, bindings: Bindings) -> Value:
        """Return a new value. Raises `EvaluationError`."""
        value = self.build(bindings)
        if self.dynamic_parts > MANY:
            check_size(value, self.field)
        return value


def payload_template(value: Value, field: str) -> Constant | Template:
    """Return the compiled template, a `Constant` where nothing is dynamic. Raises `TemplateError`."""
    compiler = _Compiler()
    build = compiler.compile(value, "")
    if compiler.problems:
        raise TemplateError(compiler.problems)
    if build is None:
        return Constant(value)
    return Template(field, build, compiler.dynamic_parts, frozenset(compiler.variables))


def path_or_intrinsic(text: str, field: str) -> Path | Call:
    """Return the path or intrinsic call in `text`, compiled. Raises `PathSyntaxError`."""
    if text.startswith("$"):
        return compile_path(text, field)
    return compile_intrinsic(text, field)


class _Compiler:
    """Compiles one template and collects what is wrong. A part without anything dynamic compiles to None."""

    def __init__(self) -> None:
        self.problems: list[TemplateProblem] = []
        self.variables: set[str] = set()
        self.dynamic_parts = 0

    def compile(self, value: Value, pointer: str) -> _Build | None:
        if isinstance(value, dict):
            return self._object(value, pointer)
        if isinstance(value, list):
            return self._list(value, pointer)
        return None

    def _object(self, value: dict[str, Value], pointer: str) -> _Build | None:
        parts: dict[str, _Build] = {}
        for key, item in value.items():
            build = self._member(key, item, f"{pointer}/{_escaped(key)}")
            if build is not None:
                parts[key] = build
        if not parts:
            return None
        self._check_names(value, pointer)
        fields = tuple((_plain_name(key, parts), parts.get(key), item) for key, item in value.items())

        def build_object(bindings: Bindings) -> Value:
            return {name: item if part is None else part(bindings) for name, part, item in fields}

        return build_object

    def _list(self, value: list[Value], pointer: str) -> _Build | None:
        parts = [self.compile(item, f"{pointer}/{position}") for position, item in enumerate(value)]
        if not any(parts):
            return None
        items = tuple(zip(parts, value, strict=True))
        return lambda bindings: [item if part is None else part(bindings) for part, item in items]

    def _member(self, key: str, item: Value, pointer: str) -> _Build | None:
        if not key.endswith(_DYNAMIC):
            return self.compile(item, pointer)
        self.dynamic_parts += 1
        message = f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
        if not isinstance(item, str):
            self.problems.append(TemplateProblem(pointer, message))
            return _nothing
        try:
            expression = path_or_intrinsic(item, key)
        except PathSyntaxError:
            self.problems.append(TemplateProblem(pointer, message))
            return _nothing
        self.variables |= expression.variables
        if isinstance(expression, Call):
            self.dynamic_parts += len(expression.arguments)
        return expression.evaluate

    def _check_names(self, value: dict[str, Value], pointer: str) -> None:
        """`a` and `a.$` in one object would be the same field."""
        for key in value:
            if key.endswith(_DYNAMIC) and key.removesuffix(_DYNAMIC) in value:
                message = f"The field '{key}' cannot be used together with '{key.removesuffix(_DYNAMIC)}'"
                self.problems.append(TemplateProblem(f"{pointer}/{_escaped(key)}", message))


def _nothing(_bindings: Bindings) -> Value:
    """Stand in for a part with a problem: a template with problems is never evaluated."""
    return None


def _plain_name(key: str, parts: dict[str, _Build]) -> str:
    return key.removesuffix(_DYNAMIC) if key in parts and key.endswith(_DYNAMIC) else key


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


__all__ = ["Expression", "Template", "TemplateError", "TemplateProblem", "path_or_intrinsic", "payload_template"]
