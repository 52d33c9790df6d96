"""One engine per data directory, with real processes: the lock dies with its holder and with nobody else."""

import os
import signal
import subprocess
import sys

import pytest

from tobiishi.store.contract import StoreError
from tobiishi.store.directory import DataDirectory, DirectoryHeldError

HOLDER = """
import sys
from tobiishi.store.directory import DataDirectory
DataDirectory(sys.argv[1], "tobiishi run").acquire()
print("held", flush=True)
sys.stdin.read()
"""

# Each leaves a child that outlives it and says its pid. The child lives until its standard input closes.
HOLDER_WITH_PROGRAM = """
import subprocess, sys
from tobiishi.store.directory import DataDirectory
DataDirectory(sys.argv[1], "tobiishi run").acquire()
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], close_fds=False)
print(child.pid, flush=True)
child.wait()
"""
HOLDER_WITH_FORK = """
import os, sys
from tobiishi.store.directory import DataDirectory
DataDirectory(sys.argv[1], "tobiishi run").acquire()
if not (child := os.fork()):
    print(os.getpid(), flush=True)
    sys.stdin.read()
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.fixture
def holder(tmp_path):
    """Start a process that runs the given program with the directory as its argument; yield it after its first line."""
    processes = []

    def start(program):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


def test_acquire_makes_a_private_directory(tmp_path):
    directory = DataDirectory(tmp_path / "deep" / "data")
    directory.acquire()
    try:
        assert directory.path.stat().st_mode & 0o777 == 0o700
        assert directory.workers.is_dir()
        assert directory.database.parent == directory.path
    finally:
        directory.release()


def test_a_second_holder_is_told_about_the_first(tmp_path, holder):
    process, _ = holder(HOLDER)
    with pytest.raises(DirectoryHeldError) as caught:
        DataDirectory(tmp_path / "data").acquire()
    message = str(caught.value)
    assert message.startswith(
        f"data directory {tmp_path / 'data'} is in use by tobiishi run (pid {process.pid} on host "
    )
    assert "since 20" in message
    assert "\n" not in message


def test_two_objects_of_one_process_are_two_holders(tmp_path):
    with DataDirectory(tmp_path), pytest.raises(DirectoryHeldError):
        DataDirectory(tmp_path).acquire()


def test_a_released_directory_is_free(tmp_path):
    first = DataDirectory(tmp_path)
    first.acquire()
    first.acquire()
    first.release()
    first.release()
    with DataDirectory(tmp_path):
        pass


def test_what_a_dead_holder_wrote_is_no_obstacle(tmp_path, holder):
    process, _ = holder(HOLDER)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert str(process.pid) in (tmp_path / "data" / "engine.lock").read_text()
    with DataDirectory(tmp_path / "data"):
        assert str(os.getpid()) in (tmp_path / "data" / "engine.lock").read_text()


@pytest.mark.parametrize("program", [HOLDER_WITH_PROGRAM, HOLDER_WITH_FORK], ids=["exec", "fork"])
def test_no_child_inherits_the_lock(tmp_path, holder, program):
    process, child = holder(program)
    with pytest.raises(DirectoryHeldError):
        DataDirectory(tmp_path / "data").acquire()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert alive(child)
    with DataDirectory(tmp_path / "data"):
        assert alive(child)


def test_a_forked_child_that_ends_leaves_the_lock_with_its_parent(tmp_path):
    with DataDirectory(tmp_path):
        if not (child := os.fork()):
            os._exit(0)
        os.waitpid(child, 0)
        with pytest.raises(DirectoryHeldError):
            DataDirectory(tmp_path).acquire()


@pytest.mark.parametrize("line", [b"", b"not json", b"[]", b'{"pid": 1}', b"\xff\xfe"])
def test_a_holder_whose_line_cannot_be_read_is_still_a_holder(tmp_path, line):
    with DataDirectory(tmp_path):
        (tmp_path / "engine.lock").write_bytes(line)
        with pytest.raises(DirectoryHeldError, match="in use by another process"):
            DataDirectory(tmp_path).acquire()


def test_a_path_that_cannot_be_a_directory(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used"):
        DataDirectory(tmp_path / "file").acquire()
