import time
from typing import Any

import pytest

from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.source import read_definition
from tobiishi.problem import Problem

HAND_WRITTEN = """
Comment: "by hand"   # with comments
StartAt: Pack
States:
  Pack:
    Type: Wait
    Timestamp: 2030-01-01T00:00:00Z
    Next: no
  no: &end
    Type: Pass
    Result: {on: 12:30, 404: 017, pi: 3.5, n: 7, nothing: ~, yes: true, date: 2030-01-01}
    End: true
  again:
    <<: *end
    Comment: merged
"""


def read(text: str) -> tuple[Any, str]:
    return read_definition(text, "machine.asl.yaml")


def problem(text: str) -> Problem:
    with pytest.raises(InvalidDefinitionError) as raised:
        read(text)
    return raised.value.problems[0]


def test_yaml_says_what_json_says():
    value, json_text = read(HAND_WRITTEN)
    assert value["States"]["Pack"] == {"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "Next": "no"}
    assert value["States"]["no"]["Result"] == {
        "on": "12:30", "404": "017", "pi": 3.5, "n": 7, "nothing": None, "yes": True, "date": "2030-01-01",
    }  # fmt: skip
    assert value["States"]["again"] == {**value["States"]["no"], "Comment": "merged"}
    assert read_definition(json_text) == (value, json_text)


def test_json_is_yaml_too():
    assert read('{"StartAt": "S"}')[0] == {"StartAt": "S"}


MISTAKES = {
    "syntax": ("States:\n  A: [1\n", "line 3, column 1", ""),
    "tag": ("a: !Sub x", "line 1, column 4", "!Sub"),
    "python": ("a: !!python/object/apply:os.system [ls]", "line 1, column 4", "python"),
    "a key twice": ("a: 1\nb: 2\na: 3", "line 3, column 1", "Duplicate field 'a'"),
    "a key that is a list": ("[1]: 2", "line 1, column 1", "A key must be a string"),
    "two documents": ("a: 1\n---\nb: 2", "line 2, column 1", ""),
    "unknown anchor": ("a: *b", "line 1, column 4", ""),
    "itself": ("a: &a [*a]", "line 1, column 4", "contains itself"),
}


@pytest.mark.parametrize(("text", "location", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_line_and_column(text, location, message):
    found = problem(text)
    assert (found.code, found.location) == ("INVALID_JSON_DESCRIPTION", location)
    assert message in found.message


@pytest.mark.parametrize("text", ["", "# only a comment", "- a", "text"])
def test_only_an_object_is_a_definition(text):
    assert problem(text).message == "Definition must be a valid JSON object"


BOMBS = {
    "lists": "a0: &a0 [x,x]\n" + "\n".join(f"a{i}: &a{i} [*a{i - 1},*a{i - 1}]" for i in range(1, 40)),
    "merges": "a0: &a0 {x: 1}\n" + "\n".join(f"a{i}: &a{i} {{<<: [*a{i - 1},*a{i - 1}]}}" for i in range(1, 40)),
    "long text": f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 1_000)}]",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_aliases_are_counted_before_they_are_expanded(text):
    started = time.perf_counter()
    assert "too large" in problem(text).message
    assert time.perf_counter() - started < 2


def test_deep_nesting_is_refused():
    assert problem("a: " + "[" * 1_000 + "]" * 1_000).code == "TOO_DEEPLY_NESTED"
    assert problem("a: " + "[" * 100_000).code == "TOO_DEEPLY_NESTED"
    assert problem("- " * 2_000 + "a").code == "TOO_DEEPLY_NESTED"
