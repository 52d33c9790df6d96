"""Errors of the language, with JSONata's own codes (https://docs.jsonata.org and its test-suite)."""

import json
from typing import Any, Final

_LONGEST_SHOWN: Final = 1000
"""Characters of a value in a message."""


class JsonataError(Exception):
    """An expression that cannot be parsed (S0...), is wrong in its types (T0...), or fails (D1..., D3...).

    `code` is JSONata's, `position` the offset in the text in characters (None where there is none), `message` one
    sentence in JSONata's words.
    """

    def __init__(self, code: str, message: str, position: int | None = None, **details: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.position = position
        self.details = details


class BudgetSpentError(Exception):
    """The evaluation has spent what it may: `resource` is `steps`, `depth`, `memory` or `time`."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.resource = resource


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


def shown(value: Any) -> str:
    """Return a value as messages have it: JSON, and null for what JSON has no word for.

    What is too long is cut off and not written at all: a value may hold the same part any number of times.
    """
    text = ""
    try:
        for part in _ENCODER.iterencode(value):
            text += part if len(part) <= _LONGEST_SHOWN else part[: _LONGEST_SHOWN + 1]
            if len(text) > _LONGEST_SHOWN:
                return f"{text[:_LONGEST_SHOWN]}..."
    except (TypeError, ValueError, RecursionError):
        return "null"
    return text
