"""JSONata fields of a definition: templates of `{% %}` expressions, worded as AWS words it when they fail.

A template is any JSON value. Each string in it that begins with `{%` and ends with `%}` is an expression; every other
string is taken as it is, even if it has such a part. Expressions see `$states` (`input`, `result`, `errorOutput`,
`context`), the variables, JSONata's functions and those of Step Functions.

An expression's location is its field with the names below it, and indexes in brackets: `Output`, `Output/result`,
`Arguments/tags[0]`. On the engine's loop it has a small budget; beyond it `OverBudget` carries what a worker needs, and
the worker's answer comes back under that location.
Sources: the AWS page "Transforming data with JSONata in Step Functions"; the Amazon States Language, "JSONata".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tobiishi.expr.bindings import MISSING, Bindings, Constant, EvaluationError, OverBudget, Value
from tobiishi.expr.jsonata_plain import is_plain
from tobiishi.expr.jsonata_results import UnsupportedResultError, given_out, taken
from tobiishi.expr.language import Program, compile_expression
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation, Limits
from tobiishi.expr.payload_size import MANY, check_size
from tobiishi.expr.template import TemplateError, TemplateProblem
from tobiishi.jsontext import encode_text
from tobiishi.problem import Excerpt

__all__ = ["Expects", "JsonataExpression", "JsonataSyntaxError", "JsonataTemplate", "compile", "jsonata_template"]

Expects = Literal["array", "boolean", "number", "object", "string"]

_EXPRESSION: Final = re.compile(r"\{%(.*)%\}", re.DOTALL)
_NAMES: Final = re.compile(r"\$(\w+)")
_STATES_PART: Final = re.compile(r"\$states(?:\s*\.\s*(\w+))?")
_SIMPLE: Final = re.compile(r"\$(\w+)((?:\.[A-Za-z_]\w*)*)")
_PARTS: Final = ("input", "result", "errorOutput", "context")
_KEYWORDS: Final = frozenset({"and", "or", "in", "true", "false", "null", "function"})

ON_THE_LOOP: Final = Limits(steps=60_000, depth=90, items=60_000, characters=524_288)
"""About 10 ms at most, for all expressions of a step together. Beyond it a worker evaluates."""
BYTES_ON_THE_LOOP: Final = 2**21

MOST_BULK: Final = 200_000
"""Of all expressions of a definition: they take some 200 MB, and some seconds to compile."""

_TIMEOUT: Final = "Expression evaluation timeout: Check for infinite loop"
LIMIT_MESSAGES: Final = {
    "time": _TIMEOUT,
    "steps": _TIMEOUT,
    "depth": "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive",
    "memory": "Expression evaluation memory limit exceeded: Check for excessive memory usage",
}
"""AWS's words for each resource of `BudgetSpentError`."""


class JsonataSyntaxError(ValueError):
    """An expression is not JSONata. `code` is JSONata's, such as S0202; the message is JSONata's own."""

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.position = position


@dataclass(frozen=True, slots=True)
class JsonataExpression:
    """One compiled expression. `variables` are the names that its text has after a `$`, without `states`."""

    text: str
    location: str
    program: Program
    variables: frozenset[str]
    states: tuple[tuple[str, Callable[[Bindings], Value]], ...]
    """The fields of `$states` that the text names, each with where it comes from."""
    expects: Expects | None = None
    is_plain: bool = False
    """Its results need not be looked through."""
    keys: tuple[str, ...] = ()
    """For `$name.key.key`, its parts: it can be looked up without an evaluation."""

    def evaluate(self, bindings: Bindings, budget: Limits = ON_THE_LOOP) -> Value:
        """Return the value. Raises `EvaluationError` (`States.QueryEvaluationError`), or `OverBudget`."""
        if bindings.answers and self.location in bindings.answers:
            value = bindings.answers[self.location]
            if isinstance(value, EvaluationError):
                raise value
        else:
            value = self._look_up(bindings) if self.keys else None
            if value is None:
                value = self._run(bindings, budget)
        return self._checked(value)

    def _look_up(self, bindings: Bindings) -> Value:
        """Return what `$name.key.key` stands for, unless a rule of JSONata's is needed.

        That is so for anything undefined, and for an array on the way, over which JSONata maps. The value itself may be
        anything but null, which stands for "look further" here.
        """
        name, *keys = self.keys
        value: Value = bindings.variables.get(name)
        if name == "states":
            value = _STATES[keys[0]](bindings)
            keys = keys[1:]
        for key in keys:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return None if value is MISSING else value

    def _run(self, bindings: Bindings, budget: Limits) -> Value:
        environment = self._environment(bindings)
        evaluation = Evaluation(int(bindings.now * 1000), bindings.entropy, budget)
        evaluation.steps = bindings.meter.steps
        try:
            value = self.program.evaluate(MISSING, environment, evaluation)
            if self.is_plain and not evaluation.unusual:
                return taken(value)
            return given_out(value, BYTES_ON_THE_LOOP, evaluation)
        except BudgetSpentError:
            raise OverBudget(self.location, self.text, environment) from None
        except (JsonataError, UnsupportedResultError) as error:
            raise failure(self.text, self.location, error) from None
        finally:
            bindings.meter.steps = evaluation.steps

    def _environment(self, bindings: Bindings) -> dict[str, Value]:
        """Return the variables that the text names, which is all that it can see."""
        given = bindings.variables
        found = {name: given[name] for name in self.variables if name in given} if given else {}
        if self.states:
            found["states"] = states = {}
            for part, part_of in self.states:
                value = part_of(bindings)
                if value is not MISSING:
                    states[part] = value
        return found

    def _checked(self, value: Value) -> Value:
        if value is MISSING:
            raise _error(self.text, self.location, "returned nothing (undefined).")
        if self.expects is not None and (kind := _kind(value)) != self.expects:
            what = f"Expected '{self.expects}', but was '{kind}' for value: {encode_text(value)}"
            raise _error(self.text, self.location, f"returned an unexpected result type. {what}")
        return value


_STATES: Final[dict[str, Callable[[Bindings], Value]]] = {
    "input": lambda bindings: bindings.input,
    "result": lambda bindings: bindings.result,
    "errorOutput": lambda bindings: bindings.error_output,
    "context": lambda bindings: bindings.context(),
}


def compile(text: str, location: str = "", expects: Expects | None = None) -> JsonataExpression:  # noqa: A001 - its name
    """Return an expression (without `{% %}`), compiled. Raises `JsonataSyntaxError`."""
    try:
        program = compile_expression(text)
    except JsonataError as error:
        raise JsonataSyntaxError(error.code, error.message, error.position) from None
    names = frozenset(_NAMES.findall(text))
    named = set(_STATES_PART.findall(text))
    is_whole = not named.isdisjoint({"", *(named - set(_PARTS))})
    states = tuple((part, _STATES[part]) for part in _PARTS if is_whole or part in named)
    return JsonataExpression(
        text, location, program, names - {"states"}, states, expects, is_plain(program.tree), _simple_keys(text)
    )


def _simple_keys(text: str) -> tuple[str, ...]:
    found = _SIMPLE.fullmatch(text.strip())
    if found is None:
        return ()
    keys = (found[1], *found[2].split(".")[1:])
    if keys[0] == "states" and (len(keys) == 1 or keys[1] not in _PARTS):
        return ()
    return () if _KEYWORDS.intersection(keys) else keys


def evaluated(
    program: Program,
    environment: Mapping[str, Value],
    evaluation: Evaluation,
    most_bytes: int,
    input: Value = MISSING,  # noqa: A002 - JSONata's word
) -> Value:
    """Return a program's value as plain JSON, or `MISSING`. The fields of a state have no input but the variables.

    Raises `JsonataError`, `UnsupportedResultError`, `BudgetSpentError`.
    """
    value = program.evaluate(input, environment, evaluation)
    return given_out(value, most_bytes, evaluation)


def failure(
    text: str, location: str, error: JsonataError | UnsupportedResultError | BudgetSpentError
) -> EvaluationError:
    """Return the error of an expression that failed, worded as AWS does."""
    if isinstance(error, UnsupportedResultError):
        return _error(text, location, "returned an unsupported result type.")
    what = "threw an error during evaluation"
    if isinstance(error, BudgetSpentError):
        return _error(text, location, f"{what}: {LIMIT_MESSAGES[error.resource]}")
    return _error(text, location, f"{what}. {error.code}: {error.message}")


def _error(text: str, location: str, what: str) -> EvaluationError:
    message = f"The JSONata expression '{text}' specified for the field '{location}' {what}"
    return EvaluationError("States.QueryEvaluationError", message, location)


def _kind(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


@dataclass(frozen=True, slots=True)
class JsonataTemplate:
    """A compiled template with expressions in it."""

    field: str
    build: Callable[[Bindings], Value]
    expressions: tuple[JsonataExpression, ...]

    @property
    def variables(self) -> frozenset[str]:
        """The names that the expressions have after a `$`."""
        return frozenset[str]().union(*(expression.variables for expression in self.expressions))

    def evaluate(self, bindings: Bindings) -> Value:
        """Return a new value. Raises `EvaluationError` or `OverBudget`."""
        value = self.build(bindings)
        if len(self.expressions) > MANY:
            check_size(value, self.field)
        return value


def jsonata_template(
    value: Value, field: str, expects: Expects | None = None, most_bulk: int = MOST_BULK
) -> Constant | JsonataExpression | JsonataTemplate:
    """Return the compiled template. `expects` is the type that a lone expression must give.

    Raises `TemplateError`, also if its expressions together are larger than `most_bulk` (see `Program.bulk`).
    """
    compiler = _Compiler(expects, most_bulk)
    build = compiler.compile(value, field, "")
    if compiler.problems:
        raise TemplateError(compiler.problems)
    if build is None:
        return Constant(value)
    if isinstance(value, str):
        return compiler.expressions[0]
    return JsonataTemplate(field, build, tuple(compiler.expressions))


class _Compiler:
    """Compiles one template and collects what is wrong. A part without any expression compiles to None."""

    def __init__(self, expects: Expects | None, most_bulk: int) -> None:
        self.expects = expects
        self.left = most_bulk
        self.is_full = False
        self.problems: list[TemplateProblem] = []
        self.expressions: list[JsonataExpression] = []

    def compile(self, value: Value, location: str, pointer: str) -> Callable[[Bindings], Value] | None:
        if isinstance(value, str):
            return self._string(value, location, pointer)
        if isinstance(value, list):
            return self._list(value, location, pointer)
        return self._object(value, location, pointer) if isinstance(value, dict) else None

    def _string(self, value: str, location: str, pointer: str) -> Callable[[Bindings], Value] | None:
        found = _EXPRESSION.fullmatch(value)
        if found is None:
            return None
        if self.left < 0:
            if not self.is_full:
                message = "The JSONata expressions of the definition are too large"
                self.problems.append(TemplateProblem(pointer, message))
            self.is_full = True
            return _nothing
        try:
            expression = compile(found[1].strip(), location, None if pointer else self.expects)
            self.left -= expression.program.bulk
        except JsonataSyntaxError as error:
            excerpt = Excerpt(found[1].strip(), error.position)
            self.problems.append(TemplateProblem(pointer, str(error), excerpt))
            return _nothing
        self.expressions.append(expression)
        return expression.evaluate

    def _list(self, value: list[Value], location: str, pointer: str) -> Callable[[Bindings], Value] | None:
        parts = [
            self.compile(item, f"{location}[{position}]", f"{pointer}/{position}")
            for position, item in enumerate(value)
        ]
        if not any(parts):
            return None
        items = tuple(zip(parts, value, strict=True))
        return lambda bindings: [item if part is None else part(bindings) for part, item in items]

    def _object(self, value: dict[str, Value], location: str, pointer: str) -> Callable[[Bindings], Value] | None:
        parts = {
            key: self.compile(item, f"{location}/{key}", f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
            for key, item in value.items()
        }
        if not any(parts.values()):
            return None
        fields = tuple((key, parts[key], item) for key, item in value.items())
        return lambda bindings: {key: item if part is None else part(bindings) for key, part, item in fields}


def _nothing(_bindings: Bindings) -> Value:
    """Stand in for a part with a problem: a template with problems is never evaluated."""
    return None
