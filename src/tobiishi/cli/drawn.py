"""What `tobiishi graph` draws: a definition, and how the states of an execution stand."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from tobiishi.asl.compile import compile_definition
from tobiishi.asl.model import Definition
from tobiishi.cli.definitions import is_definition_file, load
from tobiishi.cli.errors import UserError
from tobiishi.cli.files import STDIN
from tobiishi.cli.reading import find, open_reader, progress_of
from tobiishi.cli.text import one_line

Statuses = Mapping[str, str]


def drawn(subject: str, data: Path) -> tuple[Definition, Statuses]:
    """Return the definition that a file, or an execution's name or ARN, stands for, with the statuses of its states."""
    path = Path(subject)
    if path == STDIN or (not subject.startswith("arn:") and (path.exists() or is_definition_file(path))):
        return compile_definition(load(path)), {}
    return asyncio.run(_of_execution(subject, data))


async def _of_execution(reference: str, data: Path) -> tuple[Definition, Statuses]:
    async with open_reader(data) as reader:
        row = await find(reader, reference, data)
        revision = await reader.revision(row.revision)
        if revision is None:
            raise UserError(f"the definition of {one_line(row.name)} is not in {data}")
        progress = await progress_of(reader, row.id)
    return compile_definition(revision.definition, accepted=True), progress.statuses
