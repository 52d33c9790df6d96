"""Looking into a data directory beside whatever engine is at work there: nothing is locked, nothing is made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from tobiishi.cli.errors import UserError
from tobiishi.cli.live import Progress
from tobiishi.cli.text import one_line
from tobiishi.engine.queries import Readable, find_executions
from tobiishi.store.contract import ExecutionRow
from tobiishi.store.sqlite import SqliteReader


@asynccontextmanager
async def open_reader(data: Path) -> AsyncIterator[SqliteReader]:
    """Open the store of a data directory for reading. Raises `StoreError` if there is none."""
    reader = SqliteReader(data / "tobiishi.sqlite3")
    await reader.open()
    try:
        yield reader
    finally:
        await reader.close()


async def find(store: Readable, reference: str, data: Path) -> ExecutionRow:
    """Return the execution that a name or an ARN stands for.

    Raises `UserError` when there is none, or when a name stands for several.
    """
    rows = await find_executions(store, reference)
    if not rows:
        raise UserError(f"there is no execution {one_line(reference)} in {data}; `tobiishi executions` lists them")
    if len(rows) > 1:
        arns = "".join(f"\n  {row.arn}" for row in rows)
        raise UserError(f"{len(rows)} executions have the name {one_line(reference)}; say which by its ARN:{arns}")
    return rows[0]


async def progress_of(store: Readable, execution: int) -> Progress:
    """Return how an execution stands, from all that is recorded of it."""
    progress = Progress()
    sequence = 0
    while segments := await store.segments(execution, after=sequence, limit=100):
        for segment in segments:
            progress.hear(orjson.loads(segment.body))
        sequence = segments[-1].sequence
    return progress
