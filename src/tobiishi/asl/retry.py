"""Retry and Catch: what a state does about errors."""

from typing import Any, Final

from tobiishi.asl import expressions, fields
from tobiishi.asl.jsonata import ERROR, jsonata
from tobiishi.asl.model import Catcher, Retrier
from tobiishi.asl.place import Place, Reader
from tobiishi.expr.bindings import Value

_COUNT_MAX: Final = 99_999_999
_MAX_DELAY_SECONDS_MAX: Final = 31_622_400
_ALL: Final = "States.ALL"

KNOWN_ERRORS: Final = frozenset(
    f"States.{name}"
    for name in (
        "ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold", "HeartbeatTimeout",
        "Http.Socket", "IntrinsicFailure", "ItemReaderFailed", "NoChoiceMatched", "ParameterPathFailure", "Permissions",
        "QueryEvaluationError", "ResultPathMatchFailure", "ResultWriterFailed", "Runtime", "TaskFailed", "Timeout",
    )
)  # fmt: skip
"""Error names of AWS's own; `States.Http.StatusCode.NNN` comes beside them."""


def error_names(value: Value, place: Place) -> tuple[str, ...] | None:
    """Read ErrorEquals: names, or States.ALL alone."""
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        place.report("Expected a non-empty array of error names")
        return None
    if _ALL in value and len(value) > 1:
        place.refuse(f"{_ALL} must appear alone")
    for name in value:
        if name.startswith("States.") and name not in KNOWN_ERRORS and not name.startswith("States.Http.StatusCode."):
            place.report(f"The error name '{name}' is reserved and never raised", severity="WARNING")
    return tuple(value)


_RETRIER: Final[dict[str, Reader]] = {
    "ErrorEquals": error_names,
    "IntervalSeconds": fields.integer(1, _COUNT_MAX),
    "MaxAttempts": fields.integer(0, _COUNT_MAX),
    "BackoffRate": fields.number(1.0),
    "MaxDelaySeconds": fields.integer(1, _MAX_DELAY_SECONDS_MAX),
    "JitterStrategy": fields.one_of("FULL", "NONE"),
    "Comment": fields.text,
}

_CATCHER: Final[dict[str, Reader]] = {
    "ErrorEquals": error_names,
    "Next": fields.text,
    "Assign": expressions.assign(ERROR),
    "Comment": fields.text,
}
_CATCHERS: Final[dict[str, dict[str, Reader]]] = {
    "JSONPath": {**_CATCHER, "ResultPath": expressions.result_path},
    "JSONata": {**_CATCHER, "Output": jsonata(offers=ERROR)},
}


def retriers(value: Value, place: Place) -> tuple[Retrier, ...]:
    return tuple(_retrier(entry, where) for entry, where in _entries(value, place))


def _retrier(value: Value, place: Place) -> Retrier:
    read = fields.members(value, place, _RETRIER, required=("ErrorEquals",))
    interval, most = read.get("IntervalSeconds", 1), read.get("MaxDelaySeconds")
    if interval is not None and most is not None and most <= interval and "IntervalSeconds" in read:
        place.at("MaxDelaySeconds").refuse("The value must be greater than IntervalSeconds")
    return Retrier(
        error_equals=read.get("ErrorEquals", ()),
        interval_seconds=interval,
        max_attempts=read.get("MaxAttempts", 3),
        backoff_rate=read.get("BackoffRate", 2.0),
        max_delay_seconds=most,
        full_jitter=read.get("JitterStrategy") == "FULL",
    )


def catchers(value: Value, place: Place) -> tuple[Catcher, ...]:
    return tuple(_catcher(entry, where) for entry, where in _entries(value, place))


def _catcher(value: Value, place: Place) -> Catcher:
    read = fields.members(value, place, _CATCHERS[place.language], required=("ErrorEquals", "Next"))
    return Catcher(
        error_equals=read.get("ErrorEquals", ()),
        next=read.get("Next", ""),
        result_path=read.get("ResultPath"),
        output=read.get("Output"),
        assign=read.get("Assign"),
    )


def _entries(value: Value, place: Place) -> list[tuple[Any, Place]]:
    """Return the entries with their places; States.ALL may only stand in the last one."""
    if not isinstance(value, list):
        place.report("Expected value of type [ARRAY]")
        return []
    for index, entry in enumerate(value[:-1]):
        if isinstance(entry, dict) and isinstance(entry.get("ErrorEquals"), list) and _ALL in entry["ErrorEquals"]:
            place.item(index).at("ErrorEquals").refuse(f"{_ALL} must be in the last entry")
    return [(entry, place.item(index)) for index, entry in enumerate(value)]
