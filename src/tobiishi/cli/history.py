"""`tobiishi history`: an execution's history events."""

from typing import Annotated

import typer

from tobiishi.cli import options


def history(
    execution: options.Reference,
    format: Annotated[options.ListFormat, typer.Option(help="How to print them.")] = options.ListFormat.TABLE,  # noqa: A002 - a flag
    data: options.Data = options.DATA,
) -> int:
    """Show an execution's history events, oldest first."""
    from tobiishi.cli.listing import list_events  # noqa: PLC0415 - keeps `tobiishi --help` quick

    return list_events(data, execution, as_json=format is options.ListFormat.JSON)
