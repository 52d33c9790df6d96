r"""JavaScript's regular expressions in RE2's syntax.

Most of the two is the same. What differs is rewritten: `\s` and `.` know Unicode's spaces and line ends, `\uXXXX` and
`\cX` become code points, a backslash before any other letter means the letter, brackets and hyphens in a class are
literal where JavaScript takes them so, `[]` and `[^]` are nothing and anything. `\p{...}` and flags in the pattern,
such as `(?i)`, are taken as RE2 has them. What RE2 cannot do in linear time, looking ahead or behind and references
back, is left to `re`.
"""

import re
from typing import Final, NoReturn

import re2

_SPACES: Final = (
    (0x9, 0xD), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
    (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
_LAST: Final = 0x10FFFF
_REPLACEMENT: Final = 0xFFFD
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT)

_CONTROLS: Final = {"t": 0x9, "n": 0xA, "v": 0xB, "f": 0xC, "r": 0xD, "0": 0x0}
_SETS: Final = frozenset("dDwW")
_FLAGS: Final = re.compile(r"\(\?[ims]*(?:-[ims]+)?[:)]")
_DOT_TAKES_ALL: Final = re.compile(r"\(\?[im]*s")
_GROUP_NAME: Final = re.compile(r"\(\?P?<([A-Za-z_]\w*)>", re.ASCII)
_HEX: Final = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}")
_LOW_SURROGATE: Final = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_PROPERTY: Final = re.compile(r"[pP]\{\^?\w+\}", re.ASCII)
_DIFFERS: Final = re.compile(
    r"\(\?<(?P<name>[A-Za-z_]\w*)>|\\k<(?P<reference>\w+)>|\\.|\[\^?(?:\\.|[^\]\\])*\]|(?P<end>\$)", re.DOTALL
)
"""What JavaScript and `re` write differently; escapes and classes are passed over whole."""
_BEYOND_RE2: Final = {
    "(?=": "looking ahead",
    "(?!": "looking ahead",
    "(?<=": "looking behind",
    "(?<!": "looking behind",
    "(?>": "an atomic group",
}


class RegexSyntaxError(ValueError):
    """A regular expression is not valid. The message says why."""


class BeyondRe2Error(RegexSyntaxError):
    """A regular expression asks for what cannot be had in linear time."""


def _refuse(what: str) -> NoReturn:
    raise BeyondRe2Error(f"RE2 has no regular expressions with {what}")


def _point(code: int) -> str:
    return f"\\x{{{code:x}}}"


def _ranges(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{_point(low)}-{_point(high)}" for low, high in ranges)


def _others(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    starts = [0, *(high + 1 for _, high in ranges)]
    ends = [*(low - 1 for low, _ in ranges), _LAST]
    return tuple(zip(starts, ends, strict=True))


_SPACE: Final = _ranges(_SPACES)
_NO_SPACE: Final = _ranges(_others(_SPACES))
_ANYTHING: Final = f"[{_point(0)}-{_point(_LAST)}]"
_NOTHING: Final = f"[^{_point(0)}-{_point(_LAST)}]"
_DOT: Final = r"[^\n\r\x{2028}\x{2029}]"


def to_re2(pattern: str) -> str:
    """Return a pattern of JavaScript's as one of RE2's. Raises `RegexSyntaxError`."""
    return _Translation(pattern).run()


class _Translation:
    """One pattern on its way: `position` is where the next of it is read."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.dot = "." if _DOT_TAKES_ALL.search(pattern) else _DOT

    def run(self) -> str:
        parts: list[str] = []
        while self.position < len(self.pattern):
            character = self.pattern[self.position]
            self.position += 1
            if character == "\\":
                item = self._escape(in_class=False)
                parts.append(_point(item) if isinstance(item, int) else self._outside(item))
            elif character == "[":
                parts.append(self._class())
            elif character == "(":
                parts.append(self._group())
            elif "\ud800" <= character <= "\udfff":
                parts.append(_point(_REPLACEMENT))
            else:
                parts.append(self.dot if character == "." else character)
        return "".join(parts)

    @staticmethod
    def _outside(item: str) -> str:
        return f"[{item}]" if item in {_SPACE, _NO_SPACE} else item

    def _group(self) -> str:
        start = self.position - 1
        if not self.pattern.startswith("?", self.position):
            return "("
        for opening, what in _BEYOND_RE2.items():
            if self.pattern.startswith(opening, start):
                _refuse(what)
        named = _GROUP_NAME.match(self.pattern, start)
        if named:
            self.position = named.end()
            return f"(?P<{named[1]}>"
        flags = _FLAGS.match(self.pattern, start)
        if flags is None:
            raise RegexSyntaxError(f"Invalid group in a regular expression: {self.pattern[start : start + 3]}")
        self.position = flags.end()
        return flags.group()

    def _escape(self, *, in_class: bool) -> int | str:
        """Read what follows a backslash: a code point, or a set or an assertion as RE2 writes it."""
        if self.position >= len(self.pattern):
            raise RegexSyntaxError("A regular expression ends with a backslash")
        letter = self.pattern[self.position]
        self.position += 1
        if letter in _SETS or (letter in "bB" and not in_class):
            return f"\\{letter}"
        if letter in "sS":
            return _SPACE if letter == "s" else _NO_SPACE
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "b":
            return 0x8
        if letter in "123456789" or (letter == "k" and self.pattern.startswith("<", self.position)):
            _refuse("references back")
        return self._code_point(letter)

    def _code_point(self, letter: str) -> int | str:
        start = self.position - 1
        found = _HEX.match(self.pattern, start)
        if found:
            self.position = found.end()
            return self._paired(int(found[1] or found[2] or found[3], 16))
        named = _PROPERTY.match(self.pattern, start)
        if named:
            self.position = named.end()
            return f"\\{named.group()}"
        following = self.pattern[self.position : self.position + 1]
        if letter == "c" and following.isascii() and following.isalpha():
            self.position += 1
            return ord(following) % 32
        return _code(letter)

    def _paired(self, code: int) -> int:
        """Return a code point, joined with the low surrogate that follows a high one."""
        if 0xD800 <= code < 0xDC00:
            low = _LOW_SURROGATE.match(self.pattern, self.position)
            if low:
                self.position = low.end()
                return 0x10000 + (code - 0xD800 << 10) + int(low[1], 16) - 0xDC00
        return code if code <= _LAST and not 0xD800 <= code < 0xE000 else _REPLACEMENT

    def _class(self) -> str:
        negated = self.pattern.startswith("^", self.position)
        self.position += negated
        items: list[int | str] = []
        hyphens: set[int] = set()
        while True:
            if self.position >= len(self.pattern):
                raise RegexSyntaxError("A character class of a regular expression is not closed")
            character = self.pattern[self.position]
            self.position += 1
            if character == "]":
                break
            if character == "\\":
                items.append(self._escape(in_class=True))
                continue
            if character == "-":
                hyphens.add(len(items))
            items.append(_code(character))
        if not items:
            return _ANYTHING if negated else _NOTHING
        return f"[{'^' if negated else ''}{_class_items(items, hyphens)}]"


def _code(character: str) -> int:
    return _REPLACEMENT if "\ud800" <= character <= "\udfff" else ord(character)


def _class_items(items: list[int | str], hyphens: set[int]) -> str:
    """Write what a class holds. A hyphen between two characters makes a range, elsewhere it is itself."""
    parts: list[str] = []
    index = 0
    while index < len(items):
        low = items[index]
        high = items[index + 2] if index + 1 in hyphens and index + 2 < len(items) else None
        if isinstance(low, int) and isinstance(high, int):
            if low > high:
                raise RegexSyntaxError("A range of a regular expression is out of order")
            parts.append(f"{_point(low)}-{_point(high)}")
            index += 3
        else:
            parts.append(_point(low) if isinstance(low, int) else low)
            index += 1
    return "".join(parts)


def compile_re2(pattern: str, *, ignores_case: bool = False, is_multiline: bool = False) -> "re2._Regexp":
    """Return a pattern of JavaScript's compiled by RE2. Raises `RegexSyntaxError`."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignores_case
    try:
        return re2.compile(("(?m)" if is_multiline else "") + to_re2(pattern), options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise RegexSyntaxError(f"Not a regular expression: {text}") from None


_LONGEST_BACKTRACKING: Final = 1000
"""Characters of a pattern that `re` compiles: some take milliseconds each."""


def compile_backtracking(pattern: str, *, ignores_case: bool = False, is_multiline: bool = False) -> re.Pattern[str]:
    """Return a pattern of JavaScript's compiled by `re`, which may take for ever. Raises `RegexSyntaxError`."""
    if len(pattern) > _LONGEST_BACKTRACKING:
        raise RegexSyntaxError("A regular expression that looks around or back is too long")
    flags = (re.IGNORECASE if ignores_case else 0) | (re.MULTILINE if is_multiline else 0)
    try:
        return re.compile(_for_re(pattern, is_multiline=is_multiline), flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise RegexSyntaxError(f"Not a regular expression: {error}") from None


def _for_re(pattern: str, *, is_multiline: bool) -> str:
    """Return a pattern as `re` has it: names of groups, and an end that is the very end."""

    def replaced(found: re.Match[str]) -> str:
        if found["name"]:
            return f"(?P<{found['name']}>"
        if found["reference"]:
            return f"(?P={found['reference']})"
        return r"\Z" if found["end"] and not is_multiline else found[0]

    return _DIFFERS.sub(replaced, pattern)


def encodable(text: str) -> str:
    """Return a text for RE2, which knows no surrogates: positions in it are the same."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.translate(_SURROGATES)
    return text
