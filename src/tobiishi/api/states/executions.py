"""StartExecution, StartSyncExecution, StopExecution, DescribeExecution, DescribeStateMachineForExecution."""

from collections.abc import Mapping
from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.api.states.billing import billing
from tobiishi.api.states.machines import configuration
from tobiishi.engine.arns import MachineArn, resource_of
from tobiishi.engine.errors import ExecutionNotFoundError
from tobiishi.engine.queries import describe
from tobiishi.engine.redrive import redrive_status
from tobiishi.store.contract import ExecutionRow
from tobiishi.wire.contract import Call, Handler

INCLUDED = {"included": True}
LEFT_OUT = {"included": False}
MAX_TRACE_HEADER = 256


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations on one execution."""
    operations = ExecutionOperations(backend)
    return {
        "StartExecution": operations.start,
        "StartSyncExecution": operations.start_sync,
        "StopExecution": operations.stop,
        "DescribeExecution": operations.describe,
        "DescribeStateMachineForExecution": operations.describe_machine,
    }


class ExecutionOperations:
    """The handlers, over one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine
        self._express = backend.express

    async def start(self, call: Call) -> dict[str, Any]:
        params = call.params
        target = await self._engine.machines.target(params["stateMachineArn"], self._engine.clock.now_ms())
        start = self._express.start if target.machine.type == "EXPRESS" else self._engine.start_execution
        started = await start(target, params.get("input", "{}"), params.get("name"), trace_header=_trace_header(call))
        return {"executionArn": started.arn, "startDate": started.started_ms / 1000}

    async def start_sync(self, call: Call) -> dict[str, Any]:
        params = call.params
        target = await self._engine.target(params["stateMachineArn"], "EXPRESS")
        given, trace_header = params.get("input", "{}"), _trace_header(call)
        ended = await self._express.start_sync(target, given, params.get("name"), trace_header=trace_header)
        return {
            "executionArn": ended.arn,
            "stateMachineArn": target.machine.arn,
            "name": ended.name,
            "startDate": ended.started_ms / 1000,
            "stopDate": ended.stopped_ms / 1000,
            "status": ended.outcome.status,
            "traceHeader": trace_header,
            "billingDetails": billing(ended, target.revision.definition, given),
            "outputDetails": LEFT_OUT if _metadata_only(call) else INCLUDED,
            **_data(call, given, ended.outcome.output, ended.outcome.error, ended.outcome.cause),
        }

    async def stop(self, call: Call) -> dict[str, Any]:
        arn = call.params["executionArn"]
        resource_of(arn, "execution")
        row = await self._engine.stop_execution(arn, call.params.get("error"), call.params.get("cause"))
        return {"stopDate": None if row.stopped_ms is None else row.stopped_ms / 1000}

    async def describe(self, call: Call) -> dict[str, Any]:
        row = await execution_row(self._backend, call)
        found = await describe(self._engine.store, row)
        outcome = found.outcome
        return {
            **in_list(row),
            "traceHeader": found.trace_header,
            **await self._redrivable(row, found.events),
            **_data(call, found.input, outcome.output, outcome.error, outcome.cause),
        }

    async def describe_machine(self, call: Call) -> dict[str, Any]:
        row = await execution_row(self._backend, call)
        revision = await self._engine.store.revision(row.revision)
        assert revision is not None, "revisions are kept for the executions that name them"
        definition = await self._engine.machines.compiled(row.revision)
        named = MachineArn.read(row.machine_arn)
        shown = configuration(revision, definition.variable_references)
        if _metadata_only(call):
            shown["definition"] = "{}"
        return {
            **shown,
            "stateMachineArn": row.machine_arn,
            "name": named.name,
            "label": named.label,
            "mapRunArn": row.map_run,
            "updateDate": revision.created_ms / 1000,
        }

    async def _redrivable(self, row: ExecutionRow, events: int) -> dict[str, Any]:
        """Return whether an execution can be redriven, and if not, why."""
        machine = await self._engine.store.machine(row.machine_arn)
        status, reason = redrive_status(
            row,
            events,
            self._engine.clock.now_ms(),
            self._backend.quotas,
            deleting=machine is None or machine.status == "DELETING",
        )
        return {"redriveStatus": status, "redriveStatusReason": reason}


def in_list(row: ExecutionRow) -> dict[str, Any]:
    """Return an execution as lists show it; descriptions say the same, and more."""
    return {
        "executionArn": row.arn,
        "stateMachineArn": row.machine_arn,
        "stateMachineVersionArn": row.version_arn,
        "stateMachineAliasArn": row.alias_arn,
        "mapRunArn": row.map_run,
        "name": row.name,
        "status": row.status,
        "startDate": row.started_ms / 1000,
        "stopDate": None if row.stopped_ms is None else row.stopped_ms / 1000,
        "redriveCount": row.redrives,
        "redriveDate": None if row.redriven_ms is None else row.redriven_ms / 1000,
    }


async def execution_row(backend: Backend, call: Call) -> ExecutionRow:
    """Return the Standard execution that a call names. Raises `InvalidArnError` and `ExecutionNotFoundError`."""
    arn = call.params["executionArn"]
    resource_of(arn, "execution")
    row = await backend.engine.store.execution(arn)
    if row is None:
        raise ExecutionNotFoundError(f"Execution Does Not Exist: '{arn}'")
    return row


def _trace_header(call: Call) -> str | None:
    """Return the trace that a start belongs to: the header's, if it could be the member too, goes before the member's.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html (traceHeader)
    """
    header = call.trace_header
    usable = header and header.isascii() and len(header) <= MAX_TRACE_HEADER
    return header if usable else call.params.get("traceHeader")


def _metadata_only(call: Call) -> bool:
    return call.params.get("includedData") == "METADATA_ONLY"


def _data(call: Call, given: str, output: str | None, error: str | None, cause: str | None) -> Mapping[str, Any]:
    """Return what of an execution is its user's own data, or that it was left out."""
    if _metadata_only(call):
        return {"inputDetails": LEFT_OUT} if output is None else {"inputDetails": LEFT_OUT, "outputDetails": LEFT_OUT}
    shown = {"input": given, "inputDetails": INCLUDED, "error": error, "cause": cause}
    return shown if output is None else {**shown, "output": output, "outputDetails": INCLUDED}
