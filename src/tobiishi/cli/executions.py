"""`tobiishi executions`: list executions, newest first."""

from enum import StrEnum
from typing import Annotated

import typer

from tobiishi.cli import options


class ShownStatus(StrEnum):
    """The statuses that a list can be asked for."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


def executions(
    status: Annotated[ShownStatus | None, typer.Option(case_sensitive=False, help="Only those.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="No more than these, the newest.")] = 100,
    format: Annotated[options.ListFormat, typer.Option(help="How to print them.")] = options.ListFormat.TABLE,  # noqa: A002 - a flag
    data: options.Data = options.DATA,
) -> int:
    """List executions, newest first."""
    from tobiishi.cli.listing import list_executions  # noqa: PLC0415 - keeps `tobiishi --help` quick

    as_json = format is options.ListFormat.JSON
    return list_executions(data, None if status is None else status.value, limit, as_json=as_json)
