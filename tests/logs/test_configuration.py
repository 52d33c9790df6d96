"""Which events each level logs."""

import pytest

from tests.logs.conftest import settings_for
from tobiishi.logs.configuration import log_settings

ALL_ONLY = ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskSucceeded", "ExecutionSucceeded"]
ERRORS = [
    "ActivityTimedOut",
    "EvaluationFailed",
    "FailStateEntered",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduleFailed",
    "MapIterationAborted",
    "MapStateFailed",
    "ParallelStateAborted",
    "TaskStateAborted",
    "TaskSubmitFailed",
    "TaskTimedOut",
]
FATAL = ["ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"]


@pytest.mark.parametrize(
    ("level", "logged"), [("ALL", [*ALL_ONLY, *ERRORS, *FATAL]), ("ERROR", [*ERRORS, *FATAL]), ("FATAL", FATAL)]
)
def test_levels(level, logged):
    settings = log_settings(settings_for("g", level))
    assert settings is not None
    assert [name for name in [*ALL_ONLY, *ERRORS, *FATAL] if settings.wants(name)] == logged


def test_a_group_has_a_region_and_a_name():
    settings = log_settings(settings_for("/aws/vendedlogs/states/a.b", include_data=False))
    assert settings is not None
    assert (settings.group.region, settings.group.name) == ("eu-central-1", "/aws/vendedlogs/states/a.b")
    assert not settings.include_data


@pytest.mark.parametrize(
    "settings",
    ["{}", settings_for("g", "OFF"), '{"loggingConfiguration":{"destinations":[]}}', '{"tracingConfiguration":{}}'],
)
def test_nothing_is_logged(settings):
    assert log_settings(settings) is None
