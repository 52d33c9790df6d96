"""Paths that carry names with their items: `@$item`, `#$position`, and `%` for what an item was taken from.

Theory of operation. An item is a pair of its value and the names that came with it. A step is evaluated for each in a
frame of those names, and adds its own: the item's place in what the step gave, the value it was taken from. A step with
`@$item` gives its value a name and stays at the item that it started from. Predicates see the names; an index or a
`#$position` behind predicates counts over all items. In a group, the names of its members are appended to one another.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame
from tobiishi.expr.language.grouping import Located, append_all, compile_group
from tobiishi.expr.language.paths import compile_expand, compile_path, mark_whole
from tobiishi.expr.language.selection import Finish, at, is_chosen, items_of, stay
from tobiishi.expr.language.sorting import compile_sort
from tobiishi.expr.language.tree import Block, Filter, Filtered, Index, Literal, Node, Path, Sort, Step, Variable
from tobiishi.expr.language.values import Value, settle

if TYPE_CHECKING:
    from tobiishi.expr.language.compiler import Compiler

Named = tuple[Value, dict[str, Value]]
"""An item with the names that came with it."""

Stage = Callable[[list[Named], Frame, Evaluation], list[Named]]
Stream = Callable[[Value, Frame, Evaluation], list[Named]]


def carries_names(step: Step) -> bool:
    """Say whether a step gives names to its items."""
    named = step.tuples or step.focus is not None or step.index is not None
    return named or any(isinstance(stage, Index) for stage in step.stages)


def compile_named_path(compiler: "Compiler", path: Path) -> Closure:
    """Return what evaluates a path that carries names, to plain values."""
    with compiler.inner_frame():
        return _compile_to_values(compiler, path)


def _compile_to_values(compiler: "Compiler", path: Path) -> Closure:
    stream = compile_stream(compiler, path)
    finish: Finish = stay if path.keep else settle
    if path.group is None:
        return lambda item, frame, evaluation: finish([value for value, _ in stream(item, frame, evaluation)])
    group = compile_group(compiler, path.group)

    def evaluate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        named: list[Named] = stream(item, frame, evaluation) or [(MISSING, {})]
        located = [(value, {**names, "": frame}) for value, names in named]
        return group(located, _merged(frame), evaluation)

    return evaluate


def _merged(frame: Frame) -> Callable[[list[Located]], Located]:
    """Return what makes one item of a group's members, and one frame of all their names."""

    def merge(members: list[Located]) -> Located:
        names = {name for _, inner in members for name in inner}
        merged = {name: append_all([inner.get(name, MISSING) for _, inner in members]) for name in names}
        return append_all([value for value, _ in members]), {**merged, "": frame}

    return merge


def compile_stream(compiler: "Compiler", node: Node) -> Stream:
    """Return what evaluates a node to items with their names: a path, or a block that ends with one."""
    if isinstance(node, Path):
        return _compile_path(compiler, node)
    if isinstance(node, Block) and node.expressions:
        return _compile_block(compiler, node)
    if isinstance(node, Filtered):
        step = _compile_step(compiler, node.step)
        return lambda item, frame, evaluation: step([(item, {})], frame, evaluation)
    value_of = compiler.compile(node)
    return lambda item, frame, evaluation: [(part, {}) for part in items_of(value_of(item, frame, evaluation))]


def _compile_block(compiler: "Compiler", node: Block) -> Stream:
    before = [compiler.compile(expression) for expression in node.expressions[:-1]]
    last = compile_stream(compiler, node.expressions[-1])

    def stream(item: Value, frame: Frame, evaluation: Evaluation) -> list[Named]:
        inner: Frame = {"": frame}
        for expression in before:
            expression(item, inner, evaluation)
        return last(item, inner, evaluation)

    return stream


def _compile_path(compiler: "Compiler", path: Path) -> Stream:
    mark_whole(path)
    first = next((index for index, step in enumerate(path.steps) if carries_names(step)), len(path.steps))
    plain = [compile_expand(compiler, step, first=index == 0) for index, step in enumerate(path.steps[:first])]
    named = [_compile_step(compiler, step) for step in path.steps[first:]]
    over_items = not isinstance(path.steps[0].node, Variable)

    def stream(item: Value, frame: Frame, evaluation: Evaluation) -> list[Named]:
        items = item if over_items and isinstance(item, list) else [item]
        for expand in plain:
            items = expand(items, frame, evaluation)
        result: list[Named] = [(value, {}) for value in items]
        for step in named:
            result = step(result, frame, evaluation)
        return result

    return stream


def _compile_step(compiler: "Compiler", step: Step) -> Stage:
    stages = [_compile_stage(compiler, stage) for stage in step.stages]
    if isinstance(step.node, Sort):
        taken = _compile_order(compiler, step, step.node)
    else:
        taken = _compile_taking(compiler, step)

    def run(items: list[Named], frame: Frame, evaluation: Evaluation) -> list[Named]:
        items = taken(items, frame, evaluation)
        for stage in stages:
            items = stage(items, frame, evaluation)
        return items

    return run


def _compile_order(compiler: "Compiler", step: Step, node: Sort) -> Stage:
    order = compile_sort(compiler, node)

    def run(items: list[Named], frame: Frame, evaluation: Evaluation) -> list[Named]:
        places = order([(value, {**names, "": frame}) for value, names in items], evaluation)
        ordered = [items[place] for place in places]
        if step.index is None:
            return ordered
        return [(value, names | {step.index: place}) for place, (value, names) in enumerate(ordered)]

    return run


def _compile_taking(compiler: "Compiler", step: Step) -> Stage:
    before = compiler.count
    node = step.node
    stream = _stream_of_step(compiler, node)
    weight = compiler.count - before + 1
    focus, index = step.focus, step.index
    label = None if step.ancestor is None else step.ancestor.label

    def run(items: list[Named], frame: Frame, evaluation: Evaluation) -> list[Named]:
        found: list[Named] = []
        for value, names in items:
            parts = stream(value, {**names, "": frame}, evaluation)
            evaluation.spend(weight + len(parts) * (2 + (len(names) >> 2)))
            for place, (part, inner) in enumerate(parts):
                own: dict[str, Any] = {**names, **inner}
                if focus is not None:
                    own[focus] = part
                if index is not None:
                    own[index] = place
                if label is not None:
                    own[label] = value
                found.append((part if focus is None else value, own))
        evaluation.grow(len(found))
        return found

    return run


def _stream_of_step(compiler: "Compiler", node: Node) -> Stream:
    if isinstance(node, Block) and node.tuples:
        return compile_stream(compiler, node)
    value_of = compiler.compile_step_node(node)
    return lambda item, frame, evaluation: [(part, {}) for part in _parts(value_of(item, frame, evaluation))]


def _parts(value: Value) -> list[Value]:
    if value is MISSING:
        return []
    return value if isinstance(value, list) else [value]


def _compile_stage(compiler: "Compiler", stage: Filter | Index) -> Stage:
    if isinstance(stage, Index):
        name = stage.name
        return lambda items, _frame, _evaluation: [
            (value, {**names, name: place}) for place, (value, names) in enumerate(items)
        ]
    node = stage.expression
    if isinstance(node, Literal) and type(node.value) in {int, float}:
        picked = node.value
        return lambda items, _frame, _evaluation: [found] if (found := at(items, picked)) is not MISSING else []
    before = compiler.count
    predicate = compiler.compile(node)
    weight = compiler.count - before

    def run(items: list[Named], frame: Frame, evaluation: Evaluation) -> list[Named]:
        size = len(items)
        evaluation.spend(size * weight)
        return [
            (value, names)
            for place, (value, names) in enumerate(items)
            if is_chosen(predicate(value, {**names, "": frame}, evaluation), place, size, evaluation)
        ]

    return run


def compile_any_path(compiler: "Compiler", path: Path) -> Closure:
    """Return what evaluates a path, by names or without."""
    if any(map(carries_names, path.steps)):
        return compile_named_path(compiler, path)
    return compile_path(compiler, path)
