"""DescribeMapRun, ListMapRuns, UpdateMapRun."""

from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.api.states.executions import execution_row
from tobiishi.api.states.paging import Page
from tobiishi.engine.arns import resource_of
from tobiishi.engine.errors import RefusedError, ResourceNotFoundError
from tobiishi.wire.contract import Call, Handler

SETTINGS = ("maxConcurrency", "toleratedFailurePercentage", "toleratedFailureCount")


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations on Map Runs."""
    operations = MapRunOperations(backend)
    return {
        "DescribeMapRun": operations.describe,
        "ListMapRuns": operations.list_map_runs,
        "UpdateMapRun": operations.update,
    }


class MapRunOperations:
    """The handlers, over one backend. No execution here has Map Runs: Map states run inline only."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def describe(self, call: Call) -> dict[str, Any]:
        raise _not_found(call)

    async def list_map_runs(self, call: Call) -> dict[str, Any]:
        row = await execution_row(self._backend, call)
        Page.of(self._backend, call, row.arn)
        return {"mapRuns": []}

    async def update(self, call: Call) -> dict[str, Any]:
        error = _not_found(call)
        if not any(name in call.params for name in SETTINGS):
            raise RefusedError(f"Must provide at least one of {', '.join(SETTINGS)}", "MISSING_REQUIRED_PARAMETER")
        raise error


def _not_found(call: Call) -> ResourceNotFoundError:
    """Return the error for a Map Run's ARN. Raises `InvalidArnError` for any other."""
    arn = call.params["mapRunArn"]
    resource_of(arn, "mapRun")
    return ResourceNotFoundError(f"Resource not found: '{arn}'", arn)
