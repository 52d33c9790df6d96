"""History as lines of the process's own log, on the logger `tobiishi.executions`.

Every line names the execution, and the state, resource and error where the event has any. None shows the user's data,
causes among them, unless the machine's includeExecutionData asks for it.
"""

import logging
from typing import Any

from tobiishi.engine.queries import Event
from tobiishi.logs.configuration import LogSettings, is_error, is_fatal
from tobiishi.logs.places import Place
from tobiishi.logs.records import DATA_FIELDS, details_of

log = logging.getLogger("tobiishi.executions")


def write_line(event: Event, execution_arn: str, place: Place, settings: LogSettings) -> None:
    """Write an event: failed executions as errors, other failures as warnings, the rest as information."""
    level = _level(event["type"])
    if not log.isEnabledFor(level):
        return
    details = details_of(event)
    fields = {
        "execution": execution_arn,
        "event": event["id"],
        "state": details.get("name") or place.state,
        "resource": place.resource,
        "error": details.get("error"),
    }
    fields = {name: value for name, value in fields.items() if value is not None}
    text = " ".join([event["type"], *(f"{name}={value}" for name, value in fields.items())])
    log.log(level, "%s", text, extra={"fields": {"type": event["type"], **fields, **_data(details, settings)}})


def _level(event_type: str) -> int:
    if is_fatal(event_type):
        return logging.ERROR
    return logging.WARNING if is_error(event_type) else logging.INFO


def _data(details: dict[str, Any], settings: LogSettings) -> dict[str, Any]:
    if not settings.include_data:
        return {}
    return {name: value for name, value in details.items() if name in DATA_FIELDS or name == "cause"}
