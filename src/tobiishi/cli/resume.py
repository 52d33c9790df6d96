"""`tobiishi resume`: go on with an execution whose process is gone."""

from tobiishi.cli import options


def resume(
    execution: options.Reference,
    data: options.Data = options.DATA,
    functions: options.Functions = None,
    aws: options.Aws = None,
    connections: options.Connections = None,
    machines: options.Machines = None,
    quiet: options.Quiet = False,
    drain: options.Drain = options.DRAIN,
) -> int:
    """Go on with an execution whose process is gone, and follow it to its end.

    It runs with what `run` was given; flags say otherwise. One that has ended is only shown. Exit codes as for `run`.
    """
    from tobiishi.cli.carry_on import Order, carry_on  # noqa: PLC0415 - keeps `tobiishi --help` quick
    from tobiishi.cli.setup import Flags  # noqa: PLC0415

    order = Order(
        reference=execution,
        data=data,
        flags=Flags(functions, aws, connections, machines),
        quiet=quiet,
        drain_seconds=drain,
    )
    return carry_on(order)
