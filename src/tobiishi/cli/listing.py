"""The work of `tobiishi executions` and `tobiishi history`: tables for people, AWS's shapes as JSON for programs."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import typer

from tobiishi.cli.reading import find, open_reader
from tobiishi.cli.text import clock, duration, one_line
from tobiishi.engine.arns import machine_name
from tobiishi.engine.queries import Event, events
from tobiishi.store.contract import ExecutionRow, Filter, Status

_PAGE: Final = 1000
_WIDEST: Final = 48
"""Characters of a name in a table; a longer one pushes its row to the right."""


# -- executions --------------------------------------------------------------------------------------------------------
def list_executions(data: Path, status: str | None, limit: int, *, as_json: bool) -> int:
    """Print executions, newest first; return the exit code."""
    rows = asyncio.run(_rows(data, cast("Status | None", status), limit + 1))
    shown, more = rows[:limit], len(rows) > limit
    if as_json:
        typer.echo(json.dumps({"executions": [_described(row) for row in shown]}, indent=2))
    else:
        _print_table(["NAME", "STATE MACHINE", "STATUS", "STARTED", "TOOK"], [_cells(row) for row in shown])
    if more:
        typer.echo(f"tobiishi: there are older ones; see more with --limit {limit * 10}", err=True)
    return 0


async def _rows(data: Path, status: Status | None, limit: int) -> list[ExecutionRow]:
    rows: list[ExecutionRow] = []
    async with open_reader(data) as reader:
        while len(rows) < limit:
            before = rows[-1].id if rows else None
            page = await reader.executions(Filter(status=status), limit=min(_PAGE, limit - len(rows)), before=before)
            if not page:
                break
            rows += page
    return rows


def _described(row: ExecutionRow) -> dict[str, Any]:
    """Return an execution as ListExecutions shows it."""
    described = {
        "executionArn": row.arn,
        "stateMachineArn": row.machine_arn,
        "name": row.name,
        "status": row.status,
        "startDate": _iso(row.started_ms / 1000),
    }
    return described if row.stopped_ms is None else described | {"stopDate": _iso(row.stopped_ms / 1000)}


def _cells(row: ExecutionRow) -> list[str]:
    stopped_ms = row.stopped_ms if row.stopped_ms is not None else datetime.now(UTC).timestamp() * 1000
    took = duration((stopped_ms - row.started_ms) / 1000)
    return [row.name, machine_name(row.machine_arn), row.status, clock(row.started_ms / 1000), took]


def _print_table(titles: list[str], rows: Sequence[list[str]]) -> None:
    widths = [min(max(map(len, column)), _WIDEST) for column in zip(titles, *rows, strict=True)]
    for row in [titles, *rows]:
        typer.echo("  ".join(one_line(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


# -- events ------------------------------------------------------------------------------------------------------------
def list_events(data: Path, reference: str, *, as_json: bool) -> int:
    """Print an execution's history; return the exit code."""
    asyncio.run(_print_events(data, reference, as_json=as_json))
    return 0


async def _print_events(data: Path, reference: str, *, as_json: bool) -> None:
    async with open_reader(data) as reader:
        row = await find(reader, reference, data)
        history = events(reader, row.id)
        if as_json:
            await _print_as_json(history)
        else:
            await _print_as_table(history, row.started_ms / 1000)


async def _print_as_json(history: AsyncIterator[Event]) -> None:
    """Print GetExecutionHistory's answer as the AWS CLI does, without holding it all."""
    separator = '{"events": ['
    async for event in history:
        text = json.dumps(event | {"timestamp": _iso(event["timestamp"])})
        typer.echo(f"{separator}\n{text}", nl=False)
        separator = ","
    typer.echo("\n]}" if separator == "," else f"{separator}]}}")


async def _print_as_table(history: AsyncIterator[Event], started: float) -> None:
    typer.echo(f"{'ID':>6}  {'AFTER':>8}  {'EVENT':<25}  ABOUT")
    async for event in history:
        after = duration(event["timestamp"] - started)
        line = f"{event['id']:>6}  {after:>8}  {event['type']:<25}  {about(event)}"
        typer.echo(line.rstrip())


def about(event: Event) -> str:
    """Return what tells an event from others of its type: the state, the resource, the error."""
    details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    return one_line("  ".join(_facts(details)), 160)


def _facts(details: dict[str, Any]) -> Iterator[str]:
    if "resourceType" in details:
        yield f"{details['resourceType']}:{details['resource']}"
    elif "resource" in details:
        yield details["resource"]
    if "name" in details:
        yield details["name"] + (f" [{details['index']}]" if "index" in details else "")
    elif "state" in details:
        yield details["state"]
    if "length" in details:
        yield f"{details['length']} items"
    yield from (details[key] for key in ("error", "cause", "input", "parameters", "output") if details.get(key))


def _iso(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds")
