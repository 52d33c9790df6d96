"""The JSONata language, by jsonata-python, under a budget. Nothing else in the package knows that library.

Theory of operation. The library parses; `Evaluator` walks its syntax tree with the library's own methods, but every
node passes through `Evaluator.eval`, which counts. `Limits` bounds steps (nodes evaluated, plus the work that native
functions do on large values), depth, the size of values, and what a string or a list may hold. Going beyond raises
`Exceeded`, which derives from BaseException because the library catches Exception in places.

Values are shared between states and the library changes lists in place, so data is copied on the way in, and on the way
out turned back into plain JSON. On the way in JSON's null becomes the library's `NULL_VALUE`: to it, None is undefined.

Sizes are in bytes of JSON text, roughly. A value may hold the same part many times, so that a small expression makes a
value whose text is enormous; `weigh` remembers the weights of parts and so sees the whole without walking it.

The library keeps the current evaluator in a thread-local, so evaluations may run in several threads but not be
interleaved within one.
"""

import json
import math
import random
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

_recursion_limit = sys.getrecursionlimit()
from jsonata.functions import Functions  # noqa: E402 - the limit must be read before this import raises it
from jsonata.jexception import JException  # noqa: E402
from jsonata.jsonata import Jsonata  # noqa: E402
from jsonata.utils import Utils  # noqa: E402

from tobiishi.expr.bindings import MISSING, Value  # noqa: E402
from tobiishi.expr.jsonata_regex import Regexes  # noqa: E402

sys.setrecursionlimit(_recursion_limit)

NULL: Final = Utils.NULL_VALUE


@dataclass(frozen=True, slots=True)
class Limits:
    """What one evaluation may use: nodes, nested nodes, items in a list, characters in a string, bytes in a value."""

    steps: int
    depth: int
    items: int
    characters: int
    bytes: int


ON_THE_LOOP: Final = Limits(steps=10_000, depth=90, items=20_000, characters=524_288, bytes=2_097_152)
"""About 30 ms at most. Beyond it a worker evaluates."""

IN_FULL: Final = Limits(steps=sys.maxsize, depth=500, items=873_782, characters=2**22, bytes=2**26)
"""What AWS allows, as far as it is known: a sequence has at most 873,782 items, a string 2^22 characters."""

_CODE: Final = re.compile(r"[A-Z]\d{4}")
_LONGEST_INTEGER: Final = 10**21
"""Whole numbers from here on are printed with an exponent."""
_MOST_ITEMS_MADE: Final = 6_000_000
"""Items of all lists of one evaluation together; they take about 40 bytes each."""

_PLURALS: Final = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}

Resource = Literal["time", "depth", "memory"]


class Exceeded(BaseException):
    """An evaluation went beyond a limit. Not an Exception: the library would swallow it."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.resource = resource


class JsonataSyntaxError(ValueError):
    """An expression is not JSONata. `code` is JSONata's, such as S0202; the message is JSONata's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class JsonataError(Exception):
    """An evaluation failed. `code` is JSONata's, such as T2001, or empty where the library failed without one."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnsupportedResultError(Exception):
    """An expression's value is not JSON: it is or has a function."""


@dataclass(frozen=True, slots=True)
class Program:
    """A parsed expression. `linear` is False when a regular expression in it needs backtracking."""

    tree: Any
    linear: bool


MOST_TOKENS: Final = 20_000
"""Names, numbers, texts and signs of an expression; each takes some 2 kB once it is parsed."""
_TOKEN: Final = re.compile(
    r""""(?:[^"\\]|\\.?)*(?:"|\Z)|'(?:[^'\\]|\\.?)*(?:'|\Z)|/\*.*?(?:\*/|\Z)|[\w$]+|[^\s\w$]""", re.DOTALL
)
"""What begins always ends, at the end of the text if need be, so nothing is looked at twice."""


def parse(text: str) -> Program:
    """Return the parsed expression. Raises `JsonataSyntaxError`."""
    if len(text) > MOST_TOKENS and sum(1 for _ in _TOKEN.finditer(text)) > MOST_TOKENS:
        raise JsonataSyntaxError("S0500", f"The expression has more than {MOST_TOKENS} tokens")
    regexes = Regexes()
    try:
        tree = Jsonata.get_parser().parse(text, regexes.compile)
    except JException as error:
        raise JsonataSyntaxError(error.error, describe(error)) from None
    except RecursionError:
        raise JsonataSyntaxError("S0500", "The expression is nested too deeply") from None
    except RuntimeError as error:
        code = next((code for code, template in JException.error_codes.items() if template == str(error)), "S0500")
        raise JsonataSyntaxError(code, str(error)) from None
    except re.error as error:
        raise JsonataSyntaxError("S0500", f"Not a regular expression: {error}") from None
    except KeyError as error:
        raise JsonataSyntaxError("S0204", f'Unknown operator: "{error.args[0]}"') from None
    except (AttributeError, IndexError, TypeError, ValueError):
        # Where the library's parser fails by accident, the text ends too early.
        raise JsonataSyntaxError("S0207", "Unexpected end of expression") from None
    return Program(tree, linear=regexes.linear)


def describe(error: JException) -> str:
    """Return JSONata's message of an error: the library's templates say Object for function, and fill in plainly."""
    template = JException.error_codes.get(error.error)
    if template is None:
        return str(error).removeprefix("JSonataException ")
    if template == "{{{message}}}":
        return str(error.current)
    values = [error.current, error.expected, error.extra]
    if error.error == "T0412":
        values = [_PLURALS.get(value, value) for value in values]
    return _filled(template.replace("Object", "function"), values)


def _filled(template: str, values: list[Any]) -> str:
    waiting = iter(values)
    parts = template.split("{{")
    return parts[0] + "".join(_shown(next(waiting, None)) + part.split("}}", 1)[-1] for part in parts[1:])


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return json.dumps(value) if isinstance(value, bool | int | float) else "null"


def taken_in(value: Value) -> Any:
    """Return a copy of a JSON value for the library."""
    if isinstance(value, dict):
        return {name: taken_in(item) for name, item in value.items()}
    if isinstance(value, list):
        return [taken_in(item) for item in value]
    return NULL if value is None else value


def given_out(value: Any) -> Value:
    """Return a result as plain JSON. Raises `UnsupportedResultError`."""
    if value is NULL or value is None:
        return None
    if isinstance(value, str):
        return value if value.isascii() else joined_surrogates(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list):
        return [given_out(item) for item in value]
    if isinstance(value, dict):
        return {str(name): given_out(item) for name, item in value.items()}
    raise UnsupportedResultError


def _number(value: float) -> Value:
    """Return a number as AWS prints it: whole ones without a fraction, those beyond all numbers as words.

    The library turns whole floats into integers, and large ones are turned back. An integer that no float equals came
    from the input: it keeps its digits, however many.
    """
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else _as_float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _as_float(value: int) -> float:
    try:
        return float(value) if float(value) == value else value
    except OverflowError:
        return value


def joined_surrogates(text: str) -> str:
    """Return a text whose surrogates are characters again: JSONata escapes them singly, JSON text cannot have them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def to_text(value: Any) -> str:
    """Return what `$string` gives: texts as they are, anything else as JSON with numbers of 15 digits."""
    if isinstance(value, str):
        return value
    if is_function(value):
        return ""
    if isinstance(value, float) and not math.isfinite(value):
        raise JException("D3001", -1, value)
    printable = _printable(value)
    if isinstance(printable, float):
        return _number_text(printable)
    return json.dumps(printable, ensure_ascii=False, separators=(",", ":"))


def _number_text(value: float) -> str:
    """Return a fraction as JavaScript prints it: with an exponent below a millionth, which has no leading zero."""
    if 1e-6 <= abs(value) < 1e-4:
        return format(Decimal(repr(value)), "f")
    return repr(value).replace("e-0", "e-")


def _printable(value: Any) -> Any:
    """Return a value as plain JSON for printing; functions become empty texts."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise JException("D1001", -1, value)
        rounded = float(f"{value:.15g}")
        return int(rounded) if rounded.is_integer() and abs(rounded) < _LONGEST_INTEGER else rounded
    if isinstance(value, int) and abs(value) >= _LONGEST_INTEGER:
        return float(value)
    if isinstance(value, dict):
        return {str(name): _printable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return "" if is_function(value) else None if value is NULL else value


def is_function(value: Any) -> bool:
    return bool(Utils.is_function(value) or Functions.is_lambda(value) or Functions.is_regex(value))


class Evaluator(Jsonata):  # type: ignore[misc] # the library has no types
    """One evaluation of one program."""

    def __init__(self, limits: Limits, now: float, entropy: Callable[[], random.Random]) -> None:
        # Not the library's constructor: it would parse.
        self.limits = limits
        self.steps = limits.steps
        self.depth = 0
        self.items_made = 0
        self.entropy = entropy
        self.timestamp = int(now * 1000)
        self.parser = Jsonata.get_parser()
        self.environment = self.input = None
        self._weights: dict[int, int] = {}
        self._weighed: list[Any] = []
        self._methods: dict[str, Callable[[Any, Any, Any], Any]] = {
            "path": self.evaluate_path,
            "binary": self.evaluate_binary,
            "unary": self._construct,
            "name": self._name,
            "string": self._literal,
            "number": self._literal,
            "value": self._literal,
            "wildcard": self._wildcard,
            "descendant": self._descendants,
            "parent": lambda expr, _input, environment: environment.lookup(expr.slot.label),
            "condition": self.evaluate_condition,
            "block": self.evaluate_block,
            "bind": self.evaluate_bind_expression,
            "regex": lambda expr, _input, _environment: expr.value,
            "function": lambda expr, data, environment: self.evaluate_function(expr, data, environment, Utils.NONE),
            "variable": self.evaluate_variable,
            "lambda": self.evaluate_lambda,
            "partial": self.evaluate_partial_application,
            "apply": self.evaluate_apply_expression,
            "transform": self.evaluate_transform_expression,
        }

    def run(self, program: Program, variables: Mapping[str, Value]) -> Value:
        """Return the program's value, `MISSING` for undefined.

        Raises `Exceeded`, `JsonataError`, `UnsupportedResultError`.
        """
        frame = Jsonata.Frame(standard_frame())
        for name, value in variables.items():
            frame.bind(name, taken_in(value))
        frame.bind("$", None)
        Jsonata.CURRENT.jsonata = self
        try:
            result = self.eval(program.tree, None, frame)
            self.weigh(result)
            return MISSING if result is None else given_out(result)
        except JException as error:
            code = error.error if _CODE.fullmatch(error.error) else ""
            raise JsonataError(code, describe(error)) from None
        except UnsupportedResultError:
            raise
        except MemoryError:
            raise Exceeded("memory") from None
        except RecursionError:
            raise Exceeded("depth") from None
        except Exception as error:  # noqa: BLE001 - whatever a user's expression brings about is its failure
            # The library lets Python's own errors through, where JSONata has errors without a code.
            raise JsonataError("", str(error) or type(error).__name__) from None

    def charge(self, steps: int) -> None:
        """Count work that is not a node of the tree."""
        self.steps -= steps
        if self.steps < 0:
            raise Exceeded("time")

    def eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's name
        self.steps -= 1
        if self.steps < 0:
            raise Exceeded("time")
        if self.depth >= self.limits.depth:
            raise Exceeded("depth")
        outer = self.input, self.environment
        self.input, self.environment = input, environment
        self.depth += 1
        try:
            result = self._evaluate_node(expr, input, environment)
        finally:
            self.depth -= 1
            self.input, self.environment = outer
        if isinstance(result, list):
            return self._settled(expr, result)
        return result

    def _evaluate_node(self, expr: Any, data: Any, environment: Any) -> Any:
        kind = getattr(expr, "type", None)
        method = self._methods.get(kind or "")
        result = None if method is None else method(expr, data, environment)
        predicates = getattr(expr, "predicate", None)
        if predicates is not None:
            for item in predicates:
                result = self.evaluate_filter(item.expr, result, environment)
        if kind not in {None, "path"} and getattr(expr, "group", None) is not None:
            result = self.evaluate_group_expression(expr.group, result, environment)
        return result

    def _settled(self, expr: Any, result: list[Any]) -> Any:
        """Count a list, and turn a sequence of one item into the item, an empty one into undefined."""
        size = len(result)
        self.items_made += size
        if size > self.limits.items or self.items_made > _MOST_ITEMS_MADE:
            raise Exceeded("memory")
        self.charge(size >> 5)
        if not (isinstance(result, Utils.JList) and result.sequence) or result.tuple_stream:
            return result
        if expr.keep_array:
            result.keep_singleton = True
        if size == 0:
            return None
        return result[0] if size == 1 and not result.keep_singleton else result

    # -- weights -------------------------------------------------------------------------------------------------------
    def weigh(self, value: Any) -> int:
        """Return about how many bytes the JSON text of a value has. Raises `Exceeded` if it has too many."""
        known = self._weights.get(id(value))
        if known is not None:
            return known
        if isinstance(value, str):
            return len(value) + 2
        if not isinstance(value, list | dict):
            return 8
        parts = value.values() if isinstance(value, dict) else value
        total = 2 + (sum(map(len, value)) + 3 * len(value) if isinstance(value, dict) else 0)
        for part in parts:
            total += self._weight_of_part(part)
            if total > self.limits.bytes:
                raise Exceeded("memory")
        return total

    def _weight_of_part(self, part: Any) -> int:
        if not isinstance(part, list | dict):
            return len(part) + 2 if isinstance(part, str) else 8
        known = self._weights.get(id(part))
        return self.remember(part) if known is None else known

    def remember(self, value: Any) -> int:
        """Weigh a value that is complete, and keep it alive so that its id stays its own."""
        weight = self.weigh(value)
        self._weights[id(value)] = weight
        self._weighed.append(value)
        return weight

    def check_text(self, length: int) -> None:
        if length > self.limits.characters:
            raise Exceeded("memory")
        self.charge(length >> 12)

    # -- nodes where the library would do unbounded work, or differs from JSONata --------------------------------------
    def _construct(self, expr: Any, data: Any, environment: Any) -> Any:
        result = self.evaluate_unary(expr, data, environment)
        if isinstance(result, list | dict):
            self.weigh(result)
        return result

    def _literal(self, expr: Any, _data: Any, _environment: Any) -> Any:
        value = expr.value
        if value is None:
            return NULL
        return joined_surrogates(value) if isinstance(value, str) and not value.isascii() else value

    def _name(self, expr: Any, data: Any, _environment: Any) -> Any:
        if isinstance(data, list):
            self.charge(self.weigh(data) >> 9)
        return Functions.lookup(data, str(expr.value))

    def _wildcard(self, expr: Any, data: Any, _environment: Any) -> Any:
        self.charge(self.weigh(data) >> 6)
        return self.evaluate_wildcard(expr, data)

    def _descendants(self, expr: Any, data: Any, _environment: Any) -> Any:
        self.charge(self.weigh(data) >> 6)
        return self.evaluate_descendants(expr, data)

    def evaluate_binary(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's name
        operator = expr.value
        if operator not in {"and", "or"}:
            return super().evaluate_binary(expr, input, environment)
        left = self._truth(self.eval(expr.lhs, input, environment))
        if left == (operator == "or"):
            return left
        return self._truth(self.eval(expr.rhs, input, environment))

    def _truth(self, value: Any) -> bool:
        if isinstance(value, list):
            self.charge(self.weigh(value) >> 4)
        return bool(Jsonata.boolize(value))

    def evaluate_condition(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's name
        if self._truth(self.eval(expr.condition, input, environment)):
            return self.eval(expr.then, input, environment)
        return None if expr._else is None else self.eval(expr._else, input, environment)  # noqa: SLF001 - its name

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        # The library prints what is no function before it says so.
        if not self.is_function_like(proc):
            raise JException("T1006", 0)
        return super().apply_inner(proc, args, input, environment)

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        if isinstance(lhs, list | dict) and isinstance(rhs, list | dict):
            self.charge(min(self.weigh(lhs), self.weigh(rhs)) >> 6)
        return super().evaluate_equality_expression(lhs, rhs, op)

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> Any:
        if lhs is None or rhs is None:
            return False
        if isinstance(rhs, list):
            self.charge(self.weigh(rhs) >> 8)
        return any(Utils.is_deep_equal(item, lhs) for item in (rhs if isinstance(rhs, list) else [rhs]))

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        """Arithmetic on doubles; the library would raise for a division by zero, and make every remainder whole."""
        for operand, code in ((lhs, "T2001"), (rhs, "T2002")):
            if operand is not None and not Utils.is_numeric(operand):
                raise JException(code, -1, op, operand)
        if lhs is None or rhs is None:
            return None
        result = _ARITHMETIC[op](float(lhs), float(rhs))
        return int(result) if result.is_integer() and abs(result) < 2**53 else result

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:
        self.check_text(sum(self.weigh(side) for side in (lhs, rhs) if side is not None))
        return "".join(to_text(side) for side in (lhs, rhs) if side is not None)

    def evaluate_range_expression(self, lhs: Any, rhs: Any) -> Any:
        if _is_integer(lhs) and _is_integer(rhs) and rhs - lhs >= self.limits.items:
            raise Exceeded("memory")
        if not _is_integer(lhs) or not _is_integer(rhs):
            return super().evaluate_range_expression(lhs, rhs)
        return Utils.create_sequence_from_iter(range(lhs, rhs + 1))

    def evaluate_group_expression(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        # The library appends to an empty list that it is given.
        data = Utils.create_sequence() if isinstance(input, list) and not input else input
        result = super().evaluate_group_expression(expr, data, environment)
        self.remember(result)
        return result

    def evaluate_transform_expression(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        transform = super().evaluate_transform_expression(expr, input, environment)
        transform.function = _MeteredTransform(transform.function)
        return transform


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class _MeteredTransform(Jsonata.JFunctionCallable):  # type: ignore[misc] # the library has no types
    """A transform, `|...|...|`: it begins with a deep copy of its argument."""

    def __init__(self, transform: Any) -> None:
        self.transform = transform

    def call(self, input: Any, args: Any) -> Any:  # noqa: A002 - the library's name
        evaluator: Evaluator = Jsonata.CURRENT.jsonata
        evaluator.charge(evaluator.weigh(args[0]) >> 6)
        return self.transform.call(input, args)


def _divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right != 0 and math.isfinite(left) else math.nan


def _multiply(left: float, right: float) -> float:
    return left * right


_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
}


def standard_frame() -> Any:
    """Return the frame that holds every function an expression may call."""
    from tobiishi.expr.jsonata_functions import FRAME  # noqa: PLC0415 - it needs the evaluator of this module

    return FRAME
