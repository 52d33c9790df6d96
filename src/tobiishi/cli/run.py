"""`tobiishi run`: start an execution and follow it to its end."""

from pathlib import Path
from typing import Annotated

import typer

from tobiishi.cli import options


def run(
    definition: Annotated[Path, typer.Argument(metavar="DEFINITION", help="The definition, a file in JSON or YAML.")],
    given: Annotated[
        str, typer.Option("--input", metavar="JSON|@FILE|-", help="The input: as text, from a file, from stdin.")
    ] = "{}",
    name: Annotated[str | None, typer.Option(help="The execution's name; made up if not given.")] = None,
    data: options.Data = options.DATA,
    express: Annotated[bool, typer.Option("--express", help="Run in memory; nothing of it is stored.")] = False,
    functions: options.Functions = None,
    aws: options.Aws = None,
    connections: options.Connections = None,
    machines: options.Machines = None,
    quiet: options.Quiet = False,
    drain: options.Drain = options.DRAIN,
) -> int:
    """Start an execution and follow it to its end.

    Progress goes to standard error, the output to standard output. Exit code 0: succeeded; 1: failed, timed out or
    aborted; 2: could not be started.
    """
    from tobiishi.cli.execute import Order, execute  # noqa: PLC0415 - keeps `tobiishi --help` quick
    from tobiishi.cli.setup import Flags  # noqa: PLC0415

    order = Order(
        definition=definition,
        given=given,
        name=name,
        data=data,
        express=express,
        flags=Flags(functions, aws, connections, machines),
        quiet=quiet,
        drain_seconds=drain,
    )
    return execute(order)
