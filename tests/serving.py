"""`tobiishi serve` as a process of its own, for tests that need the real thing."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import boto3
from botocore.config import Config

_PATIENCE_SECONDS: Final = 30.0
_LISTENING: Final = re.compile(r'listening at (http://[^\s"]+)')


class Server:
    """A server over a data directory; `start` it again after `kill` or `stop`, on the same port."""

    def __init__(
        self,
        data: Path,
        *flags: str,
        env: dict[str, str] | None = None,
        folder: Path | None = None,
        port: str = "0",
    ) -> None:
        """`env` goes over this process's environment; `folder` is where the server runs, if not here."""
        self._command = [sys.executable, "-m", "tobiishi", "serve", "--data", str(data), *flags]
        self._env = {**os.environ, **(env or {})}
        self._folder = folder
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.url = ""
        self.log: list[str] = []
        """Every line that the server has written."""

    def start(self) -> Self:
        """Start and wait until it is ready."""
        command = [*self._command, "--port", self._port]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=self._env, cwd=self._folder)
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

    def client(self, service: str, region: str = "us-east-1", **further: Any) -> Any:
        """Return a boto3 client of this server, set up as the documentation says, that never tries again."""
        config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        named = {"endpoint_url": self.url, "region_name": region, "config": config}
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, **{**named, **keys, **further})

    def wrote(self, pattern: str) -> "re.Match[str]":
        """Return the first match in the log, once there is one."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (found := re.search(pattern, "".join(self.log))) is None:
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{''.join(self.log)}"
            time.sleep(0.01)
        return found

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
        self._ended()
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
