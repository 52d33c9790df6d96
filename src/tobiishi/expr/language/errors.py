"""Errors of the language, with JSONata's own codes (https://docs.jsonata.org and its test-suite)."""

import json
from typing import Any


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


def shown(value: Any) -> str:
    """Return a value as messages have it: JSON, and null for what JSON has no word for."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return "null"
