"""The syntax tree: what the parser makes, the compiler turns into closures and the printer into text again.

Theory of operation. Two trees are equal when they mean the same; positions (offsets of characters) and what
`ancestry` marks take no part in it. A path is a row of steps; what stands behind a step belongs to it (`stages`).
What stands behind anything else (`$f()[0]`) is a node around it: `Filtered`, `Grouped`, `Kept`, `Focused`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """Any part of an expression."""

    position: int = field(default=0, compare=False, kw_only=True)


@dataclass(slots=True)
class Literal(Node):
    """A text, a number, true, false or null."""

    value: Any


@dataclass(slots=True)
class Regex(Node):
    pattern: str
    flags: str


@dataclass(slots=True)
class Name(Node):
    value: str


@dataclass(slots=True)
class Wildcard(Node):
    pass


@dataclass(slots=True)
class Descendants(Node):
    pass


@dataclass(slots=True, eq=False)
class Slot:
    """Where an ancestor is kept while a path is walked: found `level` steps above. `label` names it in a frame."""

    label: str
    level: int = 1


@dataclass(slots=True)
class Parent(Node):
    slot: Slot | None = field(default=None, compare=False)


@dataclass(slots=True)
class Variable(Node):
    """`$name`; the empty name is the item itself, `$` the whole input."""

    name: str


@dataclass(slots=True)
class Array(Node):
    items: list[Node]
    whole: bool = field(default=False, compare=False)
    """It is the first or the last step of a path, which takes it as one item."""


Pairs = list[tuple[Node, Node]]


@dataclass(slots=True)
class Object(Node):
    pairs: Pairs


@dataclass(slots=True)
class Negative(Node):
    operand: Node


@dataclass(slots=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


@dataclass(slots=True)
class Condition(Node):
    test: Node
    then: Node
    otherwise: Node | None


@dataclass(slots=True)
class Block(Node):
    expressions: list[Node]
    tuples: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Bind(Node):
    name: str
    value: Node


@dataclass(slots=True)
class Lambda(Node):
    parameters: list[str]
    signature: str | None
    body: Node


@dataclass(slots=True)
class Placeholder(Node):
    """A `?` among arguments."""


@dataclass(slots=True)
class Call(Node):
    """A call; with a placeholder among its arguments a partial application."""

    procedure: Node
    arguments: list[Node]

    @property
    def partial(self) -> bool:
        return any(isinstance(argument, Placeholder) for argument in self.arguments)


@dataclass(slots=True)
class Transform(Node):
    pattern: Node
    update: Node
    delete: Node | None


@dataclass(slots=True)
class Sort(Node):
    """Order-by, as a step of a path. Each term with whether it descends."""

    terms: list[tuple[bool, Node]]


@dataclass(slots=True)
class Filter(Node):
    """A predicate or an index in brackets, behind a step."""

    expression: Node


@dataclass(slots=True)
class Index(Node):
    """`#$name` behind the filters of a step: positions among all that is left."""

    name: str


@dataclass(slots=True)
class Step(Node):
    """One step of a path. `focus` is the name of `@$name`, `index` that of `#$name`; `keep` says `[]`."""

    node: Node
    stages: list[Filter | Index] = field(default_factory=list)
    focus: str | None = None
    index: str | None = None
    keep: bool = False
    ancestor: Slot | None = field(default=None, compare=False)
    tuples: bool = field(default=False, compare=False)
    """From here on the path carries names with each item."""


@dataclass(slots=True)
class Path(Node):
    steps: list[Step]
    group: Pairs | None = None
    tuples: bool = field(default=False, compare=False)
    """Whoever asks for its items wants the names that come with each too."""

    @property
    def keep(self) -> bool:
        return any(step.keep for step in self.steps)


@dataclass(slots=True)
class Filtered(Node):
    """Predicates behind something that is no path, as the step that it is when it stands in one."""

    step: Step


@dataclass(slots=True)
class Grouped(Node):
    subject: Node
    pairs: Pairs


@dataclass(slots=True)
class Kept(Node):
    subject: Node


@dataclass(slots=True)
class Focused(Node):
    """`@$name` behind something that is no path: it names nothing until it becomes a step."""

    subject: Node
    name: str


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes right below a node, in the order of the text."""
    for name in node.__slots__:
        yield from _nodes(getattr(node, name))


def _nodes(part: Any) -> Iterator[Node]:
    if isinstance(part, Node):
        yield part
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _nodes(item)


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(children(node))))
