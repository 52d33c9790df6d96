"""Text to tokens, one at a time: whether a slash begins a regular expression only the parser knows."""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.values import number

Kind = Literal["operator", "name", "string", "number", "value", "variable", "regex", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is the operator, the name, or the literal's value; `[start, end)` are offsets in the text."""

    kind: Kind
    value: Any
    start: int
    end: int

    @property
    def symbol(self) -> str:
        """What the grammar sees: the operator itself, or the kind in brackets."""
        return str(self.value) if self.kind == "operator" else f"({self.kind})"


_BLANK: Final = re.compile(r"[ \t\n\r\v]+")
_OPERATOR: Final = re.compile(r"\.\.|:=|!=|>=|<=|\*\*|~>|\?:|\?\?|[.\[\]{}(),@#;:?+\-*/%|=<>^&!~]")
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_NAME: Final = re.compile(r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]+")
_PLAIN: Final = {quote: re.compile(rf"[^{quote}\\]*") for quote in "\"'"}
_REGEX: Final = re.compile(r"/((?:[^\\/\[]|\\.|\[(?:[^\]\\]|\\.)*\])+)/([im]*)", re.DOTALL)
"""A slash within a class of characters ends nothing."""
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_ESCAPES: Final = {"/": "/", "\\": "\\", '"': '"', "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final[dict[str, tuple[Kind, Any]]] = {
    "and": ("operator", "and"),
    "or": ("operator", "or"),
    "in": ("operator", "in"),
    "true": ("value", True),
    "false": ("value", False),
    "null": ("value", None),
}


MOST_TOKENS: Final = 20_000
"""Each takes some 2 kB once it is compiled."""


class Lexer:
    """The tokens of a text. `position` is where the next one is looked for; the parser may move it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self._count = 0

    def next(self, *, operand: bool) -> Token:
        """Return the next token. `operand` says that a slash begins a regular expression. Raises `JsonataError`."""
        text, start = self.text, self._skip()
        self._count += 1
        if self._count > MOST_TOKENS:
            raise JsonataError("S0500", f"The expression has more than {MOST_TOKENS} tokens", start)
        if start == len(text):
            return self._token("end", "(end)", start, start)
        first = text[start]
        if first == "/" and operand:
            return self._regex(start)
        found = _OPERATOR.match(text, start)
        if found:
            return self._token("operator", found[0], start, found.end())
        if first in "\"'":
            return self._string(first, start)
        if first == "`":
            return self._quoted_name(start)
        return self._number(start) if first.isdecimal() and first.isascii() else self._name(start)

    def _token(self, kind: Kind, value: Any, start: int, end: int) -> Token:
        self.position = end
        return Token(kind, value, start, end)

    def _skip(self) -> int:
        """Return where the next token begins: behind blanks and comments."""
        position, text = self.position, self.text
        while True:
            found = _BLANK.match(text, position)
            if found:
                position = found.end()
            if not text.startswith("/*", position):
                return position
            end = text.find("*/", position + 2)
            if end < 0:
                raise JsonataError("S0106", "Comment has no closing tag", position)
            position = end + 2

    def _name(self, start: int) -> Token:
        found = _NAME.match(self.text, start)
        assert found is not None
        name = found[0]
        if name[0] == "$":
            return self._token("variable", name[1:], start, found.end())
        kind, value = _WORDS.get(name, ("name", name))
        return self._token(kind, value, start, found.end())

    def _quoted_name(self, start: int) -> Token:
        end = self.text.find("`", start + 1)
        if end < 0:
            raise JsonataError("S0105", "Quoted property name must be terminated with a backquote (`)", start)
        return self._token("name", self.text[start + 1 : end], start, end + 1)

    def _number(self, start: int) -> Token:
        found = _NUMBER.match(self.text, start)
        assert found is not None
        value = float(found[0])
        if value == float("inf"):
            raise JsonataError("S0102", f"Number out of range: {found[0]}", start)
        return self._token("number", number(value), start, found.end())

    def _string(self, quote: str, start: int) -> Token:
        parts: list[str] = []
        position = start + 1
        while True:
            found = _PLAIN[quote].match(self.text, position)
            assert found is not None
            parts.append(found[0])
            position = found.end()
            if position == len(self.text):
                raise JsonataError("S0101", "String literal must be terminated by a matching quote", start)
            if self.text[position] == quote:
                return self._token("string", joined_surrogates("".join(parts)), start, position + 1)
            part, position = self._escape(position + 1)
            parts.append(part)

    def _escape(self, position: int) -> tuple[str, int]:
        """Return what the escape behind a backslash stands for, and where it ends."""
        letter = self.text[position : position + 1]
        if letter in _ESCAPES:
            return _ESCAPES[letter], position + 1
        if letter != "u":
            raise JsonataError("S0103", f"Unsupported escape sequence: \\{letter}", position)
        digits = _HEX.match(self.text, position + 1)
        if digits is None:
            raise JsonataError("S0104", "The escape sequence \\u must be followed by 4 hex digits", position)
        return chr(int(digits[0], 16)), position + 5

    def _regex(self, start: int) -> Token:
        if self.text.startswith("//", start):
            raise JsonataError("S0301", "Empty regular expressions are not allowed", start)
        found = _REGEX.match(self.text, start)
        if found is None:
            raise JsonataError("S0302", "No terminating / in regular expression", start)
        return self._token("regex", (found[1], found[2]), start, found.end())


def joined_surrogates(text: str) -> str:
    """Return a text in which pairs of escaped surrogates are the characters that they stand for."""
    if text.isascii() or not any("\ud800" <= letter <= "\udbff" for letter in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
