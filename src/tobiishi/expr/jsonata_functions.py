"""The functions of JSONata expressions: JSONata's own, metered, and those that Step Functions adds.

Step Functions adds `$partition`, `$range`, `$hash`, `$random(seed)`, `$uuid` and `$parse`, and leaves out `$eval`.
Time and randomness come from the evaluation: `$now` and `$millis` do not move, and a seed repeats `$random`, `$uuid`
and `$shuffle`. Source: the AWS page "Transforming data with JSONata in Step Functions".
"""

import hashlib
import json
import random
import uuid
from collections.abc import Callable
from typing import Any, Final

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from tobiishi.expr.intrinsic_functions import ALGORITHMS
from tobiishi.expr.jsonata_engine import Evaluator, Exceeded, given_out, is_function, taken_in, to_text
from tobiishi.jsontext import JsonError, decode

_PICTURE_COST: Final = 200
"""Steps of a function that reads a picture string."""
_PICTURE_FUNCTIONS: Final = frozenset(
    {"formatInteger", "formatNumber", "fromMillis", "now", "parseInteger", "toMillis"}
)
_MORE_THAN_THE_LOOP_HAS: Final = 1_000_000
_LONGEST_TIMESTAMP: Final = 200
_LARGEST_SPELLED: Final = 1e15


class Metered(Jsonata.JNativeFunction):  # type: ignore[misc] # the library has no types
    """A native function that pays for its work, and is refused what would take too much."""

    def __init__(self, native: Any, guard: Callable[[Evaluator, list[Any]], None] | None) -> None:
        self.__dict__.update(native.__dict__)
        self.guard = guard

    def call(self, input: Any, args: Any) -> Any:  # noqa: A002 - the library's name
        evaluator: Evaluator = Jsonata.CURRENT.jsonata
        weight = sum(evaluator.weigh(argument) for argument in args)
        evaluator.charge(weight >> 9)
        if self.guard is not None:
            self.guard(evaluator, [*args, None, None, None])
        try:
            result = super().call(input, args)
        except (JException, RecursionError):
            raise
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise self._coded(error, args) from None
        if isinstance(result, str):
            evaluator.check_text(len(result))
        return result

    def _coded(self, error: Exception, args: list[Any]) -> Exception:
        """Return JSONata's error for one of Python's own, which the library lets through here and there."""
        code = _CODES_BY_MESSAGE.get(str(error).split("%s", maxsplit=1)[0]) or _CODES.get(self.function_name)
        return error if code is None else JException(code, -1, *args[:2])


_CODES: Final = {"number": "D3030", "power": "D3061", "toMillis": "D3110", "replace": "T0410", "split": "T0410"}
_CODES_BY_MESSAGE: Final = {
    template.split("{{", maxsplit=1)[0]: code for code, template in JException.error_codes.items() if template[0] != "{"
}


class StepFunctions:
    """The functions that Step Functions adds or replaces."""

    @staticmethod
    def string(value: Any, prettify: bool | None) -> str | None:
        if isinstance(value, Utils.JList) and value.outer_wrapper:
            value = value[0]
        if value is None:
            return None
        if prettify is not True or isinstance(value, str) or is_function(value):
            return to_text(value)
        return json.dumps(json.loads(to_text(value)), ensure_ascii=False, indent=2)

    @staticmethod
    def distinct(values: Any) -> Any:
        if not isinstance(values, list) or len(values) <= 1:
            return values
        found: dict[str, Any] = {}
        for value in values:
            found.setdefault(f"{is_function(value)}{json.dumps(given_out(value), sort_keys=True)}", value)
        return Utils.create_sequence_from_iter(found.values())

    @staticmethod
    def sort(values: list[Any] | None, comparator: Any) -> list[Any] | None:
        if values is None or len(values) <= 1:
            return values
        if comparator is not None:
            return [key.value for key in sorted(_SortKey(value, comparator) for value in values)]
        if not (Utils.is_array_of_numbers(values) or Utils.is_array_of_strings(values)):
            raise JException("D3070", -1)
        return sorted(values)

    @staticmethod
    def partition(values: list[Any] | None, size: float | None) -> list[Any] | None:
        if values is None:
            return None
        if size is None or size < 1:
            raise JException("D3137", -1, "The second argument of partition function must be a positive number")
        step = int(size)
        return [values[start : start + step] for start in range(0, len(values), step)]

    @staticmethod
    def range(start: float | None, end: float | None, step: float | None) -> Any:
        if start is None or end is None or step is None:
            return None
        if step == 0:
            raise JException("D3137", -1, "The third argument of range function must not be zero")
        count = int((end - start) // step) + 1
        if count > _current().limits.items:
            raise Exceeded("memory")
        return Utils.create_sequence_from_iter(Utils.convert_number(start + step * n) for n in range(count))

    @staticmethod
    def hash(text: str | None, algorithm: str | None) -> str | None:
        if text is None:
            return None
        name = ALGORITHMS.get(algorithm or "")
        if name is None:
            raise JException("D3137", -1, f"The algorithm of hash function must be one of {', '.join(ALGORITHMS)}")
        return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()

    @staticmethod
    def random(seed: float | None) -> float:
        if seed is None:
            return _current().entropy().random()
        return random.Random(seed).random()  # noqa: S311 - a user's seed, nothing secret

    @staticmethod
    def shuffle(values: list[Any] | None) -> list[Any] | None:
        return None if values is None else _current().entropy().sample(values, len(values))

    @staticmethod
    def uuid() -> str:
        return str(uuid.UUID(int=_current().entropy().getrandbits(128), version=4))

    @staticmethod
    def parse(text: str | None) -> Any:
        if text is None:
            return None
        try:
            return taken_in(decode(text))
        except JsonError as error:
            raise JException("D3137", -1, f"The argument of parse function is not valid JSON: {error}") from None


class _SortKey:
    """Puts a value after another when the user's function says so, and otherwise keeps their order."""

    def __init__(self, value: Any, comparator: Any) -> None:
        self.value = value
        self.comparator = comparator

    def __lt__(self, earlier: "_SortKey") -> bool:
        return bool(Jsonata.boolize(Functions.func_apply(self.comparator, [earlier.value, self.value])))


def _current() -> Evaluator:
    evaluator: Evaluator = Jsonata.CURRENT.jsonata
    return evaluator


def _guard_picture(evaluator: Evaluator, args: list[Any]) -> None:
    """Pictures become regular expressions of the backtracking kind, and roman numerals of large numbers are long."""
    evaluator.charge(_PICTURE_COST)
    value, picture = args[0], args[1]
    too_long = any(isinstance(text, str) and len(text) > _LONGEST_TIMESTAMP for text in (value, picture))
    if too_long or (isinstance(value, int | float) and abs(value) > _LARGEST_SPELLED):
        evaluator.charge(_MORE_THAN_THE_LOOP_HAS)


def _guard_spelling(evaluator: Evaluator, args: list[Any]) -> None:
    _guard_picture(evaluator, args)
    if isinstance(args[0], int | float) and isinstance(args[1], str) and args[1][:1] in {"I", "i"}:
        evaluator.check_text(int(abs(args[0])) // 1000)
        evaluator.charge(int(abs(args[0])) // 10_000)


def _guard_pad(evaluator: Evaluator, args: list[Any]) -> None:
    if isinstance(args[1], int | float):
        evaluator.check_text(int(min(abs(args[1]), 2**53)))


def _guard_join(evaluator: Evaluator, args: list[Any]) -> None:
    if isinstance(args[0], list):
        separator = len(args[1]) if isinstance(args[1], str) else 0
        evaluator.check_text(sum(len(part) for part in args[0] if isinstance(part, str)) + separator * len(args[0]))


def _guard_text(evaluator: Evaluator, args: list[Any]) -> None:
    evaluator.check_text(evaluator.weigh(args[0]))


def _guard_match(evaluator: Evaluator, args: list[Any]) -> None:
    """Every match becomes an object."""
    if isinstance(args[0], str):
        evaluator.charge(len(args[0]) >> 3)


def _guard_spread(evaluator: Evaluator, args: list[Any]) -> None:
    """The library copies the list for each of its items."""
    if isinstance(args[0], list):
        evaluator.charge(len(args[0]) ** 2 >> 11)


def _guard_replace(evaluator: Evaluator, args: list[Any]) -> None:
    text, pattern, replacement = args[:3]
    if not isinstance(text, str) or not isinstance(replacement, str) or not pattern:
        return
    if isinstance(pattern, str):
        matches = text.count(pattern)
        matched = matches * len(pattern)
    else:
        lengths = [len(found.group()) for found in pattern.finditer(text)]
        matches, matched = len(lengths), sum(lengths)
    evaluator.check_text(len(text) + matches * len(replacement) + replacement.count("$") * matched)
    evaluator.charge(matches * len(text) >> 14)


_GUARDS: Final[dict[str, Callable[[Evaluator, list[Any]], None]]] = {
    **dict.fromkeys(_PICTURE_FUNCTIONS, _guard_picture),
    "formatInteger": _guard_spelling,
    "pad": _guard_pad,
    "join": _guard_join,
    "string": _guard_text,
    "clone": _guard_text,
    "distinct": _guard_text,
    "match": _guard_match,
    "replace": _guard_replace,
    "spread": _guard_spread,
}

_SIGNATURES: Final = {
    "string": "<x-b?:s>",
    "distinct": "<x:x>",
    "sort": "<af?:a>",
    "partition": "<an:a>",
    "range": "<nnn:a>",
    "hash": "<s-s:s>",
    "random": "<n?:n>",
    "shuffle": "<a:a>",
    "uuid": "<:s>",
    "parse": "<s-:x>",
}


def _make_frame() -> Any:
    frame = Jsonata.Frame(None)
    for name, native in Jsonata.static_frame.bindings.items():
        frame.bind(name, Metered(native, _GUARDS.get(name)))
    for name, signature in _SIGNATURES.items():
        frame.bind(name, Metered(Jsonata.JNativeFunction(name, signature, StepFunctions, name), _GUARDS.get(name)))
    frame.bind("eval", None)
    return frame


FRAME: Final = _make_frame()
"""Every function that an expression may call."""
