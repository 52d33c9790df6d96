"""Flags that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path, typer.Option("--data", metavar="DIR", envvar="TOBIISHI_DATA", help="The folder that keeps executions.")
]
DATA = Path(".tobiishi")

Functions = Annotated[
    Path | None, typer.Option("--functions", metavar="DIR", help="Serve the Python functions of this folder.")
]
Aws = Annotated[
    str | None, typer.Option("--aws", metavar="URL|real", help="Where calls to AWS services go; nowhere if not given.")
]
Connections = Annotated[
    Path | None, typer.Option("--connections", metavar="FILE", help="The connections of HTTP tasks.")
]
Machines = Annotated[
    Path | None, typer.Option("--machines", metavar="DIR", help="Where definitions of nested state machines are.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


def _seconds(value: float) -> float:
    if not 0 <= value <= DRAIN_MAX:
        raise typer.BadParameter(f"a number of seconds from 0 to {DRAIN_MAX} is wanted")
    return value


DRAIN_MAX = 86_400
Drain = Annotated[
    float,
    typer.Option("--drain", metavar="SECONDS", callback=_seconds, help="How long Ctrl-C waits for tasks that run."),
]
DRAIN = 30.0

Reference = Annotated[str, typer.Argument(metavar="NAME|ARN", help="An execution, by its name or ARN.")]


class ListFormat(StrEnum):
    """How lists are printed."""

    TABLE = "table"
    JSON = "json"
