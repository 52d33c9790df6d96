"""Processes of functions that outlived the engine that started them, and how they are ended.

Theory of operation. A worker dies with its engine (PR_SET_PDEATHSIG), but what the worker itself started does not. So
each worker has an identity, an unguessable word that stands in its environment and that everything it starts inherits,
and a file of that name is written before the worker exists. Whoever finds the file later ends every process that
carries the word, whatever session or group it moved to. Process ids are reused; the word is not, and a signal goes to
the very process whose environment was read (a pidfd), so no stranger can be hit.

A worker that is still alive is found by its id and start time as well, and with it the whole of its session: that
catches children which were given an empty environment.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

IDENTITY_VARIABLE: Final = "TOBIISHI_WORKER"

_PATIENCE: Final = 10.0
"""Seconds that processes killed by SIGKILL get to be gone. Only one stuck in the kernel needs more than a few ms."""


class LeftoversError(Exception):
    """Processes of an earlier engine are still there: nothing may be started beside them."""


def record(folder: Path, identity: str) -> Path:
    """Note a worker that is about to be started; `folder` must exist."""
    path = folder / identity
    path.touch(exist_ok=False)
    return path


def record_process(path: Path, pid: int) -> None:
    """Add to the note which process the worker became."""
    path.write_text(f"{pid} {_start_time(pid)} {_boot_id()}")


def end_leftovers(folder: Path) -> int:
    """End every process of the workers noted in `folder`, wait until they are gone, and clear the notes.

    Blocks: call it before the engine serves anything. Returns how many processes were ended. Raises `LeftoversError`
    if some are still there after ten seconds.
    """
    if not folder.is_dir():
        return 0
    records = list(folder.iterdir())
    ended = end_processes({path.name for path in records}, [pid for path in records for pid in _living_leader(path)])
    for path in records:
        path.unlink(missing_ok=True)
    return ended


def end_processes(identities: set[str], leaders: list[int] | None = None) -> int:
    """End everything that carries one of `identities` or is in the session of one of `leaders`, and wait for it.

    A process may start another while it is being ended, so this looks again until there is nothing left.
    """
    if not identities:
        return 0
    ended: set[int] = set()
    deadline = time.monotonic() + _PATIENCE
    while found := set(_kill_found(identities, set(leaders or ()))):
        ended |= found
        if time.monotonic() > deadline:
            raise LeftoversError(f"processes of functions cannot be ended: {sorted(found)}")
        time.sleep(0.005)
    return len(ended)


def _kill_found(identities: set[str], sessions: set[int]) -> Iterator[int]:
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are wanted, not paths
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        with suppress(ProcessLookupError, PermissionError, FileNotFoundError):
            pid = int(entry)
            handle = os.pidfd_open(pid)
            try:
                if _state(pid) != "Z" and (_identity(pid) in identities or os.getsid(pid) in sessions):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    yield pid
            finally:
                os.close(handle)


def _identity(pid: int) -> str | None:
    prefix = f"{IDENTITY_VARIABLE}=".encode()
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except PermissionError:  # another user's process
        return None
    return next((each[len(prefix) :].decode() for each in variables if each.startswith(prefix)), None)


def _living_leader(path: Path) -> Iterator[int]:
    """Yield the worker of a note if it is still that very process."""
    facts = path.read_text().split()
    if len(facts) == 3 and facts[2] == _boot_id():
        with suppress(ProcessLookupError, FileNotFoundError):
            pid = int(facts[0])
            if _start_time(pid) == facts[1]:
                yield pid


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the command's name, which may hold spaces: state first."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _state(pid: int) -> str:
    return _stat(pid)[0]


def _start_time(pid: int) -> str:
    """Return when a process started, in clock ticks since boot (field 22 of proc_pid_stat(5))."""
    return _stat(pid)[19]


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
