"""Reading small languages by hand: a text, a position, and one kind of error."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

MAX_NESTING: Final = 20
"""Levels that a construct may nest: what people write has three or four, and parsers recurse."""

_SHOWN: Final = 200
_SPACE: Final = re.compile(r"\s*")


class PathSyntaxError(ValueError):
    """A path or an intrinsic call is not written as the language allows. The message is one line."""


class Scanner:
    """A text and how far it has been read."""

    __slots__ = ("depth", "position", "text")

    def __init__(self, text: str, position: int = 0) -> None:
        self.text = text
        self.position = position
        self.depth = 0

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def peek(self) -> str:
        """Return the next character, or an empty string at the end."""
        return self.text[self.position : self.position + 1]

    def accept(self, token: str) -> bool:
        """Read `token` if it comes next."""
        if self.text.startswith(token, self.position):
            self.position += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.accept(token):
            self.fail(f"expected {token!r}")

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Read what `pattern` matches here; None if it does not."""
        found = pattern.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return found.group()

    def skip_space(self) -> None:
        self.match(_SPACE)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Read one level deeper. Raises `PathSyntaxError` beyond `MAX_NESTING`."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"nested deeper than {MAX_NESTING} levels")
        yield
        self.depth -= 1

    def fail(self, what: str) -> NoReturn:
        found = repr(self.peek()) if not self.at_end else "the end"
        text = self.text if len(self.text) <= _SHOWN else self.text[:_SHOWN] + "..."
        raise PathSyntaxError(f"{what} at position {self.position} of {text!r}, found {found}")
