"""A store that fails on demand, for tests of what stands on one.

Commits are counted from 1 over the life of the wrapper; every fault names the commit that it strikes.
"""

import asyncio
from collections.abc import Sequence
from enum import Enum
from typing import Any, cast

from tobiishi.store.contract import Commit, Lease, Store, StoreError


class Crash(BaseException):
    """The process died here. Nothing that handles errors may see it, so it is no `Exception`."""


class Fault(Enum):
    FAIL_BEFORE = "fail before"
    FAIL_AFTER = "fail after"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"


class FaultyStore:
    """Pass everything on to `store`, but strike the commits that were asked for.

    After a crash every call raises `Crash` again: open the inner store with a new engine, as a restart would.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._faults: dict[int, Fault] = {}
        self._open = asyncio.Event()
        self._open.set()
        self._dead = False
        self.waiting = asyncio.Event()
        """Set while a commit waits because of `hold_commits`."""
        self.batches: list[list[Commit]] = []
        """Every batch that was asked for, whatever became of it."""

    def as_store(self) -> Store:
        """Return itself under the type that it behaves as; delegation hides that from a type checker."""
        return cast("Store", self)

    def fail_before(self, commit: int) -> None:
        """Let that commit raise `StoreError` with nothing written."""
        self._faults[commit] = Fault.FAIL_BEFORE

    def fail_after(self, commit: int) -> None:
        """Let that commit raise `StoreError` although all of it was written: its outcome is unknown."""
        self._faults[commit] = Fault.FAIL_AFTER

    def crash_before(self, commit: int) -> None:
        self._faults[commit] = Fault.CRASH_BEFORE

    def crash_after(self, commit: int) -> None:
        """Die when that commit is on disk and nothing of it has been acted on."""
        self._faults[commit] = Fault.CRASH_AFTER

    def hold_commits(self) -> None:
        """Let commits wait until `let_commits_go`."""
        self._open.clear()

    def let_commits_go(self) -> None:
        self._open.set()

    async def commit(self, commits: Sequence[Commit], lease: Lease) -> frozenset[int]:
        self._check_alive()
        self.batches.append(list(commits))
        fault = self._faults.get(len(self.batches))
        await self._pass_gate()
        self._strike(fault, Fault.FAIL_BEFORE, Fault.CRASH_BEFORE)
        refused = await self._store.commit(commits, lease)
        self._strike(fault, Fault.FAIL_AFTER, Fault.CRASH_AFTER)
        return refused

    def __getattr__(self, name: str) -> Any:
        self._check_alive()
        return getattr(self._store, name)

    async def _pass_gate(self) -> None:
        if not self._open.is_set():
            self.waiting.set()
            await self._open.wait()
            self.waiting.clear()

    def _strike(self, fault: Fault | None, fail: Fault, crash: Fault) -> None:
        if fault is crash:
            self._dead = True
        self._check_alive()
        if fault is fail:
            raise StoreError(f"made to {fail.value} commit {len(self.batches)}")

    def _check_alive(self) -> None:
        if self._dead:
            raise Crash
