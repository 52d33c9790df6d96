"""An expression on the screen, with a caret under the place that a message is about."""

from typing import Final

from rich.cells import cell_len

from tobiishi.cli.text import lines, one_line

_BEFORE: Final = 60
_AFTER: Final = 40
"""Characters that are shown on either side of the place."""


def pointed(text: str, position: int | None, indent: str = "  ") -> str:
    """Return the line of an expression that has the place, and a caret under it. Without a place: how it begins.

    `position` is an offset in characters. A long line is cut on both sides; one of several says its number.
    """
    if position is None:
        return indent + one_line(text, _BEFORE + _AFTER)
    position = max(0, min(position, len(text.rstrip())))
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line, offset = text[start : end if end >= 0 else len(text)], position - start
    before = lines(line[max(0, offset - _BEFORE) : offset]).lstrip()
    after = lines(line[offset : offset + _AFTER]).rstrip()
    before = f"…{before}" if offset > _BEFORE else before
    after = f"{after}…" if len(line) - offset > _AFTER else after
    title = f"line {text.count(chr(10), 0, start) + 1}: " if "\n" in text.strip() else ""
    return f"{indent}{title}{before}{after}\n{indent}{' ' * cell_len(title + before)}^"
