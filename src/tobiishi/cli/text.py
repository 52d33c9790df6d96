"""Text for a terminal: nothing that a user's data holds may move the cursor, and nothing floods the screen."""

import re
from datetime import datetime
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL_IN_LINES: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str, longest: int = 240) -> str:
    """Return text as one visible line; what is longer than `longest` characters is cut."""
    shown = _CONTROL.sub(_visible, text[: longest + 1].strip())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def lines(text: str) -> str:
    """Return text with its line breaks, and every other control character made visible."""
    return _CONTROL_IN_LINES.sub(_visible, text.replace("\r\n", "\n"))


def _visible(match: re.Match[str]) -> str:
    if match[0] in "\t\n\r":
        return " "
    return match[0].encode("unicode_escape").decode()


def duration(seconds: float) -> str:
    """Return a length of time as people say it: `0.3s`, `2m 05s`, `1h 02m`, `3d 04h`."""
    if seconds < 59.95:
        return f"{max(seconds, 0):.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3600:02}h"


def clock(epoch_seconds: float) -> str:
    """Return a moment in the user's time zone: the time if it is today, with the date otherwise."""
    moment = datetime.fromtimestamp(epoch_seconds).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 task`, `2 tasks`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
