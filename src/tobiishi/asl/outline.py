"""A definition as a drawing sees it: nodes, edges and boxes, without a drawing language.

`asl.graph` renders it. Everything here is words: what a state does, when an edge is taken.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from tobiishi.asl.model import Definition

EdgeKind = Literal["next", "choice", "default", "catch"]

_SYMBOLS: Final = {
    "LessThanEquals": "<=",
    "GreaterThanEquals": ">=",
    "LessThan": "<",
    "GreaterThan": ">",
    "Equals": "=",
    "Matches": "matches",
}
_WORDS_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one state to another, by their names; `label` says when it is taken."""

    source: str
    target: str
    kind: EdgeKind = "next"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A state. `notes` say what it does and how it retries; `boxes` are the workflows inside it."""

    name: str
    type: str
    ends: bool
    notes: tuple[str, ...] = ()
    boxes: tuple["Box", ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A workflow: the whole one, a branch, or what a Map runs for each item."""

    title: str
    start: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def outline(definition: Definition) -> Box:
    """Return what there is to draw of a definition."""
    return _box("", json.loads(definition.text))


def _box(title: str, workflow: dict[str, Any]) -> Box:
    states = workflow["States"]
    return Box(
        title=title,
        start=workflow["StartAt"],
        nodes=tuple(_node(name, state) for name, state in states.items()),
        edges=tuple(edge for name, state in states.items() for edge in _edges(name, state)),
    )


def _node(name: str, state: dict[str, Any]) -> Node:
    ends = state["Type"] in {"Succeed", "Fail"} or state.get("End") is True
    return Node(name, state["Type"], ends, tuple(_notes(state)), tuple(_boxes(state)))


def _boxes(state: dict[str, Any]) -> Iterator[Box]:
    for index, branch in enumerate(state.get("Branches", ())):
        yield _box(f"Branch {index + 1}", branch)
    processor = state.get("ItemProcessor", state.get("Iterator"))
    if processor is not None:
        yield _box("For each item", processor)


def _notes(state: dict[str, Any]) -> Iterator[str]:
    if "Resource" in state:
        yield state["Resource"].partition(":::")[2] or ":".join(state["Resource"].split(":")[5:])
    for field in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath"):
        if field in state:
            yield f"for {_plain(state[field])} s" if field.startswith("Seconds") else f"until {_plain(state[field])}"
    attempts = sum(retrier.get("MaxAttempts", 3) for retrier in state.get("Retry", ()))
    if attempts:
        yield f"up to {attempts} {'retry' if attempts == 1 else 'retries'}"


def _edges(name: str, state: dict[str, Any]) -> Iterator[Edge]:
    if "Next" in state:
        yield Edge(name, state["Next"])
    for rule in state.get("Choices", ()):
        yield Edge(name, rule["Next"], "choice", _shortened(condition(rule)))
    if "Default" in state:
        yield Edge(name, state["Default"], "default", "otherwise")
    for catcher in state.get("Catch", ()):
        yield Edge(name, catcher["Next"], "catch", _shortened(", ".join(catcher["ErrorEquals"])))


# -- conditions --------------------------------------------------------------------------------------------------------
def condition(rule: dict[str, Any]) -> str:
    """Return a choice rule in words: `$.total > 100 and $.paid is present`."""
    if "Condition" in rule:
        return _plain(rule["Condition"])
    if "Not" in rule:
        return f"not ({condition(rule['Not'])})"
    for operator in ("And", "Or"):
        if operator in rule:
            return f" {operator.lower()} ".join(_grouped(part) for part in rule[operator])
    operator = next(name for name in rule if name not in {"Variable", "Next", "Comment", "Assign"})
    return f"{rule['Variable']} {_comparison(operator, rule[operator])}"


def _grouped(rule: dict[str, Any]) -> str:
    words = condition(rule)
    return f"({words})" if "And" in rule or "Or" in rule else words


def _comparison(operator: str, operand: Any) -> str:
    if operator.startswith("Is"):
        return f"is {'' if operand else 'not '}{operator[2:].lower()}"
    name = operator.removesuffix("Path")
    symbol = next(symbol for suffix, symbol in _SYMBOLS.items() if name.endswith(suffix))
    return f"{symbol} {operand if operator.endswith('Path') else json.dumps(operand, ensure_ascii=False)}"


def _plain(value: Any) -> str:
    """Return a value in words: the inside of a JSONata expression, anything else as it is."""
    text = str(value)
    return text[2:-2].strip() if text.startswith("{%") and text.endswith("%}") else text


def _shortened(words: str) -> str:
    return words if len(words) <= _WORDS_MAX else f"{words[: _WORDS_MAX - 1]}…"
