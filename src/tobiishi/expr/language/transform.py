"""The transform operator: `|pattern|update, delete|` is a function that returns a changed copy of its argument."""

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import JsonataError, shown
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame
from tobiishi.expr.language.tree import Transform
from tobiishi.expr.language.values import Value

if TYPE_CHECKING:
    from tobiishi.expr.language.compiler import Compiler


@dataclass(frozen=True, slots=True)
class _Clauses:
    pattern: Closure
    update: Closure
    delete: Closure | None
    position: int


@dataclass(slots=True, eq=False)
class Transformation:
    """The function: `pattern` selects parts of a copy of the argument, and each of them is updated."""

    clauses: _Clauses
    frame: Frame

    @property
    def arity(self) -> int:
        return 1

    def call(self, arguments: Items[Value], evaluation: Evaluation) -> Value:
        """Return the changed copy. Raises `JsonataError` T0410 for what is no object or array, T2011, T2012."""
        subject = arguments[0] if arguments else MISSING
        if subject is MISSING:
            return MISSING
        if not isinstance(subject, dict | list):
            raise JsonataError("T0410", "Argument 1 of function does not match function signature")
        objects: dict[int, Value] = {}
        copied = _copied(subject, objects, evaluation)
        matches = self.clauses.pattern(copied, self.frame, evaluation)
        if matches is not MISSING:
            for match in matches if isinstance(matches, list) else [matches]:
                self._change(match, id(match) in objects, evaluation)
        return copied

    def _change(self, match: Value, is_copy: bool, evaluation: Evaluation) -> None:
        """Change one match, if it is an object of the copy: a pattern may select others, by a variable's name."""
        clauses = self.clauses
        update = clauses.update(match, self.frame, evaluation)
        if update is not MISSING:
            if type(update) is not dict:
                message = "The insert/update clause of the transform expression must evaluate to an object"
                raise JsonataError("T2011", f"{message}: {shown(update)}", clauses.position, value=update)
            if is_copy:
                evaluation.spend(len(update))
                match.update(update)
        if clauses.delete is None:
            return
        names = clauses.delete(match, self.frame, evaluation)
        if names is MISSING:
            return
        names = names if isinstance(names, list) else [names]
        if not all(type(name) is str for name in names):
            message = "The delete clause of the transform expression must evaluate to a string or array of strings"
            raise JsonataError("T2012", f"{message}: {shown(names)}", clauses.position, value=names)
        if is_copy:
            for name in names:
                match.pop(name, None)


def _copied(value: Value, objects: dict[int, Value], evaluation: Evaluation) -> Value:
    """Return a copy of a value and of everything in it. `objects` are given all that are made, by identity."""
    if isinstance(value, dict):
        evaluation.spend(2 * len(value) + 1)
        made = {key: _copied(part, objects, evaluation) for key, part in value.items()}
        objects[id(made)] = made
        return made
    if isinstance(value, list):
        evaluation.spend(2 * len(value) + 1)
        return [_copied(part, objects, evaluation) for part in value]
    return value


def compile_transform(compiler: "Compiler", node: Transform) -> Closure:
    """Return what makes the function."""
    clauses = _Clauses(
        compiler.compile(node.pattern),
        compiler.compile(node.update),
        None if node.delete is None else compiler.compile(node.delete),
        node.position,
    )
    return lambda _item, frame, _evaluation: Transformation(clauses, frame)
