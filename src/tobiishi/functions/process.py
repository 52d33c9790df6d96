"""One worker process, seen from the engine: started, asked, ended."""

import asyncio
import math
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tobiishi.functions import leftovers
from tobiishi.functions.catalogue import Function
from tobiishi.functions.logs import TAIL, FunctionLog
from tobiishi.functions.runtime_api import Reply, Request, RuntimeApi, WorkerGoneError, error_reply
from tobiishi.tasks.function_name import LATEST

MIN_INIT_SECONDS: Final = 10.0
"""Lambda gives a function's start (its imports) ten seconds of its own, and then the function's timeout."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A worker's reply with the tail of its log. `usable`: the worker can take another request."""

    reply: Reply
    log_tail: bytes = b""
    usable: bool = False


class Worker:
    """A running worker of one function.

    Make it on a thread that lives as long as the engine: when that thread ends, the kernel ends the worker.
    """

    def __init__(self, function: Function, api: RuntimeApi, records: Path, region: str) -> None:
        self.function = function
        self.idle_since = 0.0
        self._api = api
        self._identity = secrets.token_hex(16)
        self._exited = asyncio.get_running_loop().create_future()
        with ExitStack() as undo:
            self._channel = api.open_channel()
            undo.callback(api.close_channel, self._channel)
            self._record = leftovers.record(records, self._identity)
            undo.callback(self._record.unlink)
            output, inner = os.pipe()
            undo.callback(os.close, output)
            try:
                self._process = self._spawn(inner, region)
            finally:
                os.close(inner)
            undo.callback(self._process.wait)
            undo.callback(self._process.kill)
            leftovers.record_process(self._record, self.pid)
            self._watch(os.pidfd_open(self.pid))
            self._log = FunctionLog(function.name, output)
            undo.pop_all()

    def _spawn(self, output: int, region: str) -> "subprocess.Popen[bytes]":
        command = ["-P", "-m", "tobiishi.functions.worker", self.function.handler, str(os.getpid())]
        return subprocess.Popen(  # noqa: S603 - running the user's code is the purpose
            [sys.executable, *command],
            cwd=self.function.task_root,
            env=self._environment(region),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._exited.done()

    def _environment(self, region: str) -> dict[str, str]:
        """Return what Lambda's reference of environment variables promises a function, over this process's own."""
        function = self.function
        return {
            **os.environ,
            "TZ": ":UTC",
            **function.environment,
            "_HANDLER": function.handler,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{LATEST}]{self._identity}",
            "AWS_LAMBDA_RUNTIME_API": self._api.address(self._channel),
            "AWS_REGION": region,
            "LAMBDA_TASK_ROOT": str(function.task_root),
            leftovers.IDENTITY_VARIABLE: self._identity,
        }

    def _watch(self, handle: int) -> None:
        """Notice the worker's end; `handle` is its pidfd."""
        loop = asyncio.get_running_loop()

        def ended() -> None:
            loop.remove_reader(handle)
            os.close(handle)
            # Before the worker is reaped nobody else can have its id, so this reaches its group and nothing else.
            self._kill_group()
            self._exited.set_result(self._process.wait())
            self._api.close_channel(self._channel)

        loop.add_reader(handle, ended)

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def run(self, request: Request) -> Answer:
        """Run one request, as soon as the worker has started.

        Raises `WorkerGoneError` if the worker ended before it took the request.
        """
        return await self._start(request) or await self._ask(request)

    async def _start(self, request: Request) -> Answer | None:
        """Wait until the worker can take a request; return an answer if it never will."""
        seconds = max(MIN_INIT_SECONDS, self.function.timeout)
        try:
            async with asyncio.timeout(seconds):
                failure = await asyncio.shield(self._channel.started)
        except TimeoutError:
            return Answer(_timed_out(request, seconds), self._log.end())
        except WorkerGoneError:
            return Answer(self._exit_reply(request), self._log.end())
        return Answer(failure, self._log.end()) if failure else None

    def _has_ended_unseen(self) -> bool:
        """The process is gone, and the loop has not heard of it yet."""
        return self.alive and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    async def _ask(self, request: Request) -> Answer:
        if self._has_ended_unseen():
            raise WorkerGoneError(delivered=False)
        self._log.begin()
        begun = time.perf_counter()
        timeout = self.function.timeout
        usable = False
        try:
            async with asyncio.timeout(timeout):
                reply = await self._channel.ask(replace(request, deadline_ms=int((time.time() + timeout) * 1000)))
            usable = True
        except TimeoutError:
            reply = _timed_out(request, timeout)
        except WorkerGoneError as error:
            if not error.delivered:
                raise
            reply = self._exit_reply(request)
        return Answer(reply, self._report(request.id, time.perf_counter() - begun), usable)

    def _exit_reply(self, request: Request) -> Reply:
        return error_reply("Runtime.ExitError", f"RequestId: {request.id} Error: {_describe(self._exited.result())}")

    def _report(self, request_id: str, seconds: float) -> bytes:
        """Return the log of one request between the lines that Lambda writes around it."""
        milliseconds = seconds * 1000
        text = self._log.end()
        start = f"START RequestId: {request_id} Version: {LATEST}\n"
        end = (
            f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {math.ceil(milliseconds)} ms\tMemory Size: {self.function.memory} MB\t"
            f"Max Memory Used: {self._peak_memory()} MB\n"
        )
        return b"".join((start.encode(), text, end.encode()))[-TAIL:]

    def _peak_memory(self) -> int:
        """Return the most memory that the worker ever held, in megabytes; 0 once it has ended."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) // 1024
        return 0

    async def end(self) -> None:
        """Kill the worker and everything that it started, and wait until all of it is gone."""
        if self.alive:
            self._kill_group()
        await asyncio.shield(self._exited)
        await asyncio.to_thread(leftovers.end_processes, {self._identity})
        self._log.close()
        self._record.unlink(missing_ok=True)


def _timed_out(request: Request, seconds: float) -> Reply:
    text = f"RequestId: {request.id} Error: Task timed out after {seconds:.2f} seconds"
    return error_reply("Sandbox.Timedout", text)


def _describe(returncode: int) -> str:
    """Say how a process ended, in the words of Lambda's runtime."""
    if returncode == 0:
        return "Runtime exited without providing a reason"
    if returncode > 0:
        return f"Runtime exited with error: exit status {returncode}"
    name = signal.strsignal(-returncode) or f"signal {-returncode}"
    return f"Runtime exited with error: signal: {name.lower()}"
