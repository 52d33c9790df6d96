import json
import time
from collections.abc import Sequence

import pytest

from tests.asl.machines import PASS, machine
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.source import MAX_BYTES, read_definition
from tobiishi.problem import Problem


def problems(text: str, hint: str | None = None) -> Sequence[Problem]:
    with pytest.raises(InvalidDefinitionError) as raised:
        read_definition(text, hint)
    return raised.value.problems


def test_json_text_is_kept_as_it_is():
    text = json.dumps(machine({"S": PASS}), indent=3)
    assert read_definition(text) == (machine({"S": PASS}), text)


NOT_OBJECTS = ["", " \n", "[]", "1", '"text"', "null", "true"]


@pytest.mark.parametrize("text", NOT_OBJECTS)
def test_only_an_object_is_a_definition(text):
    [problem] = problems(text)
    assert (problem.code, problem.location) == ("SCHEMA_VALIDATION_FAILED", "")
    assert problem.message == "Definition must be a valid JSON object"


SYNTAX = {
    "word": ("hello world", "Unrecognized token 'hello': was expecting (JSON String", 1, 6),
    "character": ('{"a": 1,\n  ]', "Unexpected character (']' (code 93))", 2, 4),
    "single quotes": ("{'a': 1}", "Unexpected character (''' (code 39))", 1, 3),
    "the end is missing": ('{"a": [1,\n2', "Unexpected end-of-input", 2, 2),
    "two texts": ("{} {}", "Unexpected character ('{' (code 123))", 1, 5),
}


@pytest.mark.parametrize(("text", "message", "line", "column"), SYNTAX.values(), ids=SYNTAX)
def test_a_syntax_mistake_is_named_with_line_and_column(text, message, line, column):
    [problem] = problems(text)
    assert problem.code == "INVALID_JSON_DESCRIPTION"
    assert problem.message.startswith(message)
    assert problem.location.endswith(f"; line: {line}, column: {column}]")
    assert problem.message.endswith(problem.location)


def test_a_long_text_is_quoted_in_part():
    [problem] = problems("x" * 1_000)
    assert "[truncated 500 chars]" in problem.location


UNSAYABLE = {
    "a key twice": ('{"a": 1, "b": {"c": 1, "c": 2}}', "Duplicate field 'c'"),
    "not a number": ('{"a": NaN}', "Unrecognized token 'NaN'"),
    "half a character": ('{"a": "\\ud800"}', "no JSON text"),
    "a number without end": (f'{{"a": {"9" * 5_000}}}', ""),
}


@pytest.mark.parametrize(("text", "message"), UNSAYABLE.values(), ids=UNSAYABLE)
def test_what_json_cannot_say_is_refused(text, message):
    [problem] = problems(text)
    assert problem.code == "INVALID_JSON_DESCRIPTION"
    assert message in problem.message


@pytest.mark.parametrize("text", ["[" * 1_000 + "]" * 1_000, '{"a":' * 300 + "1" + "}" * 300, '{"a":' * 100_000])
def test_deep_nesting_is_refused(text):
    [problem] = problems(text if text.startswith("{") else f'{{"a": {text}}}')
    assert problem.code in {"TOO_DEEPLY_NESTED", "INVALID_JSON_DESCRIPTION"}


def test_depth_is_named():
    assert problems('{"a":' * 255 + "1" + "}" * 255)[0].code == "TOO_DEEPLY_NESTED"


def test_awss_limit_of_size():
    [problem] = problems('{"a": "' + "x" * MAX_BYTES + '"}')
    assert f"larger than {MAX_BYTES} bytes" in problem.message


def test_large_integers_keep_their_digits():
    value, _ = read_definition('{"a": 123456789012345678901234567890}')
    assert value["a"] == 123456789012345678901234567890


def test_a_full_definition_is_read_quickly():
    text = json.dumps(machine({f"State {index}": PASS for index in range(20_000)}))[:MAX_BYTES]
    started = time.perf_counter()
    read_definition(text)
    assert time.perf_counter() - started < 2
