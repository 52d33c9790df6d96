"""The work of `tobiishi resume`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tobiishi.cli.follow import follow
from tobiishi.cli.reading import find, open_reader, progress_of
from tobiishi.cli.report import report
from tobiishi.cli.session import open_directory, open_session
from tobiishi.cli.setup import Flags, Kept, Setup, known_setup
from tobiishi.cli.stage import set_stage
from tobiishi.engine.queries import outcome
from tobiishi.engine.settings import Settings
from tobiishi.store.contract import ExecutionRow, Filter, Store


@dataclass(frozen=True, slots=True)
class Order:
    """What `tobiishi resume` was asked for."""

    reference: str
    data: Path
    flags: Flags
    quiet: bool
    drain_seconds: float


def carry_on(order: Order) -> int:
    """Go on with an execution; return the exit code."""
    return asyncio.run(_carry_on(order))


async def _carry_on(order: Order) -> int:
    async with open_reader(order.data) as reader:
        row = await find(reader, order.reference, order.data)
        if not await reader.executions(Filter(root=row.root, status="RUNNING"), limit=1):
            progress = await progress_of(reader, row.id)
            return report(await outcome(reader, row), row.name, progress.failure)
    return await _go_on(order, row)


async def _go_on(order: Order, row: ExecutionRow) -> int:
    async with set_stage(row.arn, quiet=order.quiet) as stage, open_directory(order.data, "tobiishi resume") as home:
        setup = await _keep_setup(order, row, home.store)
        async with open_session(home, setup, Settings(place=setup.place)) as session:
            stage.view.remember(await progress_of(home.store, row.id))
            session.engine.watchers.append(lambda source, entries: stage.view.hear(source.arn, entries))
            await session.start(adopt=[row.root])
            return await follow(session, stage, row.arn, order.data, order.drain_seconds)


async def _keep_setup(order: Order, row: ExecutionRow, store: Store) -> Setup:
    """Return what the whole tree of executions runs with from now on: as it was kept, unless flags say otherwise."""
    kept = Kept(order.data)
    root = await store.execution_by_id(row.root)
    root_arn = row.arn if root is None else root.arn
    setup = known_setup(row.machine_arn, kept.find(root_arn), order.flags)
    kept.keep(root_arn, setup)
    return setup
