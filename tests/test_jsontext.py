"""JSON text within limits: how deep it may be, and what becomes of its numbers."""

from typing import Any

import pytest

from tobiishi import jsontext
from tobiishi.jsontext import MAX_DEPTH, JsonError


@pytest.mark.parametrize("around", ["{}", "[{}, 12345678901234567890]", "[{}, {}]"])
@pytest.mark.parametrize("kind", [str, str.encode])
def test_nesting_has_one_limit_whatever_the_numbers(around: str, kind: Any) -> None:
    level = around.count("[")
    deepest = "[" * (MAX_DEPTH - level) + "]" * (MAX_DEPTH - level)
    assert jsontext.encode(jsontext.decode(kind(around.replace("{}", deepest))))
    for deeper in (f"[{deepest}]", "[" * 10_000 + "]" * 10_000, "[" * 100_000):
        with pytest.raises(JsonError, match=f"deeper than {MAX_DEPTH} levels"):
            jsontext.decode(kind(around.replace("{}", deeper)))


def test_brackets_in_a_text_nest_nothing() -> None:
    text = "[{" * 1000
    assert jsontext.decode(jsontext.encode([text, 12345678901234567890])) == [text, 12345678901234567890]
    assert jsontext.decode(jsontext.encode([text])) == [text]


def test_many_brackets_are_not_many_levels() -> None:
    text = b"[" + b"[]," * 1_000_000 + b"[]]"
    assert len(jsontext.decode(text)) == 1_000_001
