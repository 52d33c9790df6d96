"""A task that cannot be started, in AWS's words."""

from collections.abc import Sequence
from typing import Any

from tobiishi.jsontext import encode_text


def unusable(arguments: Any, problems: Sequence[str]) -> str | None:
    """Return why no task starts with these arguments; None without `problems`, whole sentences without a full stop."""
    if not problems:
        return None
    field = "Parameters" if isinstance(arguments, dict) else "Input"
    return f"The {field} '{encode_text(arguments)}' could not be used to start the Task: [{', '.join(problems)}]"
