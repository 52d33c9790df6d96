"""How the log is written to standard error: for people, or as one JSON object a line.

A record may carry further `fields`; text lines say what matters of them in the message.
"""

import logging
import sys
import time
from typing import Any

from tobiishi import jsontext


def write_log(log_format: str, level: str) -> None:
    """Send what tobiishi logs to standard error, as `text` or `json`, from a level on: `debug`, `info` and so forth."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    logger = logging.getLogger("tobiishi")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level.upper())


class TextLines(logging.Formatter):
    """Time, level, part and message; a traceback follows in its own lines."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        return line if line.isprintable() else "".join(map(_visible, line))


class JsonLines(logging.Formatter):
    """An object with time, level, logger and message, and the record's own fields."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return jsontext.encode_text({name: _writable(value) for name, value in line.items()})


def _visible(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()


def _writable(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
