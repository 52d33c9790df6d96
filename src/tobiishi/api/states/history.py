"""GetExecutionHistory and ListExecutions."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.api.states.backend import Backend
from tobiishi.api.states.executions import execution_row, in_list
from tobiishi.api.states.paging import Page
from tobiishi.engine.arns import resource_of
from tobiishi.engine.errors import RefusedError, ResourceNotFoundError, WrongTypeError
from tobiishi.engine.history import History
from tobiishi.engine.machines import not_found, unlabelled
from tobiishi.engine.queries import Event
from tobiishi.store.contract import Filter, Status
from tobiishi.wire.contract import Call, Handler

EXECUTION_DATA: Final = frozenset(
    {"input", "inputDetails", "output", "outputDetails", "assignedVariables", "assignedVariablesDetails"}
)
"""What an event's details lose when the caller wants no execution data."""

MISSING: Final = "MISSING_REQUIRED_PARAMETER"


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations that list what has happened."""
    operations = HistoryOperations(backend)
    return {"GetExecutionHistory": operations.history, "ListExecutions": operations.executions}


class HistoryOperations:
    """The handlers, over one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine

    async def history(self, call: Call) -> dict[str, Any]:
        row = await execution_row(self._backend, call)
        newest_first = call.params.get("reverseOrder", False)
        wanted = Page.of(self._backend, call, jsontext.encode_text([row.arn, newest_first]))
        history = History(self._engine.store, row.id, newest_first)
        found = await history.page(wanted.size, None if wanted.after is None else tuple(wanted.after))
        with_data = call.params.get("includeExecutionData", True)
        events = found.events if with_data else [without_data(event) for event in found.events]
        token = None
        if found.next is not None:
            token = self._backend.pages.mint(call.operation, wanted.scope, found.next)
        return {"events": events, "nextToken": token}

    async def executions(self, call: Call) -> dict[str, Any]:
        where = await self._filter(call.params)
        page = Page.of(self._backend, call, jsontext.encode_text(astuple(where)))
        found = await self._engine.store.executions(where, page.size + 1, page.after)
        cut = page.cut(found, lambda row: row.id)
        return {"executions": [in_list(row) for row in cut.items], "nextToken": cut.next_token}

    async def _filter(self, params: Mapping[str, Any]) -> Filter:
        """Return what the list is narrowed to. Raises what `Machines.target` raises, and `RefusedError`."""
        if ("stateMachineArn" in params) == ("mapRunArn" in params):
            reason = None if "mapRunArn" in params else MISSING
            raise RefusedError("Must provide either a stateMachineArn or a mapRunArn, and not both", reason)
        if "mapRunArn" in params:
            arn = params["mapRunArn"]
            resource_of(arn, "mapRun")
            raise ResourceNotFoundError(f"Resource not found: '{arn}'", arn)
        status = params.get("statusFilter")
        if status == "PENDING_REDRIVE" or "redriveFilter" in params:
            raise RefusedError("statusFilter PENDING_REDRIVE and redriveFilter need a mapRunArn", MISSING)
        return await self._of_machine(params["stateMachineArn"], status)

    async def _of_machine(self, arn: str, status: Status | None) -> Filter:
        """Return the filter for the executions of a machine, of one version, or those that came through an alias."""
        machines = self._engine.machines
        named = unlabelled(arn)
        machine = await machines.find(named.machine, self._engine.clock.now_ms())
        if machine.type == "EXPRESS":
            raise WrongTypeError("This operation is not supported by this type of state machine")
        if named.qualifier is None:
            return Filter(machine_arn=machine.arn, status=status)
        if await machines.aliases.find(arn) is not None:
            return Filter(alias_arn=arn, status=status)
        if await machines.versions.find(arn) is not None:
            return Filter(version_arn=arn, status=status)
        raise not_found(arn)


def without_data(event: Event) -> Event:
    """Return an event without its input and output."""
    return {
        key: {name: value for name, value in part.items() if name not in EXECUTION_DATA}
        if isinstance(part, dict)
        else part
        for key, part in event.items()
    }
