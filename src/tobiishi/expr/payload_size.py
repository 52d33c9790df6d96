"""Whether a value's JSON text is too long, without writing it: values share parts, and the text of a few kilobytes of
template that repeats its input can be gigabytes.
"""

from typing import Final

from tobiishi.expr.bindings import EvaluationError, Value

MAX_TEMPLATE_SIZE: Final = 4 * 1_048_576
"""Characters that a template's value may have. A state may pass on a sixteenth of it, which is checked when it does."""

MANY: Final = 16
"""A template with no more dynamic parts than this needs no check: each part is a payload of at most 256 KiB."""


_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


def exceeds(value: Value, limit: int) -> bool:
    """Return whether the JSON text of `value` has more than about `limit` characters; stops looking when it does."""
    if not isinstance(value, dict | list):
        return 2 + (len(value) if isinstance(value, str) else 0) > limit
    waiting = [value]
    while waiting:
        node = waiting.pop()
        limit -= 2 + 2 * len(node)
        if isinstance(node, dict):
            limit -= sum(map(len, node))
        parts = node.values() if isinstance(node, dict) else node
        kinds = set(map(type, parts))
        if str in kinds:
            limit -= sum(len(part) for part in parts if type(part) is str)
        if limit < 0:
            return True
        if not kinds <= _SCALARS:
            waiting += [part for part in parts if isinstance(part, dict | list)]
    return False


def check_size(value: Value, field: str) -> None:
    """Raise `EvaluationError` (`States.DataLimitExceeded`) if the value of a template is far beyond what may go on."""
    if exceeds(value, MAX_TEMPLATE_SIZE):
        message = f"The value of the field '{field}' exceeds the maximum number of characters service limit."
        raise EvaluationError("States.DataLimitExceeded", message)
