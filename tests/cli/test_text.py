"""Text that is safe and pleasant to look at."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.cli.report import pretty, print_json_text
from tobiishi.cli.text import count, duration, lines, one_line


@given(st.text())
def test_one_line_is_one_visible_line(text):
    shown = one_line(text, 40)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode()


@given(st.text())
def test_lines_keep_their_breaks_and_nothing_else(text):
    assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in lines(text))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0.0s"),
        (0.04, "0.0s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (125, "2m 05s"),
        (3599.6, "1h 00m"),
        (3720, "1h 02m"),
        (90_000, "1d 01h"),
        (31_622_400, "366d 00h"),
    ],
)
def test_durations(seconds, shown):
    assert duration(seconds) == shown


def test_counts():
    assert [count(1, "task"), count(2, "task"), count(0, "retry", "retries")] == ["1 task", "2 tasks", "0 retries"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_output_is_compact_for_programs_and_indented_for_people():
    for out, text in ((io.StringIO(), '{"a":[1,"é"]}\n'), (Terminal(), '{\n  "a": [\n    1,\n    "é"\n  ]\n}\n')):
        print_json_text('{ "a" : [1, "é"] }', out)
        assert out.getvalue() == text


def test_output_cannot_command_a_terminal():
    out = Terminal()
    value = ["\x1b[2J", "\x9b2J", "\u202eevil", "\x7f"]
    print_json_text(json.dumps(value), out)
    assert out.getvalue().isascii()
    assert json.loads(out.getvalue()) == value


def test_only_what_has_structure_is_indented():
    assert [pretty("plain"), pretty('"text"'), pretty("1.0"), pretty("{}")] == ["plain", '"text"', "1.0", "{}"]
