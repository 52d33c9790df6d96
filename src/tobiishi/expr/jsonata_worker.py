"""A process that evaluates what is too much for the engine's loop, and the engine's end of it.

The child, `python -m tobiishi.expr.jsonata_worker`, reads one request a line and answers with one line, both JSON. It
gives an evaluation one second and half a gigabyte: a timer signal stops Python code, an address space limit stops
memory. What a signal cannot reach, because it runs inside one instruction, the parent stops: after a second and a half
it kills the child and starts another. The child dies with its parent.
"""

import asyncio
import contextlib
import ctypes
import os
import random
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import IO, Any, Final

from tobiishi.expr.bindings import MISSING, EvaluationError, Value
from tobiishi.expr.jsonata import evaluated, failure
from tobiishi.expr.jsonata_results import UnsupportedResultError
from tobiishi.expr.language import compile_expression
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation, Limits
from tobiishi.jsontext import JsonError, decode, encode

IN_FULL: Final = Limits(steps=sys.maxsize, depth=500, items=873_782, characters=2**22, backtracking=True)
"""What AWS allows, as far as it is known: a sequence has at most 873,782 items, a string 2^22 characters."""
MOST_BYTES: Final = 2**21
"""Of the JSON text of a result, far more than a payload may have: the engine's loop has to read it."""

TIME_LIMIT_SECONDS: Final = 1.0
KILL_AFTER_SECONDS: Final = 1.5
MEMORY_LIMIT_BYTES: Final = 512 * 1024 * 1024

_START_SECONDS: Final = 30.0
_LINE_BYTES: Final = 2**27
_RECURSION: Final = 15_000
"""Python frames: the deepest evaluation has 500 nodes, each a handful of frames."""
_PR_SET_PDEATHSIG: Final = 1


def evaluate_in_full(
    text: str, environment: Mapping[str, Value], now: float, seed: int, field: str
) -> Value | EvaluationError:
    """Return an expression's value, `MISSING`, or the error that it ends with. Runs in the main thread of a process.

    `environment` is that of `OverBudget`; `now` is in seconds since the epoch; `field` is the expression's location.
    """
    try:
        return _in_full(text, environment, now, seed)
    except (BudgetSpentError, JsonataError, UnsupportedResultError) as error:
        return failure(text, field, error)


def _in_full(
    text: str,
    environment: Mapping[str, Value],
    now: float,
    seed: int,
    input: Value = MISSING,  # noqa: A002 - JSONata's word
) -> Value:
    """Return an expression's value or `MISSING`. Raises what `JsonataWorker.outcome` does."""
    evaluation = Evaluation(int(now * 1000), lambda: random.Random(seed), IN_FULL)  # noqa: S311 - nothing secret
    try:
        with _time_limit():
            return evaluated(compile_expression(text), environment, evaluation, MOST_BYTES, input)
    except MemoryError:
        raise BudgetSpentError("memory") from None


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """Raise `BudgetSpentError` in the body when its time is up."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise BudgetSpentError("time")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


class JsonataWorker:
    """One child process. Evaluations queue; each is answered within about two seconds, whatever it does."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def evaluate(
        self, text: str, environment: Mapping[str, Value], now: float, seed: int, field: str
    ) -> Value | EvaluationError:
        """Return an expression's value, `MISSING`, or the error that it ends with. See `evaluate_in_full`."""
        try:
            return await self.outcome(text, environment, now, seed)
        except (BudgetSpentError, JsonataError, UnsupportedResultError) as error:
            return failure(text, field, error)

    async def outcome(
        self,
        text: str,
        environment: Mapping[str, Value],
        now: float,
        seed: int,
        input: Value = MISSING,  # noqa: A002 - JSONata's word
    ) -> Value:
        """Return an expression's value or `MISSING`. `input` is its `$`, which the fields of a state do not have.

        Raises `JsonataError`, `UnsupportedResultError`, and `BudgetSpentError` for any limit.
        """
        request = {"text": text, "now": now, "seed": seed}
        if input is not MISSING:
            request["input"] = input
        async with self._lock:
            try:
                line = await _encoded(request, environment)
            except JsonError:  # what it is wrapped in makes it too deep
                raise BudgetSpentError("depth") from None
            try:
                process = await self._running()
                answer = await asyncio.wait_for(_exchange(process, line), KILL_AFTER_SECONDS)
            except TimeoutError:
                await self._stop()
                raise BudgetSpentError("time") from None
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._stop()
                raise BudgetSpentError("memory") from None
            except asyncio.CancelledError:
                # The answer would be taken for the next request's.
                await self._stop()
                raise
        return _from_answer(answer)

    async def close(self) -> None:
        """End the child."""
        async with self._lock:
            await self._stop()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tobiishi.expr.jsonata_worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        assert self._process.stdout is not None
        await asyncio.wait_for(self._process.stdout.readuntil(), _START_SECONDS)
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _encoded(request: dict[str, Any], environment: Mapping[str, Value]) -> bytes:
    """Return a request's line. Variables may take 10 MB: the loop's others have their turn between one and the next."""
    parts: list[bytes] = []
    for name, value in environment.items():
        parts.append(encode({"environment": {name: value}})[len(b'{"environment":{') : -len(b"}}")])
        await asyncio.sleep(0)
    return encode(request)[:-1] + b',"environment":{' + b",".join(parts) + b"}}"


async def _exchange(process: asyncio.subprocess.Process, request: bytes) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request + b"\n")
    await process.stdin.drain()
    answer: dict[str, Any] = decode(await process.stdout.readuntil())
    return answer


def _from_answer(answer: dict[str, Any]) -> Value:
    if "spent" in answer:
        raise BudgetSpentError(answer["spent"])
    if "code" in answer:
        raise JsonataError(**answer)
    if "unsupported" in answer:
        raise UnsupportedResultError
    return answer.get("value", MISSING)


def main() -> None:
    """Answer requests until standard input ends."""
    _die_with_parent()
    sys.setrecursionlimit(_RECURSION)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        # Nothing that a library prints may end up among the answers.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        _write(answers, b"{}")
        for line in sys.stdin.buffer:
            _write(answers, _answer(line))


def _answer(line: bytes) -> bytes:
    try:
        value = _in_full(**decode(line))
        return encode({} if value is MISSING else {"value": value})
    except BudgetSpentError as error:
        return encode({"spent": error.resource})
    except JsonataError as error:
        message = error.message.encode(errors="replace").decode()
        return encode({"code": error.code, "message": message, "position": error.position})
    except UnsupportedResultError:
        return encode({"unsupported": True})
    except (JsonError, MemoryError):
        return encode({"spent": "memory"})


def _write(stream: IO[bytes], line: bytes) -> None:
    stream.write(line + b"\n")
    stream.flush()


def _die_with_parent() -> None:
    """Ask the kernel for a kill when the parent ends, and go if it has ended already."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent or parent == 1:
        sys.exit(1)


if __name__ == "__main__":
    main()
