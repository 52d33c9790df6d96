"""The 18 intrinsic functions of JSONPath states, each with its declared signature.

Arguments reach a function checked against its signature. A function raises `ValueError` with the reason when it cannot
answer. Limits are those of the AWS page "Intrinsic functions for JSONPath states in Step Functions".
"""

import base64
import binascii
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tobiishi.expr.bindings import Value
from tobiishi.expr.filters import same
from tobiishi.jsontext import JsonError, decode, encode_text

MAX_RANGE: Final = 1_000
"""Items that States.ArrayRange may make."""
MAX_TEXT: Final = 10_000
"""Characters that Base64Encode, Base64Decode and Hash take."""
MAX_FORMATTED: Final = 1_048_576
"""Characters that States.Format may make: four times what a state may pass on."""

Entropy = Callable[[], random.Random]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of argument: how messages name it, and how a value becomes one (`TypeError` if it is another type)."""

    name: str
    convert: Callable[[Value], Any]


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """One function. `parameters` beyond the first `required` may be left out; `rest` takes any number more."""

    name: str
    call: Callable[..., Value]
    parameters: tuple[Kind, ...]
    required: int
    rest: Kind | None
    draws: bool

    def accepts(self, count: int) -> bool:
        """Whether the function takes that many arguments."""
        return self.required <= count and (self.rest is not None or count <= len(self.parameters))

    def invoke(self, arguments: list[Value], entropy: Entropy) -> Value:
        """Return the function's value. Raises `ValueError` with the reason why there is none."""
        converted = [self._convert(position, value) for position, value in enumerate(arguments)]
        return self.call(entropy(), *converted) if self.draws else self.call(*converted)

    def _convert(self, position: int, value: Value) -> Any:
        kind = self.parameters[position] if position < len(self.parameters) else self.rest
        assert kind is not None
        try:
            return kind.convert(value)
        except TypeError:
            raise ValueError(f"Argument {position + 1} must be {kind.name}") from None


INTRINSICS: Final[dict[str, Intrinsic]] = {}
"""Every intrinsic function by its full name, such as `States.Format`."""


def intrinsic(
    name: str, *parameters: Kind, required: int | None = None, rest: Kind | None = None, draws: bool = False
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Declare a function's name and signature. One that `draws` gets a random generator first."""

    def declare(function: Callable[..., Value]) -> Callable[..., Value]:
        needed = len(parameters) if required is None else required
        INTRINSICS[name] = Intrinsic(name, function, parameters, needed, rest, draws)
        return function

    return declare


def _of_type(*types: type) -> Callable[[Value], Any]:
    def convert(value: Value) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise TypeError
        return value

    return convert


def _rounded(value: Value) -> int:
    """Round half up, as AWS does: 1.5 is 2 and -1.5 is -1."""
    number = _of_type(int, float)(value)
    return number if isinstance(number, int) else math.floor(number + 0.5)


ANY: Final = Kind("a value", lambda value: value)
TEXT: Final = Kind("a string", _of_type(str))
ARRAY: Final = Kind("an array", _of_type(list))
OBJECT: Final = Kind("an object", _of_type(dict))
BOOLEAN: Final = Kind("a boolean", _of_type(bool))
INTEGER: Final = Kind("a number", _rounded)
"""A number, rounded to the nearest integer."""


@intrinsic("States.Array", rest=ANY)
def array(*values: Value) -> list[Value]:
    return list(values)


@intrinsic("States.ArrayPartition", ARRAY, INTEGER)
def array_partition(values: list[Value], size: int) -> list[list[Value]]:
    if size < 1:
        raise ValueError("The chunk size must be a positive integer")
    return [values[start : start + size] for start in range(0, len(values), size)]


@intrinsic("States.ArrayContains", ARRAY, ANY)
def array_contains(values: list[Value], wanted: Value) -> bool:
    return any(same(value, wanted) for value in values)


@intrinsic("States.ArrayRange", INTEGER, INTEGER, INTEGER)
def array_range(first: int, last: int, step: int) -> list[int]:
    if step == 0:
        raise ValueError("The increment must not be zero")
    items = range(first, last + (1 if step > 0 else -1), step)
    if max(0, (last - first) // step + 1) > MAX_RANGE:
        raise ValueError(f"The array range cannot have more than {MAX_RANGE} items")
    return list(items)


@intrinsic("States.ArrayGetItem", ARRAY, INTEGER)
def array_get_item(values: list[Value], index: int) -> Value:
    if not 0 <= index < len(values):
        raise ValueError(f"The index {index} is outside an array of {len(values)} items")
    return values[index]


@intrinsic("States.ArrayLength", ARRAY)
def array_length(values: list[Value]) -> int:
    return len(values)


@intrinsic("States.ArrayUnique", ARRAY)
def array_unique(values: list[Value]) -> list[Value]:
    found: dict[str, Value] = {}
    for value in values:
        found.setdefault(json.dumps(value, sort_keys=True), value)
    return list(found.values())


@intrinsic("States.Base64Encode", TEXT)
def base64_encode(text: str) -> str:
    return base64.b64encode(_bounded(text).encode("utf-8", "surrogatepass")).decode()


@intrinsic("States.Base64Decode", TEXT)
def base64_decode(text: str) -> str:
    try:
        return base64.b64decode(_bounded(text), validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise ValueError("The argument is not valid Base64 of UTF-8 text") from None


ALGORITHMS: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


@intrinsic("States.Hash", ANY, TEXT)
def hash_text(data: Value, algorithm: str) -> str:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"The algorithm must be one of {', '.join(ALGORITHMS)}")
    text = _bounded(data if isinstance(data, str) else encode_text(data))
    digest = hashlib.new(ALGORITHMS[algorithm], text.encode("utf-8", "surrogatepass"), usedforsecurity=False)
    return digest.hexdigest()


@intrinsic("States.JsonMerge", OBJECT, OBJECT, BOOLEAN)
def json_merge(first: dict[str, Value], second: dict[str, Value], deep: bool) -> dict[str, Value]:
    if deep:
        raise ValueError("Only the shallow merging mode is supported: the third argument must be false")
    return {**first, **second}


@intrinsic("States.StringToJson", TEXT)
def string_to_json(text: str) -> Value:
    if not text.strip():
        return None
    try:
        return decode(text)
    except JsonError as error:
        raise ValueError(f"The argument is not valid JSON: {error}") from None


@intrinsic("States.JsonToString", ANY)
def json_to_string(value: Value) -> str:
    return encode_text(value)


@intrinsic("States.MathRandom", INTEGER, INTEGER, INTEGER, required=2, draws=True)
def math_random(generator: random.Random, start: int, end: int, seed: int | None = None) -> int:
    if start >= end:
        raise ValueError("The start number must be less than the end number")
    source = generator if seed is None else random.Random(seed)  # noqa: S311 - a user's seed, nothing secret
    return source.randrange(start, end)


@intrinsic("States.MathAdd", INTEGER, INTEGER)
def math_add(first: int, second: int) -> int:
    return first + second


@intrinsic("States.StringSplit", TEXT, TEXT)
def string_split(text: str, separators: str) -> list[str]:
    """Split at any of the characters; empty parts are dropped."""
    if not separators:
        return [text] if text else []
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


@intrinsic("States.UUID", draws=True)
def uuid4(generator: random.Random) -> str:
    return str(uuid.UUID(int=generator.getrandbits(128), version=4))


_SLOT: Final = re.compile(r"\\(.)|\{\}", re.DOTALL)


@intrinsic("States.Format", TEXT, rest=ANY)
def format_text(template: str, *values: Value) -> str:
    r"""Fill each `{}` of the template; `\{` and `\}` stand for themselves."""
    waiting = iter(values)
    parts: list[str] = []
    position = 0
    for slot in _SLOT.finditer(template):
        parts.append(template[position : slot.start()])
        parts.append(slot[1] if slot[1] is not None else _next_text(waiting))
        position = slot.end()
    parts.append(template[position:])
    if any(True for _ in waiting):
        raise ValueError("There are more arguments than {} in the template")
    if sum(map(len, parts)) > MAX_FORMATTED:
        raise ValueError(f"The result is longer than {MAX_FORMATTED} characters")
    return "".join(parts)


def _next_text(waiting: Any) -> str:
    for value in waiting:
        return formatted(value)
    raise ValueError("There are fewer arguments than {} in the template")


def formatted(value: Value) -> str:
    """Return a value as States.Format prints it: strings as they are, objects as `{a=1, b=[x, y]}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={formatted(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(formatted, value)) + "]"
    return encode_text(value)


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"The argument is longer than {MAX_TEXT} characters")
    return text
