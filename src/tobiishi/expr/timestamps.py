"""Timestamps as Step Functions reads them: ISO 8601 extended offset date-times such as `2026-03-14T01:59:00.5+09:00`.

Seconds may be left out; a fraction has up to nine digits; the offset is `Z` or `+hh:mm`. Nothing is read leniently: a
time without an offset, or with a space for its `T`, is no timestamp.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_FORM: Final = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>\d\d):(?P<minutes>\d\d))",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)


def parse_timestamp(text: object) -> int | None:
    """Return nanoseconds since the epoch, or None if `text` is not a timestamp."""
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    second, hours, minutes = int(found["second"] or 0), int(found["hours"] or 0), int(found["minutes"] or 0)
    if second > 59 or hours > 18 or minutes > 59:
        return None
    try:
        minute = datetime.strptime(found["minute"].upper() + "+0000", "%Y-%m-%dT%H:%M%z")
    except ValueError:
        return None
    offset = (hours * 60 + minutes) * (-1 if found["sign"] == "-" else 1)
    seconds = ((minute - _EPOCH) // _MINUTE - offset) * 60 + second
    return seconds * 1_000_000_000 + int((found["fraction"] or "0").ljust(9, "0"))
