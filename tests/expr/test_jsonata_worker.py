import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tobiishi.expr import jsonata_worker
from tobiishi.expr.bindings import MISSING, EvaluationError
from tobiishi.expr.jsonata_worker import MEMORY_LIMIT_BYTES, JsonataWorker, evaluate_in_full
from tobiishi.jsontext import decode

TIMEOUT = "Expression evaluation timeout: Check for infinite loop"
MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
STACK = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"


@pytest.fixture
async def worker():
    worker = JsonataWorker()
    yield worker
    await worker.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 1", 2),
        ("$x", [None, {"a": "é"}]),
        ("$gone", MISSING),
        ("$states.input.a", 1),
        ("$count([1..873782])", 873782),
        ("($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(90)) > 1", True),
        ("$millis()", 5000),
        ("$contains('aab', /(?=a)a+b/)", True),
    ],
)
async def test_a_worker_finishes_evaluations(worker, text, expected):
    environment = {"x": [None, {"a": "é"}], "states": {"input": {"a": 1}}}
    assert await worker.evaluate(text, environment, 5.0, 1, "Output") == expected


HOSTILE = {
    "($f := function($x) { $f($x) }; $f(1))": TIMEOUT,
    "($f := function($x) { 1 + $f($x) }; $f(1))": STACK,
    "$count([1..10000].[1..10000])": MEMORY,
    "$sum([1..900000])": MEMORY,
    "$reduce([1..60], function($a, $b) { $a & $a }, 'tea')": MEMORY,
    "$reduce([1..60], function($a, $b) { {'a': $a, 'b': $a} }, 1)": MEMORY,
    "$pad('', 1000000000)": MEMORY,
    "$contains('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(?=a)(a+)+$/)": TIMEOUT,
}


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_outstays_its_limits(worker, text):
    started = time.perf_counter()
    error = await worker.evaluate(text, {}, 0.0, 1, "Output")
    assert time.perf_counter() - started < 10  # one second, and the start of a child on a busy machine
    assert isinstance(error, EvaluationError)
    assert (error.error, error.location) == ("States.QueryEvaluationError", "Output")
    assert error.message == (
        f"The JSONata expression '{text}' specified for the field 'Output' threw an error during evaluation: "
        f"{HOSTILE[text]}"
    )
    assert peak_memory(worker) < MEMORY_LIMIT_BYTES
    assert await worker.evaluate("1", {}, 0.0, 1, "Output") == 1


def peak_memory(worker: JsonataWorker) -> int:
    status = Path(f"/proc/{pid_of(worker)}/status").read_text("ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def pid_of(worker: JsonataWorker) -> int:
    assert worker._process is not None
    return worker._process.pid


async def test_a_seed_repeats(worker):
    first, second, other = [await worker.evaluate("$uuid()", {}, 0.0, seed, "Output") for seed in (1, 1, 2)]
    assert first == second != other


async def test_a_dead_child_is_replaced(worker):
    assert await worker.evaluate("1", {}, 0.0, 1, "Output") == 1
    os.kill(pid_of(worker), signal.SIGKILL)
    answers = [await worker.evaluate("2", {}, 0.0, 1, "Output") for _ in range(2)]
    assert answers[-1] == 2


async def test_a_stopped_child_is_killed_and_replaced(worker):
    assert await worker.evaluate("1", {}, 0.0, 1, "Output") == 1
    os.kill(pid_of(worker), signal.SIGSTOP)
    stopped = await worker.evaluate("2", {}, 0.0, 1, "Output")
    assert isinstance(stopped, EvaluationError)
    assert stopped.message.endswith(TIMEOUT)
    assert await worker.evaluate("3", {}, 0.0, 1, "Output") == 3


async def test_others_have_their_turn_while_a_request_is_written():
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    environment = {f"v{number}": [number, "é"] for number in range(10)}
    line = await jsonata_worker._encoded({"text": "$v1", "now": 1.5}, environment)
    other.cancel()
    assert turns >= 10
    assert decode(line) == {"text": "$v1", "now": 1.5, "environment": environment}
    assert decode(await jsonata_worker._encoded({"text": "1"}, {})) == {"text": "1", "environment": {}}


async def test_requests_queue(worker):
    texts = [str(number) for number in range(20)]
    answers = await asyncio.gather(*(worker.evaluate(text, {}, 0.0, 1, "Output") for text in texts))
    assert answers == list(range(20))


async def test_a_request_that_nobody_waits_for_disturbs_no_other(worker):
    await worker.evaluate("0", {}, 0.0, 1, "Output")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(worker.evaluate("($f := function() { $f() }; $f())", {}, 0.0, 1, "Output"), 0.1)
    assert await worker.evaluate("1", {}, 0.0, 1, "Output") == 1


def test_the_child_dies_with_its_parent():
    script = (
        "import asyncio, os, signal\n"
        "from tobiishi.expr.jsonata_worker import JsonataWorker\n"
        "async def main():\n"
        "    worker = JsonataWorker()\n"
        "    await worker.evaluate('1', {}, 0.0, 1, 'Output')\n"
        "    print(worker._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert parent.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while is_running(int(parent.stdout)):
        assert time.monotonic() < deadline


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def test_syntax_errors_are_errors_too():
    error = evaluate_in_full("1 +", {}, 0.0, 1, "Output")
    assert isinstance(error, EvaluationError)
    assert error.message.endswith("S0207: Unexpected end of expression")
