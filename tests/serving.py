"""`tobiishi serve` as a process of its own, for tests that need the real thing."""

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

_LISTENING = re.compile(r"listening at (http://\S+)")


class Server:
    """A server over a data directory; `start` it again after `kill` or `stop`, on the same port."""

    def __init__(self, data: Path, *flags: str, env: dict[str, str] | None = None) -> None:
        self._command = [sys.executable, "-m", "tobiishi", "serve", "--data", str(data), *flags]
        self._env = {**os.environ, **(env or {})}
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.url = ""
        self.log: list[str] = []
        """Every line that the server has written."""

    def start(self) -> Self:
        """Start and wait until it is ready."""
        command = [*self._command, "--port", self._port]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=self._env)
        self.url = self._listening()
        self._port = self.url.rpartition(":")[2]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        while not self.ready():
            pass  # each question takes its time
        return self

    def ready(self) -> bool:
        """Whether the server says that it takes work."""
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=10) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False

    @property
    def process(self) -> "subprocess.Popen[str]":
        assert self._process is not None
        return self._process

    def _listening(self) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            found = _LISTENING.search(line)
            if found is not None:
                return found[1]
        raise AssertionError("".join(self.log))

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self._ended()

    def stop(self) -> int:
        """End it as a service manager does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def _ended(self) -> int:
        code = self.process.wait(timeout=60)
        if self._reader is not None:
            self._reader.join()
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
