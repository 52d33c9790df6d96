"""Timestamps as a Wait state reads them."""

import re
from datetime import datetime
from typing import Any, Final

_ISO_OFFSET: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def parse_timestamp(value: Any) -> int | None:
    """Return milliseconds since the epoch of an ISO-8601 extended offset date-time; None for anything else."""
    if not isinstance(value, str) or _ISO_OFFSET.fullmatch(value) is None:
        return None
    try:
        return round(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
