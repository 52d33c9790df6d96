"""Paths compiled: a row of steps over items, and the quick ways for those that are names only.

Theory of operation. Every step but the last is compiled to a function from items to the items of the next, the last one
to a function from items to the value. Leading names are one step that goes down through objects as long as there are
objects. Paths that carry names with their items (`@`, `#`, `%`) are those of `tuples`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame
from tobiishi.expr.language.grouping import Group, appended, compile_group
from tobiishi.expr.language.operators import BOOLEAN
from tobiishi.expr.language.selection import (
    Finish,
    at,
    chosen,
    descend,
    field,
    flattened,
    gathered,
    items_of,
    look_up,
    matching,
    stay,
)
from tobiishi.expr.language.sorting import compile_sort
from tobiishi.expr.language.tree import Array, Binary, Filter, Filtered, Literal, Name, Path, Sort, Step, Variable
from tobiishi.expr.language.values import Value, settle

if TYPE_CHECKING:
    from tobiishi.expr.language.compiler import Compiler

Expand = Callable[[list[Value], Frame, Evaluation], list[Value]]
Collect = Callable[[list[Value], Frame, Evaluation], Value]


@dataclass(frozen=True, slots=True)
class Filters:
    """The stages of a step, compiled: from the step's value for one item to what remains of it.

    `collects` says that what remains is a list of items to go on with; otherwise it is a value, picked by index.
    """

    apply: Closure
    collects: bool


def compile_path(compiler: "Compiler", path: Path) -> Closure:
    """Return what evaluates a path."""
    mark_whole(path)
    if path.group is None and not path.keep and all(map(_is_plain, path.steps[1:])):
        first = path.steps[0]
        if _is_plain(first):
            return _names_only(_names(path.steps))
        if isinstance(first.node, Variable) and not first.stages and len(path.steps) > 1:
            return _names_of(compiler, first.node, _names(path.steps[1:]))
    return _general(compiler, path)


def mark_whole(path: Path) -> None:
    """Mark the arrays that a path takes as one item: constructed by its first step or its last."""
    for step in (path.steps[0], path.steps[-1]):
        if isinstance(step.node, Array):
            step.node.whole = True


def _is_plain(step: Step) -> bool:
    return isinstance(step.node, Name) and not step.stages


def _names(steps: list[Step]) -> tuple[str, ...]:
    return tuple(step.node.value for step in steps if isinstance(step.node, Name))


def _names_only(names: tuple[str, ...]) -> Closure:
    def select(item: Value, frame: Frame, evaluation: Evaluation) -> Value:  # noqa: ARG001 - the shape of all
        return look_up(item, names, evaluation)

    def select_one(item: Value, frame: Frame, evaluation: Evaluation) -> Value:  # noqa: ARG001 - the shape of all
        return item.get(name, MISSING) if type(item) is dict else look_up(item, names, evaluation)

    name = names[0]
    return select_one if len(names) == 1 else select


def _names_of(compiler: "Compiler", variable: Variable, names: tuple[str, ...]) -> Closure:
    subject = compiler.compile(variable)
    if len(names) == 1 and variable.name in compiler.parameters:
        return _field_of(variable.name, names)

    def select(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        return look_up(subject(item, frame, evaluation), names, evaluation)

    return select


def _field_of(parameter: str, names: tuple[str, ...]) -> Closure:
    name = names[0]

    def select(item: Value, frame: Frame, evaluation: Evaluation) -> Value:  # noqa: ARG001 - the shape of all
        value = frame[parameter]
        return value.get(name, MISSING) if type(value) is dict else look_up(value, names, evaluation)

    return select


def _general(compiler: "Compiler", path: Path) -> Closure:
    finish: Finish = stay if path.keep else settle
    collect = _compile_steps(compiler, path, finish)
    group = None if path.group is None else compile_group(compiler, path.group)
    over_items = not isinstance(path.steps[0].node, Variable)

    def evaluate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        items = item if over_items and isinstance(item, list) else [item]
        value = collect(items, frame, evaluation)
        return value if group is None else grouped(group, value, frame, evaluation)

    return evaluate


def grouped(group: Group, value: Value, frame: Frame, evaluation: Evaluation) -> Value:
    """Return a value's items in groups; of no items an object can be made, too."""
    items = value if isinstance(value, list) else [value]
    return group([(item, frame) for item in items or [MISSING]], appended, evaluation)


def _compile_steps(compiler: "Compiler", path: Path, finish: Finish) -> Collect:
    steps = path.steps
    leading = 0
    while leading < len(steps) - 1 and _is_plain(steps[leading]):
        leading += 1
    expands = [_leading_names(_names(steps[:leading]))] if leading else []
    expands += [
        compile_expand(compiler, step, first=index == 0) for index, step in enumerate(steps[:-1]) if index >= leading
    ]
    collect = _compile_collect(compiler, steps[-1], finish)
    if not expands:
        return collect
    if len(expands) == 1:
        return _two(expands[0], collect)

    def run(items: list[Value], frame: Frame, evaluation: Evaluation) -> Value:
        for expand_items in expands:
            items = expand_items(items, frame, evaluation)
            if not items:
                return MISSING
        return collect(items, frame, evaluation)

    return run


def _two(first: Expand, second: Collect) -> Collect:
    def run(items: list[Value], frame: Frame, evaluation: Evaluation) -> Value:
        items = first(items, frame, evaluation)
        return second(items, frame, evaluation) if items else MISSING

    return run


def _leading_names(names: tuple[str, ...]) -> Expand:
    def expand_names(items: list[Value], frame: Frame, evaluation: Evaluation) -> list[Value]:  # noqa: ARG001
        return descend(items[0] if len(items) == 1 else items, names, evaluation)

    return expand_names


def compile_expand(compiler: "Compiler", step: Step, *, first: bool) -> Expand:
    """Return what takes items to the items of the next step."""
    if isinstance(step.node, Sort):
        return _compile_order(compiler, step, step.node)
    if first and isinstance(step.node, Array):
        return _expand_array(compiler, step)
    value_of, collects, weight = compile_step(compiler, step)

    def expand_each(items: list[Value], frame: Frame, evaluation: Evaluation) -> list[Value]:
        evaluation.spend(len(items) * weight)
        if collects:
            found = [part for item in items for part in value_of(item, frame, evaluation)]
            evaluation.grow(len(found))
            return found
        values = [value for item in items if (value := value_of(item, frame, evaluation)) is not MISSING]
        return flattened(values, evaluation)

    return expand_each


def _expand_array(compiler: "Compiler", step: Step) -> Expand:
    """Return the items of an array that a path begins with: it is constructed once."""
    value_of, _, _ = compile_step(compiler, step)

    def expand_array(items: list[Value], frame: Frame, evaluation: Evaluation) -> list[Value]:
        value = value_of(items[0] if len(items) == 1 else items, frame, evaluation)
        return value if isinstance(value, list) else items_of(value)

    return expand_array


def compile_step(compiler: "Compiler", step: Step) -> tuple[Closure, bool, int]:
    """Return what evaluates a step for one item, whether that gives a list of items, and the weight of it."""
    before = compiler.count
    node = step.node
    if isinstance(node, Name):
        compiler.count += 1
        value_of = _name(node.value)
    else:
        value_of = compiler.compile(node)
    if not step.stages:
        return value_of, False, compiler.count - before
    filters = compile_filters(compiler, step)
    apply, collects = filters.apply, filters.collects

    def select(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        value = value_of(item, frame, evaluation)
        if value is MISSING:
            return [] if collects else MISSING
        return apply(value, frame, evaluation)

    return select, collects, compiler.count - before


def _name(name: str) -> Closure:
    def select(item: Value, frame: Frame, evaluation: Evaluation) -> Value:  # noqa: ARG001 - the shape of all
        return item.get(name, MISSING) if type(item) is dict else field(item, name, evaluation)

    return select


def compile_filters(compiler: "Compiler", step: Step) -> Filters:
    """Return the stages of a step, one behind the other."""
    parts = [compile_filter(compiler, stage) for stage in step.stages if isinstance(stage, Filter)]
    if len(parts) == 1:
        return parts[0]

    def apply(value: Value, frame: Frame, evaluation: Evaluation) -> Value:
        for part in parts:
            value = part.apply(value, frame, evaluation)
            if value is MISSING:
                return [] if collects else MISSING
        return value

    collects = parts[-1].collects
    return Filters(apply, collects)


def compile_filter(compiler: "Compiler", stage: Filter) -> Filters:
    node = stage.expression
    if isinstance(node, Literal) and type(node.value) in {int, float}:
        index = node.value

        def pick(value: Value, frame: Frame, evaluation: Evaluation) -> Value:  # noqa: ARG001 - the shape of all
            return at(value if isinstance(value, list) else [value], index)

        return Filters(pick, collects=False)
    before = compiler.count
    predicate = compiler.compile(node)
    weight = compiler.count - before
    is_boolean = isinstance(node, Binary) and node.operator in BOOLEAN
    select = matching(predicate, weight) if is_boolean else chosen(predicate, weight)

    def apply(value: Value, frame: Frame, evaluation: Evaluation) -> Value:
        return select(value if isinstance(value, list) else [value], frame, evaluation)

    return Filters(apply, collects=True)


def _compile_order(compiler: "Compiler", step: Step, node: Sort) -> Expand:
    order = compile_sort(compiler, node)
    filters = compile_filters(compiler, step) if step.stages else None

    def expand_ordered(items: list[Value], frame: Frame, evaluation: Evaluation) -> list[Value]:
        places = order([(item, frame) for item in items], evaluation)
        ordered = [items[place] for place in places]
        if filters is None:
            return ordered
        value = filters.apply(ordered, frame, evaluation)
        return value if filters.collects else items_of(value)

    return expand_ordered


def _compile_collect(compiler: "Compiler", step: Step, finish: Finish) -> Collect:
    if isinstance(step.node, Sort):
        order = _compile_order(compiler, step, step.node)
        return lambda items, frame, evaluation: finish(order(items, frame, evaluation))
    value_of, collects, weight = compile_step(compiler, step)

    def collect(items: list[Value], frame: Frame, evaluation: Evaluation) -> Value:
        evaluation.spend(len(items) * weight)
        if collects:
            found = [part for item in items for part in value_of(item, frame, evaluation)]
            evaluation.grow(len(found))
            return finish(found)
        return gathered([value_of(item, frame, evaluation) for item in items], finish, evaluation)

    return collect


def compile_filtered(compiler: "Compiler", node: Filtered) -> Closure:
    """Return what evaluates predicates behind something that is no path."""
    value_of, collects, _ = compile_step(compiler, node.step)
    if not collects:
        return value_of
    return lambda item, frame, evaluation: settle(value_of(item, frame, evaluation))
