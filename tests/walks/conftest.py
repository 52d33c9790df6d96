"""A server process for each walk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The URL of a server with an empty data directory."""
    with Server(tmp_path / "data") as server:
        yield server.url
