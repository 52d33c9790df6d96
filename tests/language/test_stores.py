"""Every language case on the engine, on every store; and again with a crash after each of its commits."""

from pathlib import Path

import pytest

from tests.language.case import Case, line, load
from tests.language.stores import STORES, Machine


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("case", load(), ids=lambda case: case.name)
async def test_history(case: Case, kind: str, tmp_path: Path) -> None:
    store = STORES[kind](tmp_path)
    await store.open()
    try:
        ended, history = await Machine(case, store).run()
        assert [line(event) for event in history] == case.history
        assert ended.status == case.status
    finally:
        await store.close()


@pytest.mark.parametrize("case", load(), ids=lambda case: case.name)
async def test_crash_after_every_commit(case: Case, tmp_path: Path) -> None:
    commits, crash = 1, 1
    while crash <= commits:
        store = STORES["memory"](tmp_path)
        machine = Machine(case, store)
        ended, history = await machine.run(crash_after=crash)
        assert [line(event) for event in history] == case.history, f"crash after commit {crash}"
        assert ended.status == case.status
        if crash == 1:
            commits = await _commits(case, tmp_path)
        crash += 1


async def _commits(case: Case, folder: Path) -> int:
    machine = Machine(case, STORES["memory"](folder))
    await machine.run()
    return machine.commits
