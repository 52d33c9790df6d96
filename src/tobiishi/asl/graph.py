"""Drawings of a definition: Mermaid for pull requests and READMEs, DOT for Graphviz.

Nodes get ids of their own and names become quoted, escaped labels, so no name a user chooses can break a drawing or
reach the renderer as an instruction. Mermaid's flowchart is used, not its stateDiagram-v2: only the flowchart has
dashed edges, quoted labels everywhere and boxes that edges can point at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tobiishi.asl.model import Definition
from tobiishi.asl.outline import Box, Edge, Node, outline

_MERMAID_SHAPES: Final = {
    "Choice": '{{"{}"}}',
    "Wait": '(["{}"])',
    "Pass": '("{}")',
    "Succeed": '(["{}"])',
    "Fail": '(["{}"])',
}
_DOT_SHAPES: Final = {"Choice": "diamond", "Wait": "ellipse", "Succeed": "oval", "Fail": "oval"}
_MERMAID_ESCAPED: Final = re.compile(
    r"[^\w .,:=/()\[\]$*+'!?…-]"  # what could end the label, begin an entity or a directive
    r"|(?<=\$)\$"  # two dollars begin a formula
    r"|(?<=^\d)\.|(?<=^\d\d)\.|^[-+*]",  # a list, which labels cannot show
)

_COLOURS: Final = {
    "SUCCEEDED": ("#e3f4e3", "#2e7d32"),
    "RUNNING": ("#e1effb", "#1565c0"),
    "FAILED": ("#fde4e4", "#c62828"),
    "TIMED_OUT": ("#fde4e4", "#c62828"),
    "ABORTED": ("#eeeeee", "#616161"),
    "CAUGHT": ("#fff3e0", "#ef6c00"),
}
"""Fill and line of a state by how it ended; a status that is not here is not coloured."""


@dataclass(slots=True)
class _Ids:
    """Ids by state name: unique in a definition, as names are."""

    ids: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        return self.ids.setdefault(name, f"s{len(self.ids)}")


def mermaid(definition: Definition, statuses: Mapping[str, str] | None = None) -> str:
    """Return a Mermaid flowchart. `statuses` maps state names to a run's statuses, such as `FAILED`, for colours."""
    ids = _Ids()
    box = outline(definition)
    lines = ["flowchart TD", "    start((start))", *_mermaid_box(box, ids, 1)]
    lines.append(f"    start --> {ids.of(box.start)}")
    ending = [node for node in box.nodes if node.ends]
    if ending:
        lines.append("    stop((end))")
        lines += [f"    {ids.of(node.name)} --> stop" for node in ending]
    lines += _mermaid_colours(ids, statuses or {})
    return "\n".join(lines) + "\n"


def _mermaid_box(box: Box, ids: _Ids, depth: int) -> Iterator[str]:
    indent = "    " * depth
    for node in box.nodes:
        yield from _mermaid_node(node, ids, depth)
    for edge in box.edges:
        yield f"{indent}{ids.of(edge.source)} {_mermaid_arrow(edge)} {ids.of(edge.target)}"


def _mermaid_node(node: Node, ids: _Ids, depth: int) -> Iterator[str]:
    indent, own = "    " * depth, ids.of(node.name)
    label = "<br/>".join(_mermaid_text(part) for part in (node.name, *node.notes))
    if not node.boxes:
        yield indent + own + _MERMAID_SHAPES.get(node.type, '["{}"]').format(label)
        return
    yield f'{indent}subgraph {own}["{label}"]'
    for index, box in enumerate(node.boxes):
        yield f'{indent}    subgraph {own}b{index}["{_mermaid_text(box.title)}"]'
        yield from _mermaid_box(box, ids, depth + 2)
        yield f"{indent}    end"
    yield f"{indent}end"


def _mermaid_arrow(edge: Edge) -> str:
    line = "-.->" if edge.kind == "catch" else "-->"
    return f'{line}|"{_mermaid_text(edge.label)}"|' if edge.label else line


def _mermaid_text(text: str) -> str:
    """Escape by character code whatever Mermaid could read as more than text."""
    return _MERMAID_ESCAPED.sub(lambda match: f"#{ord(match[0])};", text)


def _mermaid_colours(ids: _Ids, statuses: Mapping[str, str]) -> Iterator[str]:
    for status, (fill, line) in _COLOURS.items():
        states = [ids.of(name) for name in statuses if statuses[name] == status and name in ids.ids]
        if states:
            yield f"    classDef {status.lower()} fill:{fill},stroke:{line},color:#1a1a1a"
            yield f"    class {','.join(states)} {status.lower()}"


# -- DOT ---------------------------------------------------------------------------------------------------------------
def dot(definition: Definition, statuses: Mapping[str, str] | None = None) -> str:
    """Return a Graphviz digraph; `statuses` as for `mermaid`."""
    ids = _Ids()
    box = outline(definition)
    lines = [
        "digraph {",
        '    graph [compound=true fontname="sans-serif"]',
        '    node [shape=box style="rounded,filled" fillcolor=white fontname="sans-serif"]',
        '    edge [fontname="sans-serif" fontsize=10]',
        '    start [shape=circle label="" width=0.2 fillcolor=black]',
        *_dot_box(box, ids, statuses or {}, 1),
        f"    start -> {ids.of(box.start)}",
    ]
    ending = [node for node in box.nodes if node.ends]
    if ending:
        lines.append('    stop [shape=doublecircle label="" width=0.15 fillcolor=black]')
        lines += [f"    {ids.of(node.name)} -> stop" for node in ending]
    return "\n".join([*lines, "}"]) + "\n"


def _dot_box(box: Box, ids: _Ids, statuses: Mapping[str, str], depth: int) -> Iterator[str]:
    indent = "    " * depth
    for node in box.nodes:
        yield from _dot_node(node, ids, statuses, depth)
    for edge in box.edges:
        label = f" [label={_dot_text(edge.label)}]" if edge.label else ""
        dashed = " [style=dashed]" if edge.kind == "catch" else ""
        yield f"{indent}{ids.of(edge.source)} -> {ids.of(edge.target)}{label}{dashed}"


def _dot_node(node: Node, ids: _Ids, statuses: Mapping[str, str], depth: int) -> Iterator[str]:
    indent, own = "    " * depth, ids.of(node.name)
    label = _dot_text("\n".join((node.name, *node.notes)))
    shape = _DOT_SHAPES.get(node.type, "box")
    fill, line = _COLOURS.get(statuses.get(node.name, ""), ("white", "black"))
    state = f'{own} [label={label} shape={shape} fillcolor="{fill}" color="{line}"]'
    if not node.boxes:
        yield indent + state
        return
    yield f"{indent}subgraph cluster_{own} {{"
    yield f"{indent}    {state}"
    for index, box in enumerate(node.boxes):
        yield f"{indent}    subgraph cluster_{own}b{index} {{"
        yield f"{indent}        label={_dot_text(box.title)}"
        yield from _dot_box(box, ids, statuses, depth + 2)
        yield f"{indent}    }}"
        yield f"{indent}    {own} -> {ids.of(box.start)} [style=dotted]"
    yield f"{indent}}}"


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", "\\n").replace("\0", " ")
    return f'"{escaped}"'
