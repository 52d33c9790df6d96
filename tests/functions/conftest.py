"""A folder of functions and a pool that runs them, in real worker processes."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tobiishi.functions.catalogue import FunctionDirectory
from tobiishi.functions.pool import FunctionPool, PoolSettings

StartPool = Callable[..., Coroutine[Any, Any, FunctionPool]]
Write = Callable[..., Path]


def lives(pid: int) -> bool:
    """A process that ended but was not yet collected by whoever adopted it (a zombie) does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "functions"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    """Write files, given as `name="text"`, into the folder; `functions` is functions.toml."""

    def write(**sources: str) -> Path:
        for name, source in sources.items():
            (folder / ("functions.toml" if name == "functions" else f"{name}.py")).write_text(source)
        return folder

    return write


@pytest.fixture
async def start_pool(tmp_path: Path, folder: Path) -> AsyncIterator[StartPool]:
    """Start a pool over the folder; it is closed after the test."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> FunctionPool:
            pool = FunctionPool(FunctionDirectory(folder), PoolSettings(**settings), tmp_path / "workers")
            await pool.open()
            stack.push_async_callback(pool.close)
            return pool

        yield start
