"""A history event as AWS writes it to CloudWatch Logs: one JSON object.

Its form is recorded, not documented: names in snake_case outside, the event's own details inside, numbers of the frame
as text. Source: recorded log streams, and "CloudWatch Logs payloads" in the developer guide for what is cut.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tobiishi.engine.queries import Event
from tobiishi.jsontext import JsonError, encode

DATA_FIELDS: Final = frozenset(
    {
        "input",
        "inputDetails",
        "output",
        "outputDetails",
        "parameters",
        "assignedVariables",
        "assignedVariablesDetails",
    }
)
"""Details that are, or describe, the user's data."""

MAX_DATA_BYTES: Final = 248 * 1024
"""Bytes that a field of data may have once it is escaped; AWS cuts what is longer."""

_CUTTABLE: Final = ("input", "output", "parameters")


def details_of(event: Event) -> dict[str, Any]:
    """Return an event's details, whatever their key is called; empty for an event without any."""
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})


def log_record(event: Event, execution_arn: str, redrives: int, *, include_data: bool) -> bytes:
    """Return the record of an event, as UTF-8; it fits into one event of CloudWatch Logs (256 KiB)."""
    details = details_of(event)
    details = _cut(details) if include_data else without_data(details)
    return _encoded(
        {
            "id": str(event["id"]),
            "type": event["type"],
            "details": details,
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(timestamp_ms(event)),
            "execution_arn": execution_arn,
            "redrive_count": str(redrives),
        }
    )


def timestamp_ms(event: Event) -> int:
    """Return an event's time in milliseconds since the epoch."""
    seconds: float = event["timestamp"]
    return round(seconds * 1000)


def without_data(details: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out whatever includeExecutionData lets in."""
    return {name: value for name, value in details.items() if name not in DATA_FIELDS}


def _cut(details: Mapping[str, Any]) -> dict[str, Any]:
    """Cut data until it fits; variables, which are many texts, go as a whole."""
    cut = dict(details)
    for name in _CUTTABLE:
        if name in cut and len(cut[name]) * 6 > MAX_DATA_BYTES and len(_encoded(cut[name])) > MAX_DATA_BYTES:
            cut[name] = _prefix(cut[name])
            if f"{name}Details" in cut:
                cut[f"{name}Details"] = {"truncated": True}
    if "assignedVariables" in cut and len(_encoded(cut)) > MAX_DATA_BYTES:
        cut |= {"assignedVariables": {}, "assignedVariablesDetails": {"truncated": True}}
    return cut


def _prefix(text: str) -> str:
    """Return the longest beginning of a text that is short enough once it is escaped."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_encoded(text[:middle])) <= MAX_DATA_BYTES:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _encoded(value: Any) -> bytes:
    """Return a value's JSON; where a text is not Unicode, as an Express execution's may be, in ASCII with escapes."""
    try:
        return encode(value)
    except JsonError:
        return json.dumps(value, separators=(",", ":")).encode()
