"""`tobiishi serve`: the AWS API of Step Functions, with the engine and its function workers, in one process."""

from typing import Annotated

import typer

from tobiishi.cli import options


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen at.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen at; 0: any free one.")] = None,
    data: options.Data = options.DATA,
    functions: options.Functions = None,
    connections: options.Connections = None,
    aws: options.Aws = None,
    drain: options.Drain = options.DRAIN,
) -> int:
    """Serve the AWS API of Step Functions until a signal comes. Exit code 0 after an orderly end; 2: cannot start."""
    from tobiishi.cli.serving import Order, run  # noqa: PLC0415 - keeps `tobiishi --help` quick
    from tobiishi.cli.setup import Flags  # noqa: PLC0415

    order = Order(
        host=host or "127.0.0.1",
        port=8083 if port is None else port,
        data=data,
        flags=Flags(functions, aws, connections),
        drain_seconds=drain,
    )
    return run(order)
