import re
from typing import Any

import pytest

from tests.asl.machines import LAMBDA, PASS, jsonata, machine, map_state, single, text
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.graph import dot, mermaid
from tobiishi.asl.model import Definition

ORDER = machine(
    {
        "Check": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Charge"}],
            "Default": "Both",
        },
        "Charge": {
            "Type": "Task",
            "Resource": LAMBDA,
            "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["A", "B"], "Next": "Broken"}],
            "Next": "Both",
        },
        "Both": {"Type": "Parallel", "Branches": [machine({"Left": PASS}), machine({"Right": PASS})], "End": True},
        "Broken": {"Type": "Fail"},
    }
)


def compiled(definition: dict[str, Any]) -> Definition:
    return compile_definition(text(definition))


def test_mermaid():
    assert (
        mermaid(compiled(ORDER))
        == """\
flowchart TD
    start((start))
    s0{"Check"}
    s1["Charge<br/>lambda:invoke<br/>up to 1 retry"]
    subgraph s2["Both"]
        subgraph s2b0["Branch 1"]
            s3("Left")
        end
        subgraph s2b1["Branch 2"]
            s4("Right")
        end
    end
    s5(["Broken"])
    s0 -->|"$.total #62; 100"| s1
    s0 -->|"otherwise"| s2
    s1 --> s2
    s1 -.->|"A, B"| s5
    start --> s0
    stop((end))
    s2 --> stop
    s5 --> stop
"""
    )


def test_mermaid_shows_how_a_run_went():
    drawing = mermaid(compiled(ORDER), {"Check": "SUCCEEDED", "Left": "FAILED", "Broken": "FAILED", "Nobody": "FAILED"})
    assert "    class s0 succeeded\n" in drawing
    assert "    class s3,s5 failed\n" in drawing
    assert "running" not in drawing


STRANGE = [
    'a"] --> b',
    "%%{init: {}}%%",
    "<script>alert(1)</script>",
    "a\nb",
    "$$x^2$$",
    "end",
    "1. first",
    "- item",
    "`x`",
]


@pytest.mark.parametrize("name", STRANGE)
def test_no_name_can_break_a_mermaid_drawing(name):
    drawing = mermaid(compiled(machine({name: {"Type": "Task", "Resource": LAMBDA, "End": True}})))
    [line] = [line for line in drawing.splitlines() if line.startswith("    s0[")]
    assert len(drawing.splitlines()) == 6
    label = re.fullmatch(r'    s0\["([^"<>%`{}]*)<br/>lambda:invoke"\]', line)
    assert label, line
    unescaped = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label[1])
    assert unescaped == name
    assert not re.match(r"\d+\. |- ", label[1])


def test_dot():
    drawing = dot(compiled(ORDER), {"Broken": "FAILED"})
    assert drawing.startswith("digraph {\n")
    assert drawing.count("{") == drawing.count("}")
    for line in (
        's0 [label="Check" shape=diamond fillcolor="white" color="black"]',
        's0 -> s1 [label="$.total > 100"]',
        's1 -> s5 [label="A, B"] [style=dashed]',
        "subgraph cluster_s2b1 {",
        's5 [label="Broken" shape=oval fillcolor="#fde4e4" color="#c62828"]',
        "start -> s0",
        "s5 -> stop",
    ):
        assert f"    {line}\n" in drawing


def test_no_name_can_break_a_dot_drawing():
    drawing = dot(compiled(machine({'a" ] \\ \n b': PASS})))
    assert '    s0 [label="a\\" ] \\\\ \\n b" shape' in drawing


def test_maps_and_expressions():
    assert 'subgraph s0b0["For each item"]' in mermaid(compiled(map_state()))
    wait = jsonata({"Type": "Wait", "Seconds": "{% $states.input.delay %}"})
    assert 's0(["S<br/>for $states.input.delay s"])' in mermaid(compiled(wait))
    assert "until $.at" in mermaid(compiled(single({"Type": "Wait", "TimestampPath": "$.at"})))
