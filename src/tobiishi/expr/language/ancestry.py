"""Where each `%` finds its value: which step of which path has to remember the item that it starts from.

Theory of operation. Every parent operator asks for a `Slot`. A slot climbs: from the step where it stands to the step
before, one level up for every name or wildcard, one more for every parent on the way, through blocks and the paths that
end them. The step at which no level is left remembers the item it is applied to under the slot's label, and from there
on its path carries names with each item (`tuples`). A slot that climbs beyond its path goes on in whatever path
the expression is a step of; one that climbs out of everything is an error. How far all slots may climb together is
limited: thousands of `%` behind thousands of names would take minutes.
"""

from collections.abc import Iterable
from typing import Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.tree import (
    Binary,
    Block,
    Call,
    Filter,
    Filtered,
    Grouped,
    Name,
    Node,
    Parent,
    Path,
    Slot,
    Step,
    Transform,
    Wildcard,
    children,
)

_MOST_CLIMBED: Final = 20_000
"""Steps that all slots of an expression may pass."""


def resolve(tree: Node) -> None:
    """Mark the steps that `%` refers to. Raises `JsonataError` S0217 where there is none."""
    if _Resolver().slots_of(tree):
        raise _underivable(tree)


def _underivable(node: Node) -> JsonataError:
    message = "The object representing the 'parent' cannot be derived from this expression"
    return JsonataError("S0217", message, node.position)


class _Resolver:
    def __init__(self) -> None:
        self._count = 0
        self._climbed = 0

    def slots_of(self, node: Node) -> list[Slot]:
        """Return the slots below a node that have not found their step yet."""
        match node:
            case Path():
                return self._path(node)
            case Filtered():
                return self._step(node.step)
            case Parent():
                self._count += 1
                node.slot = Slot(f"%{self._count}")
                return [node.slot]
            case Binary():
                return self._binary(node)
            case Call():
                self.slots_of(node.procedure)
                return self._slots_of_all(node.arguments)
            case Grouped():
                self._slots_of_all(part for pair in node.pairs for part in pair)
                return self.slots_of(node.subject)
            case Transform():
                self._slots_of_all(children(node))
                return []
            case _:
                return self._slots_of_all(children(node))

    def _slots_of_all(self, nodes: Iterable[Node]) -> list[Slot]:
        return [slot for node in nodes for slot in self.slots_of(node)]

    def _binary(self, node: Node) -> list[Slot]:
        """Chains of operators lean to the left and may be long."""
        slots: list[Slot] = []
        while isinstance(node, Binary):
            slots += self.slots_of(node.right)
            node = node.left
        return self.slots_of(node) + slots

    def _path(self, path: Path) -> list[Slot]:
        pending = []
        for index, step in enumerate(path.steps):
            for slot in self._step(step):
                self._climb(path.steps[:index], slot)
                if slot.level > 0:
                    pending.append(slot)
        if path.group is not None:
            self._slots_of_all(part for pair in path.group for part in pair)
        return pending

    def _step(self, step: Step) -> list[Slot]:
        slots = self.slots_of(step.node)
        for stage in step.stages:
            for slot in self.slots_of(stage.expression) if isinstance(stage, Filter) else ():
                if slot.level == 1:
                    self._meet(step, slot)
                else:
                    slot.level -= 1
                slots.append(slot)
        return slots

    def _climb(self, steps: list[Step], slot: Slot) -> None:
        """Climb from the last of some steps. Steps that name their items in a row all start from the same item."""
        index = len(steps) - 1
        while slot.level > 0 and index >= 0:
            while index > 0 and steps[index].focus is not None and steps[index - 1].focus is not None:
                index -= 1
            self._meet(steps[index], slot)
            index -= 1

    def _meet(self, step: Step, slot: Slot) -> None:
        """Let a slot pass a step, or end there."""
        self._climbed += 1
        if self._climbed > _MOST_CLIMBED:
            raise JsonataError("S0500", "The expression looks for too many parents", step.position)
        match step.node:
            case Name() | Wildcard():
                slot.level -= 1
                step.tuples = True
                if slot.level == 0:
                    if step.ancestor is not None:
                        slot.label = step.ancestor.label
                    step.ancestor = slot
            case Parent():
                slot.level += 1
            case Block(expressions=expressions) as block:
                if expressions:
                    step.tuples = block.tuples = True
                    self._enter(expressions[-1], slot)
            case _:
                raise _underivable(step.node)

    def _enter(self, node: Node, slot: Slot) -> None:
        """Climb through what a block comes to."""
        match node:
            case Path():
                node.tuples = True
                self._climb(node.steps, slot)
            case Filtered():
                self._meet(node.step, slot)
            case Block(expressions=expressions) if expressions:
                node.tuples = True
                self._enter(expressions[-1], slot)
            case _:
                raise _underivable(node)
