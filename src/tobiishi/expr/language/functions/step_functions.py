"""What Step Functions adds: $partition, $range, $hash, $random with a seed, $uuid and $parse. It leaves out $eval.

Randomness is the evaluation's; a seed draws from a generator of its own and repeats.
Source: the AWS page "Transforming data with JSONata in Step Functions".
"""

import hashlib
import math
import random
import uuid
from typing import Final

from tobiishi.expr.intrinsic_functions import ALGORITHMS
from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_items, pay_for_text, paying
from tobiishi.expr.language.functions.conversion import as_double, whole
from tobiishi.expr.language.functions.strings import truncated
from tobiishi.expr.language.values import UNDEFINED, Sequence, Value
from tobiishi.jsontext import JsonError, decode

_SEEDING: Final = 30
"""Steps for a generator of its own."""


def _partition(evaluation: Evaluation, values: Value, size: Value) -> Value:
    if values is UNDEFINED:
        return UNDEFINED
    if size is UNDEFINED or not size >= 1:
        raise JsonataError("D3137", "The second argument of partition function must be a positive number")
    step = truncated(size)
    pay_for_items(evaluation, len(values))
    evaluation.spend(4 * len(values) // step)
    return [values[start : start + step] for start in range(0, len(values), step)]


def _range(evaluation: Evaluation, start: Value, end: Value, step: Value) -> Value:
    if start is UNDEFINED or end is UNDEFINED or step is UNDEFINED:
        return UNDEFINED
    if step == 0:
        raise JsonataError("D3137", "The third argument of range function must not be zero")
    span = (as_double(end) - as_double(start)) / as_double(step)
    if not math.isfinite(span):
        raise JsonataError("D1001", "Number out of range", value=span)
    count = max(0, math.floor(span) + 1)
    pay_for_items(evaluation, count)
    evaluation.spend(count)
    return Sequence([whole(start + step * index) for index in range(count)])


def _hash(evaluation: Evaluation, text: Value, algorithm: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    name = ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if name is None:
        raise JsonataError("D3137", f"The algorithm of hash function must be one of {', '.join(ALGORITHMS)}")
    pay_for_text(evaluation, len(text))
    return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _random(evaluation: Evaluation, seed: Value = UNDEFINED) -> Value:
    if seed is UNDEFINED:
        return evaluation.random.random()
    evaluation.spend(_SEEDING)
    return random.Random(whole(seed)).random()  # noqa: S311 - a user's seed, nothing secret


def _uuid(evaluation: Evaluation) -> Value:
    return str(uuid.UUID(int=evaluation.random.getrandbits(128), version=4))


def _parse(evaluation: Evaluation, text: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    # A value takes more room than its text.
    evaluation.spend(len(text) >> 2)
    pay_for_text(evaluation, len(text))
    try:
        return decode(text)
    except JsonError as error:
        raise JsonataError("D3137", f"The argument of parse function is not valid JSON: {error}") from None


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("partition", "<an:a>", _partition),
    paying("range", "<nnn:a>", _range),
    paying("hash", "<s-s:s>", _hash),
    paying("random", "<n?:n>", _random),
    paying("uuid", "<:s>", _uuid),
    paying("parse", "<s-:x>", _parse),
)
