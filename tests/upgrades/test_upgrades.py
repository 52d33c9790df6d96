"""Every release opens the data of every earlier one, and finishes what was open there."""

import json
import shutil
from pathlib import Path

import pytest

from tests.language.script import Script
from tests.language.stores import settle
from tests.upgrades import executions
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.engine.queries import outcome
from tobiishi.store.contract import Filter
from tobiishi.store.sqlite import SqliteStore
from tobiishi.testing import VirtualClock

RELEASES = sorted(path.name for path in (Path(__file__).parent / "data").iterdir())


def test_there_is_data_to_open() -> None:
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES)
async def test_open_executions_are_finished(release: str, tmp_path: Path) -> None:
    kept = Path(__file__).parent / "data" / release / "tobiishi.sqlite3"
    store = SqliteStore(Path(shutil.copy(kept, tmp_path)))
    await store.open()
    answers = Script({"Job": [{"submitted": {"id": 1}, "output": {"done": True}}]}, default={"output": {"done": True}})
    engine = Engine(store, answers, clock=VirtualClock())
    await engine.start()
    express = Express(engine)
    await express.recover()
    await express.settled()
    for _ in range(4):
        await settle(engine)
        engine.clock.advance(3_600_000)  # type: ignore[attr-defined]  # it is a VirtualClock
    await settle(engine)
    ended = {row.name: await outcome(store, row) for row in await store.executions(Filter())}
    await engine.close()
    assert {name: one.status for name, one in ended.items()} == dict.fromkeys(executions.OUTPUTS, "SUCCEEDED")
    assert {name: json.loads(one.output or "") for name, one in ended.items()} == executions.OUTPUTS
    assert await store.express_starts() == []
    await store.close()


@pytest.mark.parametrize("release", RELEASES)
async def test_machines_and_their_revisions_are_kept(release: str, tmp_path: Path) -> None:
    store = SqliteStore(Path(shutil.copy(Path(__file__).parent / "data" / release / "tobiishi.sqlite3", tmp_path)))
    await store.open()
    machines = {machine.name: machine for machine in await store.machines()}
    assert machines.keys() == {*executions.DEFINITIONS, "express"}
    assert json.loads(machines["waiting"].revision.definition) == executions.waiting()
    assert {machine.status for machine in machines.values()} == {"ACTIVE"}
    assert all(machine.role_arn.startswith("arn:aws:iam::") for machine in machines.values())
    for row in await store.executions(Filter()):
        assert await store.revision(row.revision) == machines[row.name].revision
        assert (row.version_arn, row.alias_arn, row.map_run, row.redrives, row.redriven_ms) == (
            None,
            None,
            None,
            0,
            None,
        )
    await store.close()


async def test_the_kept_executions_are_still_what_this_code_makes(tmp_path: Path) -> None:
    """The generator goes on to work, so that the next release can keep its own."""
    await executions.make(tmp_path)
    store = SqliteStore(tmp_path / "tobiishi.sqlite3")
    await store.open()
    rows = await store.executions(Filter())
    assert {row.name: row.status for row in rows} == dict.fromkeys(executions.DEFINITIONS, "RUNNING")
    assert len(await store.express_starts()) == 1
    await store.close()
