"""The regular expressions of JSONata: by RE2, in linear time, wherever RE2 can.

What RE2 cannot do (looking ahead or behind, references back) is left to `re`, which may backtrack for ever: a program
that needs it runs in a worker only.
"""

import re
from typing import Any, Final

import re2

_GROUP: Final = re.compile(r"\\g<(\d+)>")


class Regexes:
    """Compiles the regular expressions of one program: by RE2 if it can, otherwise by `re`, which may backtrack."""

    def __init__(self) -> None:
        self.linear = True

    def compile(self, pattern: str, flags: Any) -> Any:
        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = not flags.case_insensitive
        options.never_nl = False
        prefix = "(?m)" if flags.multiline else ""
        try:
            return _LinearRegex(re2.compile(prefix + pattern, options))
        except re2.error:
            self.linear = False
            case = re.IGNORECASE if flags.case_insensitive else 0
            return re.compile(pattern, case | (re.MULTILINE if flags.multiline else 0))


class _LinearRegex:
    """A compiled expression of RE2, answering the library as one of `re` would."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.search = compiled.search
        self.finditer = compiled.finditer
        self.split = compiled.split

    def sub(self, replacement: Any, text: str, count: int = 0) -> str:
        if not isinstance(replacement, str):
            return str(self._compiled.sub(lambda found: replacement(_Groups(found)), text, count))
        for group in _GROUP.findall(replacement):
            if int(group) > self._compiled.groups:
                # The words by which the library knows to try a shorter number.
                raise ValueError(f"invalid group reference {group} at position 0")
        return str(self._compiled.sub(replacement, text, count))


class _Groups:
    """A match as the library should see it: its list of groups begins with the first, not with the whole match."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self._groups = found.groups()

    def group(self, number: int | None = None) -> Any:
        if number is None or not self._groups:
            return self._found.group()
        return self._groups[number]

    def groups(self) -> Any:
        return self._groups[1:]
