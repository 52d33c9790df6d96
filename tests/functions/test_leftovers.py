"""No process of a function outlives its engine, however the engine ends."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.functions.conftest import Write, lives
from tobiishi.functions import leftovers
from tobiishi.functions.leftovers import IDENTITY_VARIABLE, LeftoversError, end_leftovers, record, record_process

ENGINE = """
import asyncio, sys
from pathlib import Path
from tobiishi.functions.catalogue import FunctionDirectory
from tobiishi.functions.pool import FunctionPool, PoolSettings

async def main(folder, records):
    pool = FunctionPool(FunctionDirectory(folder), PoolSettings(), records)
    await pool.open()
    await pool.invoke("busy", b"{}", invoked_arn="arn:aws:lambda:us-east-1:123456789012:function:busy")

asyncio.run(main(*map(Path, sys.argv[1:])))
"""

BUSY = """
import os, subprocess, sys, time

LINES = '''
import sys, time
while True:
    with open(sys.argv[1], "a") as file:
        print(time.time(), file=file)
    time.sleep(0.02)
'''

def handler(event, context):
    for name, own in (("child", False), ("daemon", True)):
        command = [sys.executable, "-c", LINES, os.environ["NOTES"] + "/" + name]
        subprocess.Popen(command, start_new_session=own)
    sys.argv[1:] = [os.environ["NOTES"] + "/worker"]
    exec(LINES)
"""

Spawn = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start a process that does nothing for a minute; it is gone after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str, **environment: str) -> "subprocess.Popen[bytes]":
        env = {"PATH": os.environ["PATH"], **environment}
        started.append(subprocess.Popen(command or ("sleep", "60"), env=env, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def grows(path: Path) -> bool:
    size = path.stat().st_size
    time.sleep(0.15)
    return path.stat().st_size > size


def test_nothing_is_left_of_an_engine_that_was_killed(write: Write, tmp_path: Path) -> None:
    records, notes = tmp_path / "workers", tmp_path / "notes"
    notes.mkdir()
    folder = write(busy=BUSY, functions=f"busy = {{ environment = {{ NOTES = {str(notes)!r} }} }}")
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, str(folder), str(records)])
    try:
        wait_for(lambda: len(list(notes.iterdir())) == 3)
        worker = int(next(records.iterdir()).read_text().split()[0])
        assert lives(worker)
    finally:
        engine.kill()
        engine.wait()
    wait_for(lambda: not lives(worker))
    assert not grows(notes / "worker")
    assert grows(notes / "child")
    assert grows(notes / "daemon")
    assert end_leftovers(records) == 2
    assert not grows(notes / "child")
    assert not grows(notes / "daemon")
    assert list(records.iterdir()) == []


def test_nothing_to_do(tmp_path: Path) -> None:
    assert end_leftovers(tmp_path / "nowhere") == 0
    assert end_leftovers(tmp_path) == 0


def test_whoever_carries_the_word_is_ended_and_nobody_else(tmp_path: Path, spawn: Spawn) -> None:
    identity = secrets.token_hex(16)
    record(tmp_path, identity)
    ours, stranger = spawn(**{IDENTITY_VARIABLE: identity}), spawn(**{IDENTITY_VARIABLE: "another"})
    wait_for(lambda: leftovers._identity(ours.pid) == identity)
    assert end_leftovers(tmp_path) == 1
    assert ours.wait() == -9
    assert stranger.poll() is None


def test_a_living_worker_takes_its_session_along(tmp_path: Path, spawn: Spawn) -> None:
    worker = spawn("sh", "-c", "env -i sleep 60 & env -i sleep 60")
    record_process(record(tmp_path, secrets.token_hex(16)), worker.pid)
    wait_for(lambda: len(Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()) == 2)
    assert end_leftovers(tmp_path) == 3
    assert worker.wait() == -9


@pytest.mark.parametrize("change", ["start time", "boot", "unfinished"])
def test_a_reused_id_is_left_alone(tmp_path: Path, spawn: Spawn, change: str) -> None:
    stranger = spawn()
    note = record(tmp_path, secrets.token_hex(16))
    record_process(note, stranger.pid)
    pid, start, boot = note.read_text().split()
    note.write_text(
        {"start time": f"{pid} {int(start) - 1} {boot}", "boot": f"{pid} {start} 0-0", "unfinished": pid}[change]
    )
    assert end_leftovers(tmp_path) == 0
    assert stranger.poll() is None
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_ended_is_an_error(tmp_path: Path, spawn: Spawn, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = secrets.token_hex(16)
    note = record(tmp_path, identity)
    process = spawn(**{IDENTITY_VARIABLE: identity})
    wait_for(lambda: leftovers._identity(process.pid) == identity)
    monkeypatch.setattr(leftovers, "_PATIENCE", 0)
    monkeypatch.setattr(signal, "pidfd_send_signal", lambda *_: None)
    with pytest.raises(LeftoversError, match=rf"processes of functions cannot be ended: \[{process.pid}\]"):
        end_leftovers(tmp_path)
    assert note.exists()


def test_a_record_is_written_once(tmp_path: Path) -> None:
    record(tmp_path, "word")
    with pytest.raises(FileExistsError):
        record(tmp_path, "word")
