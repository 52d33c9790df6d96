"""The command in a process of its own, with a data directory of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tobiishi import jsontext

PATIENCE_SECONDS = 20.0

GATE = """
import os, time
from pathlib import Path

def handler(event, context):
    folder = Path(event["folder"])
    (folder / "worker").write_text(str(os.getpid()))
    while not (folder / "open").exists():
        time.sleep(0.01)
    return {"passed": event["folder"] != ""}
"""
"""A function that runs until a file named `open` appears."""

GATED = {
    "StartAt": "Gate",
    "States": {
        "Gate": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "gate", "Payload.$": "$"},
            "OutputPath": "$.Payload",
            "Retry": [{"ErrorEquals": ["Lambda.SdkClientException"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            "Next": "After",
        },
        "After": {"Type": "Pass", "End": True},
    },
}
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def until(holds: Callable[[], Any]) -> None:
    """Return once a condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


class Shop:
    """A folder with definitions and functions, where commands are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []
        (folder / "functions").mkdir()
        (folder / "functions" / "gate.py").write_text(GATE)
        self.define("gated", GATED)
        self.define("pass", PASS)

    def define(self, name: str, definition: Any) -> Path:
        path = self.folder / f"{name}.asl.json"
        path.write_text(jsontext.encode_text(definition))
        return path

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a command; it is ended with the test."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tobiishi", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, **environment: str) -> "Done":
        return finish(self.start(*arguments, **environment))

    def start_gated(self, name: str, *flags: str) -> "subprocess.Popen[str]":
        """Start an execution whose function waits for `open_gate`, and return once it does."""
        given = jsontext.encode_text({"folder": str(self.folder)})
        (self.folder / "worker").unlink(missing_ok=True)
        process = self.start(
            "run", "gated.asl.json", "--name", name, "--input", given, "--functions", "functions", *flags
        )
        until(lambda: self.worker is not None or process.poll() is not None)
        return process

    @property
    def worker(self) -> int | None:
        """The process of the function that waits at the gate."""
        try:
            return int((self.folder / "worker").read_text() or "0") or None
        except FileNotFoundError:
            return None

    def open_gate(self) -> None:
        (self.folder / "open").touch()


class Done:
    """A command that has ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.out, self.err = process.communicate(timeout=PATIENCE_SECONDS)
        self.code = process.returncode
        assert "Traceback" not in self.err, self.err


def finish(process: "subprocess.Popen[str]") -> Done:
    return Done(process)


def read_until(process: "subprocess.Popen[str]", text: str) -> None:
    """Read a command's standard error until a line has a text in it."""
    assert process.stderr is not None
    errors = process.stderr
    until(lambda: text in errors.readline())


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCOUNT_ID", "TOBIISHI_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    shop = Shop(tmp_path)
    yield shop
    for process in shop.started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
