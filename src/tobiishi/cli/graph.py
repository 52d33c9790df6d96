"""`tobiishi graph`: draw a definition, or an execution on its definition."""

from enum import StrEnum
from typing import Annotated

import typer

from tobiishi.cli import options


class Drawing(StrEnum):
    """The languages that drawings are written in."""

    MERMAID = "mermaid"
    DOT = "dot"


def graph(
    subject: Annotated[
        str, typer.Argument(metavar="FILE|NAME|ARN", help="A definition, or an execution by its name or ARN.")
    ],
    format: Annotated[  # noqa: A002 - a flag
        Drawing, typer.Option(help="Mermaid is drawn by GitHub and others, DOT by Graphviz.")
    ] = Drawing.MERMAID,
    data: options.Data = options.DATA,
) -> int:
    """Draw a definition; of an execution, coloured by how its states stand."""
    from tobiishi.asl import graph as drawings  # noqa: PLC0415 - keeps `tobiishi --help` quick
    from tobiishi.cli.drawn import drawn  # noqa: PLC0415

    definition, statuses = drawn(subject, data)
    draw = drawings.dot if format is Drawing.DOT else drawings.mermaid
    typer.echo(draw(definition, statuses), nl=False)
    return 0
