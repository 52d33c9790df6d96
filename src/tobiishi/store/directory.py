"""The data directory: where one engine keeps everything, held by one process at a time.

The lock is an `flock` on `engine.lock`. The kernel frees it when its holder dies, however that happens, so what a dead
holder wrote into the file is no obstacle. No child keeps the lock when it outlives the engine: the descriptor is closed
at exec, and at once in a child that is forked and never execs.
"""

import fcntl
import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tobiishi.store.contract import StoreError


class DirectoryHeldError(StoreError):
    """Another process uses the data directory; the message names it."""


class DataDirectory:
    """A data directory and, between `acquire` and `release`, the lock on it. As a context manager it holds the lock.

    `command` is what a second process is told about the holder, such as `tobiishi run`.
    """

    def __init__(self, path: Path | str, command: str | None = None) -> None:
        self.path = Path(path)
        self._command = command or Path(sys.argv[0]).name or "python"
        self._lock: int | None = None

    @property
    def database(self) -> Path:
        """The database file, present once an engine has opened its store."""
        return self.path / "tobiishi.sqlite3"

    @property
    def workers(self) -> Path:
        """Where the function runtime keeps what belongs to its worker processes; `acquire` makes it."""
        return self.path / "workers"

    def acquire(self) -> None:
        """Create the directory if need be (mode 0700) and hold it.

        Raises `DirectoryHeldError` when another process does, `StoreError` when the directory cannot be used.
        """
        if self._lock is not None:
            return
        try:
            self._make_directories()
            self._lock = self._take_lock()
            _held.add(self)
        except OSError as error:
            raise StoreError(f"data directory {self.path} cannot be used: {error.strerror or error}") from error

    def release(self) -> None:
        """Free the lock. The file stays: deleting it could free a lock that somebody else takes at that moment."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            self._let_go()

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        _held.discard(self)
        if lock is not None:
            os.close(lock)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _make_directories(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700, exist_ok=True)
        self.workers.mkdir(mode=0o700, exist_ok=True)

    def _take_lock(self) -> int:
        lock = os.open(self.path / "engine.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.pwrite(lock, self._holder_line(), 0)
        except BlockingIOError:
            holder = _describe(os.pread(lock, 4096, 0))
            os.close(lock)
            raise DirectoryHeldError(f"data directory {self.path} is in use by {holder}") from None
        except BaseException:
            os.close(lock)
            raise
        return lock

    def _holder_line(self) -> bytes:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "command": self._command,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return json.dumps(holder).encode() + b"\n"


_held: set[DataDirectory] = set()


def _let_go_in_child() -> None:
    for directory in list(_held):
        directory._let_go()  # noqa: SLF001  the child's copy of our own object


os.register_at_fork(after_in_child=_let_go_in_child)


def _describe(line: bytes) -> str:
    """Say who holds the lock. The line may be missing for the moment between taking the lock and writing it."""
    try:
        holder: dict[str, Any] = json.loads(line)
        return f"{holder['command']} (pid {holder['pid']} on host {holder['host']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"
