"""Runs cases on the engine, over a store that may die."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.language import outside
from tests.language.case import Case
from tests.language.script import Script
from tests.store.faulty import Crash, FaultyStore
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.walk import resources
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import StoppedError
from tobiishi.engine.queries import Outcome, events, outcome
from tobiishi.engine.settings import Settings
from tobiishi.store.contract import ExecutionRow, Filter, Store
from tobiishi.store.memory import MemoryStore
from tobiishi.store.sqlite import SqliteStore
from tobiishi.testing import VirtualClock

MakeStore = Callable[[Path], Store]

STORES: dict[str, MakeStore] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "tobiishi.sqlite3"),
}
SETTINGS = Settings(resident_runs=2)
ARN = "arn:aws:states:us-east-1:123456789012:execution:machine:one"


class Machine:
    """One case on one store, through as many engines as it takes."""

    def __init__(self, case: Case, store: Store) -> None:
        self.case = case
        self.store = store
        self.clock = VirtualClock()
        self.script = Script(case.tasks)
        self.commits = 0

    async def run(self, crash_after: int | None = None) -> tuple[Outcome, list[dict[str, Any]]]:
        """Start the execution, let the engine die after a commit if asked to, and take it up again."""
        faulty = FaultyStore(self.store)
        if crash_after is not None:
            faulty.crash_after(crash_after)
        await self._one_engine(faulty.as_store(), begin=True)
        self.commits = len(faulty.batches)
        if crash_after is not None:
            await self._one_engine(self.store, begin=False)
        row = (await self.store.executions(Filter(name="one")))[0]
        history = [event async for event in events(self.store, row.id)]
        return await outcome(self.store, row), history

    async def _one_engine(self, store: Store, *, begin: bool) -> None:
        for resource in resources(compile_definition(self.case.definition_text)):
            if resource.kind == "activity":
                await outside.create_activity(self.store, resource.arn)
        engine = Engine(store, self.script, clock=self.clock, settings=SETTINGS)
        self.script.answer = lambda token, answer: outside.answer(engine, token, answer)
        try:
            await engine.start()
            await self._drive(engine, begin=begin)
        except (Crash, StoppedError):  # it may have died while somebody waited for its answer
            return
        finally:
            await self._bury(engine)

    async def _drive(self, engine: Engine, *, begin: bool) -> None:
        if begin:
            machine = await engine.machines.put("machine", self.case.definition_text, self.clock.now_ms())
            start = asyncio.ensure_future(engine.start_execution(machine.arn, self.case.input_text, "one"))
            start.add_done_callback(lambda done: done.cancelled() or done.exception())
        while True:
            await settle(engine)
            if engine.failed is not None:
                raise Crash
            row = await engine.store.execution(ARN)
            if await self._answer(engine, row) or await self._act(engine, row):
                continue
            if row is not None and row.status != "RUNNING":
                return
            if not self.clock.advance_to_next():
                await asyncio.sleep(0)

    async def _answer(self, engine: Engine, row: ExecutionRow | None) -> bool:
        """Let a worker take a task, or whoever has a token use it; False if there is nobody."""
        if row is None or row.status != "RUNNING":
            return False
        history = [event async for event in events(self.store, row.id)]
        for attempt in outside.attempts(history):
            outcome = self.script.outcome(attempt.state, ARN, attempt.event)
            try:
                if attempt.activity is not None:
                    assert await engine.workers.take(attempt.activity, outside.WORKER) is not None
                    return True
                if attempt.ready and "answer" in outcome:
                    await outside.answer(engine, await outside.token_of(self.store, row, attempt), outcome["answer"])
                    return True
            except StoppedError:
                raise Crash from None
        return False

    async def _act(self, engine: Engine, row: ExecutionRow | None) -> bool:
        """Let somebody do what the case says, unless it has been done before a crash."""
        if row is None:
            return False
        aborted = [event async for event in events(engine.store, row.id) if event["type"] == "ExecutionAborted"]
        done = len(aborted) + row.redrives
        action = self.case.then[done] if done < len(self.case.then) else None
        if action == "stop" and row.status == "RUNNING":
            await engine.stop_execution(ARN, "Stopped", "by hand")
        elif action == "redrive" and row.status not in ("RUNNING", "SUCCEEDED"):
            await engine.redrives.redrive(ARN, f"token-{done}")
        else:
            return False
        return True

    async def _bury(self, engine: Engine) -> None:
        try:
            await engine.close()
        except Crash:
            return


async def settle(engine: Engine) -> None:
    """Wait until the engine has nothing to do but wait for time or for tasks that never answer."""
    calm = 0
    for _ in range(200_000):
        calm = calm + 1 if engine.idle or engine.failed is not None else 0
        if calm > 3:
            return
        await asyncio.sleep(0)
    raise AssertionError("the engine does not come to rest")
