"""Objects and groups: `{key: value}` by itself, behind a path, and as a step."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import JsonataError, shown
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame
from tobiishi.expr.language.tree import Literal, Object, Pairs
from tobiishi.expr.language.values import Value

if TYPE_CHECKING:
    from tobiishi.expr.language.compiler import Compiler

Located = tuple[Value, Frame]
"""An item, and the frame of the names that came with it."""

Merge = Callable[[list[Located]], Located]
_Pair = tuple[Closure, Closure, int]
_A_GROUP: Final = 4
"""Steps for putting an item into its group."""

Group = Callable[[list[Located], Merge, Evaluation], dict[str, Value]]


def compile_object(compiler: "Compiler", node: Object) -> Closure:
    """Return what constructs an object. An item that is an array is grouped."""
    pairs, weight = _compiled(compiler, node.pairs)
    group = _grouping(pairs, weight)
    keys = [key.value for key, _ in node.pairs if isinstance(key, Literal) and isinstance(key.value, str)]
    if len(set(keys)) == len(node.pairs):
        fields = [(key, value_of) for key, (_, value_of, _) in zip(keys, pairs, strict=True)]
        return _constant_keys(fields, group)

    def construct(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        parts = (item or [MISSING]) if isinstance(item, list) else [item]
        return group([(part, frame) for part in parts], appended, evaluation)

    return construct


def _constant_keys(fields: list[tuple[str, Closure]], group: Group) -> Closure:
    """Return what constructs an object all of whose keys are different texts."""

    def construct(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        if isinstance(item, list):
            return group([(part, frame) for part in item or [MISSING]], appended, evaluation)
        made = {}
        for key, closure in fields:
            value = closure(item, frame, evaluation)
            if value is not MISSING:
                made[key] = value
        return made

    return construct


def compile_group(compiler: "Compiler", pairs: Pairs) -> Group:
    """Return what groups items by their keys and evaluates each group's value once."""
    return _grouping(*_compiled(compiler, pairs))


def _compiled(compiler: "Compiler", pairs: Pairs) -> tuple[list[_Pair], int]:
    """Return pairs of key and value compiled, and their weight."""
    before = compiler.count
    compiled = [(compiler.compile(key), compiler.compile(value), key.position) for key, value in pairs]
    return compiled, compiler.count - before + _A_GROUP


def _grouping(compiled: list[_Pair], weight: int) -> Group:
    def group(items: list[Located], merge: Merge, evaluation: Evaluation) -> dict[str, Value]:
        evaluation.spend(len(items) * weight)
        groups: dict[str, tuple[int, list[Located]]] = {}
        for located in items:
            for number, (key_of, _, position) in enumerate(compiled):
                key = key_of(*located, evaluation)
                if type(key) is not str and _checked(key, position) is MISSING:
                    continue
                owned = groups.get(key)
                if owned is None:
                    groups[key] = (number, [located])
                    continue
                owner, members = owned
                if owner != number:
                    message = f"Multiple key definitions evaluate to same key: {shown(key)}"
                    raise JsonataError("D1009", message, position, value=key)
                members.append(located)
        made = {}
        for key, (number, members) in groups.items():
            value = compiled[number][1](*(members[0] if len(members) == 1 else merge(members)), evaluation)
            if value is not MISSING:
                made[key] = value
        return made

    return group


def _checked(key: Value, position: int) -> Value:
    if key is MISSING or type(key) is str:
        return key
    message = f"Key in object structure must evaluate to a string; got: {shown(key)}"
    raise JsonataError("T1003", message, position, value=key)


def appended(members: list[Located]) -> Located:
    """Return the items of a group as one: arrays among them are taken apart."""
    return append_all([item for item, _ in members]), members[0][1]


def append_all(values: list[Value]) -> Value:
    """Return values appended to one another, as `$append` does it."""
    found: list[Value] = []
    present = [value for value in values if value is not MISSING]
    if len(present) == 1:
        return present[0]
    for value in present:
        if isinstance(value, list):
            found.extend(value)
        else:
            found.append(value)
    return found if present else MISSING
