"""Engines for tests: over any store, with a clock that stands still and tasks that answer from a script."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.language.script import Script
from tobiishi import jsontext
from tobiishi.engine.dispatch import Catalogue
from tobiishi.engine.engine import Engine
from tobiishi.engine.queries import events
from tobiishi.engine.settings import Settings
from tobiishi.store.contract import Store
from tobiishi.store.memory import MemoryStore
from tobiishi.store.sqlite import SqliteStore
from tobiishi.testing import VirtualClock

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
TASK = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}}}


class Bench:
    """A store, a clock and a script, with as many engines over them as a test wants, one after the other."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = VirtualClock()
        self.script = Script({})

    @asynccontextmanager
    async def engine(
        self, store: Store | None = None, catalogue: Catalogue | None = None, **settings: Any
    ) -> AsyncIterator[Engine]:
        tasks = catalogue or self.script
        engine = Engine(store or self.store, tasks, clock=self.clock, settings=Settings(**settings))
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()

    @asynccontextmanager
    async def engine_of(self, root: int) -> AsyncIterator[Engine]:
        """An engine for the executions of one root only."""
        engine = Engine(self.store, self.script, clock=self.clock)
        await engine.start(adopt=[root])
        try:
            yield engine
        finally:
            await engine.close()

    async def machine(self, engine: Engine, definition: dict[str, Any], kind: Any = "STANDARD") -> str:
        text = jsontext.encode_text(definition)
        return (await engine.machines.put("machine", text, self.clock.now_ms(), kind)).arn

    async def types(self, arn: str) -> list[str]:
        """Return the types of an execution's events."""
        row = await self.store.execution(arn)
        assert row is not None
        return [event["type"] async for event in events(self.store, row.id)]


@pytest.fixture(params=["memory", "sqlite"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "tobiishi.sqlite3")
    await store.open()
    yield Bench(store)
    await store.close()
