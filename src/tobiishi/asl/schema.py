"""Which fields each state type takes in each query language, and how each is read.

The tables are the Amazon States Language's own ("State types", one table each in the specification). A field that is
not in a state's table is reported, and so is one that belongs to the other query language.
"""

from collections.abc import Mapping
from typing import Final

from tobiishi.asl import choice, expressions, fields, map_fields, retry
from tobiishi.asl.jsonata import RESULT, items, jsonata
from tobiishi.asl.model import QueryLanguage
from tobiishi.asl.place import Reader
from tobiishi.asl.resources import resource

Table = Mapping[str, Reader]

_SECONDS: Final = fields.integer(1, fields.SECONDS_MAX)
_WAIT_SECONDS: Final = fields.integer(0, fields.SECONDS_MAX)

_ANY: Final[Table] = {"Type": fields.text, "Comment": fields.text, "QueryLanguage": fields.query_language}
_TRANSITION: Final[Table] = {"Next": fields.text, "End": fields.true}
_ERRORS: Final[Table] = {"Retry": retry.retriers, "Catch": retry.catchers}

_PATHS: Final[Table] = {"InputPath": expressions.filter_path, "OutputPath": expressions.filter_path}
_PARAMETERS: Final[Table] = {"Parameters": expressions.object_template, "ResultPath": expressions.result_path}
_RESULT: Final[Table] = {**_PARAMETERS, "ResultSelector": expressions.object_template}
_ASSIGN: Final[Table] = {"Assign": expressions.assign()}
_OUTPUT: Final[Table] = {"Output": jsonata()}
_ASSIGN_RESULT: Final[Table] = {"Assign": expressions.assign(RESULT)}
_OUTPUT_RESULT: Final[Table] = {"Output": jsonata(offers=RESULT)}

_JSONPATH: Final[Mapping[str, Table]] = {
    "Task": {
        **_TRANSITION, **_ERRORS, **_PATHS, **_RESULT, **_ASSIGN,
        "Resource": resource,
        "TimeoutSeconds": fields.constant(_SECONDS),
        "TimeoutSecondsPath": expressions.reference_path,
        "HeartbeatSeconds": fields.constant(_SECONDS),
        "HeartbeatSecondsPath": expressions.reference_path,
        "Credentials": expressions.credentials,
    },
    "Pass": {**_TRANSITION, **_PATHS, **_PARAMETERS, **_ASSIGN, "Result": fields.static_result},
    "Wait": {
        **_TRANSITION, **_PATHS, **_ASSIGN,
        "Seconds": fields.constant(_WAIT_SECONDS),
        "SecondsPath": expressions.reference_path,
        "Timestamp": fields.constant(fields.timestamp),
        "TimestampPath": expressions.reference_path,
    },
    "Choice": {**_PATHS, **_ASSIGN, "Choices": choice.rules, "Default": fields.text},
    "Succeed": {**_PATHS},
    "Fail": {
        "Error": fields.constant(fields.plain_text),
        "ErrorPath": expressions.string_path,
        "Cause": fields.constant(fields.plain_text),
        "CausePath": expressions.string_path,
    },
    "Parallel": {**_TRANSITION, **_ERRORS, **_PATHS, **_RESULT, **_ASSIGN, "Branches": fields.unread},
    "Map": {
        **_TRANSITION, **_ERRORS, **_PATHS, **_RESULT, **_ASSIGN, **map_fields.FIELDS,
        "ItemsPath": expressions.reference_path,
        "ItemSelector": expressions.object_template,
        "MaxConcurrency": fields.constant(fields.integer(0)),
        "MaxConcurrencyPath": expressions.reference_path,
        "ToleratedFailureCount": fields.constant(fields.integer(0)),
        "ToleratedFailureCountPath": expressions.reference_path,
        "ToleratedFailurePercentage": fields.constant(fields.number(0, 100)),
        "ToleratedFailurePercentagePath": expressions.reference_path,
    },
}  # fmt: skip

_JSONATA: Final[Mapping[str, Table]] = {
    "Task": {
        **_TRANSITION, **_ERRORS, **_ASSIGN_RESULT, **_OUTPUT_RESULT,
        "Resource": resource,
        "Arguments": jsonata(),
        "TimeoutSeconds": jsonata("number", _SECONDS),
        "HeartbeatSeconds": jsonata("number", _SECONDS),
        "Credentials": expressions.credentials,
    },
    "Pass": {**_TRANSITION, **_ASSIGN, **_OUTPUT},
    "Wait": {
        **_TRANSITION, **_ASSIGN, **_OUTPUT,
        "Seconds": jsonata("number", _WAIT_SECONDS),
        "Timestamp": jsonata("string", fields.timestamp),
    },
    "Choice": {**_ASSIGN, **_OUTPUT, "Choices": choice.rules, "Default": fields.text},
    "Succeed": {**_OUTPUT},
    "Fail": {"Error": jsonata("string", fields.text), "Cause": jsonata("string", fields.text)},
    "Parallel": {
        **_TRANSITION, **_ERRORS, **_ASSIGN_RESULT, **_OUTPUT_RESULT,
        "Branches": fields.unread,
        "Arguments": jsonata(),
    },
    "Map": {
        **_TRANSITION, **_ERRORS, **_ASSIGN_RESULT, **_OUTPUT_RESULT, **map_fields.FIELDS,
        "Items": items,
        "ItemSelector": jsonata(),
        "MaxConcurrency": jsonata("number", fields.integer(0)),
        "ToleratedFailureCount": jsonata("number", fields.integer(0)),
        "ToleratedFailurePercentage": jsonata("number", fields.number(0, 100)),
    },
}  # fmt: skip

TABLES: Final[Mapping[QueryLanguage, Mapping[str, Table]]] = {
    "JSONPath": {state_type: {**_ANY, **table} for state_type, table in _JSONPATH.items()},
    "JSONata": {state_type: {**_ANY, **table} for state_type, table in _JSONATA.items()},
}

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "Task": ("Resource",),
    "Choice": ("Choices",),
    "Parallel": ("Branches",),
}

EXCLUSIVE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Task": (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    "Fail": (("Error", "ErrorPath"), ("Cause", "CausePath")),
    "Map": (
        ("ItemSelector", "Parameters"),
        ("MaxConcurrency", "MaxConcurrencyPath"),
        ("ToleratedFailureCount", "ToleratedFailureCountPath"),
        ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ),
}
"""Fields of which a state may have one."""

ONE_NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    **dict.fromkeys(("Task", "Pass", "Parallel"), (("Next", "End"),)),
    "Map": (("Next", "End"), ("ItemProcessor", "Iterator")),
    "Wait": (("Next", "End"), ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")),
}
"""Fields of which a state must have one."""
