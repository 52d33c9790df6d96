"""How long a one-state execution takes while another one does its worst on the same engine.

    python bench/fairness.py [--samples N]

Prints median and p99, start to finished, beside an idle engine, beside an endless Choice loop, Standard and Express,
small and with a payload near the limit, and beside one hostile JSONata expression after another.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from transitions import ONE_STATE, engine_on

from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.store.sqlite import SqliteStore

AGAIN = {"Variable": "$.stop", "IsPresent": False, "Next": "C"}
CHOICE = {"Type": "Choice", "Choices": [AGAIN], "Default": "E"}
LOOP = json.dumps({"StartAt": "C", "States": {"C": CHOICE, "E": {"Type": "Succeed"}}})
PAYLOADS = {"small payload": "{}", "payload of 250 KB": json.dumps({"text": "x" * 250_000})}

BOMBS = {
    "ranges of ranges": "$count([1..10000].[1..10000])",
    "endless recursion": "($f := function($n) {1 + $f($n + 1)}; $f(1))",
    "endless tail recursion": "($f := function($n) {$f($n + 1)}; $f(1))",
    "a regular expression, backtracking": "$contains($pad('!', -60, 'a'), /^(?=a)(a+)+$/)",
    "a regular expression, in linear time": "[1..100000].$contains($states.input.text, /(x+x+)+y/)",
    "a text of 10 MB by doubling": "$reduce([1..24], function($a, $b) {$a & $a}, 'x')",
    "arrays doubled 60 times": "$string($reduce([1..60], function($a, $b) {[[$a], [$a]]}, 1))",
    "just below what the loop may take": "$sum([1..18000])",
}


async def standard(engine: Engine) -> Callable[[], Awaitable[object]]:
    machine = await engine.machines.put("one", ONE_STATE, engine.clock.now_ms())

    async def run() -> None:
        started = await engine.start_execution(machine.arn)
        await engine.wait(started.arn)

    return run


async def sample(run: Callable[[], Awaitable[object]], samples: int) -> list[float]:
    """Return milliseconds of each run, sorted."""
    times = []
    for _ in range(samples):
        start = time.perf_counter()
        await run()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)


def report(name: str, times: list[float]) -> None:
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    middle = statistics.median(times)
    print(f"{name:<58} median {middle:>6.2f} ms   p99 {p99:>6.2f} ms   longest {times[-1]:>6.2f} ms", flush=True)


async def beside_standard_loops(samples: int, text: str, name: str) -> None:
    """A Standard loop ends at 25,000 history events, so a new one is started whenever one has ended."""
    with tempfile.TemporaryDirectory() as folder:
        async with engine_on(SqliteStore(Path(folder) / "t.sqlite3")) as engine:
            run = await standard(engine)
            endless = (await engine.machines.put("endless", LOOP, engine.clock.now_ms())).arn

            async def loop_on() -> None:
                while True:
                    await engine.wait((await engine.start_execution(endless, text)).arn)

            looping = asyncio.create_task(loop_on())
            report(f"beside an endless Standard Choice loop, {name}", await sample(run, samples))
            looping.cancel()
            await asyncio.gather(looping, return_exceptions=True)


async def beside_express_loop(samples: int, text: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with engine_on(SqliteStore(Path(folder) / "t.sqlite3")) as engine:
            run = await standard(engine)
            endless = (await engine.machines.put("endless", LOOP, engine.clock.now_ms(), "EXPRESS")).arn
            looping = asyncio.create_task(Express(engine).start_sync(endless, text))
            report(f"beside an endless Express Choice loop, {name}", await sample(run, samples))
            looping.cancel()
            await asyncio.gather(looping, return_exceptions=True)


async def beside_expression(samples: int, expression: str, name: str) -> None:
    """Another execution with the same expression is started whenever one has ended."""
    fields = {f"k{number}": f"{{% {expression} %}}" for number in range(20)}
    state = {"Type": "Pass", "Output": fields, "End": True}
    hostile = json.dumps({"StartAt": "S", "QueryLanguage": "JSONata", "States": {"S": state}})
    with tempfile.TemporaryDirectory() as folder:
        async with engine_on(SqliteStore(Path(folder) / "t.sqlite3")) as engine:
            run = await standard(engine)
            arn = (await engine.machines.put("hostile", hostile, engine.clock.now_ms())).arn

            async def start_again() -> None:
                while True:
                    await engine.wait((await engine.start_execution(arn, PAYLOADS["payload of 250 KB"])).arn)

            starting = asyncio.create_task(start_again())
            report(f"beside {name}", await sample(run, samples))
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)


async def alone(samples: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with engine_on(SqliteStore(Path(folder) / "t.sqlite3")) as engine:
            report("alone", await sample(await standard(engine), samples))


async def measure(samples: int) -> None:
    await alone(samples)
    for name, text in PAYLOADS.items():
        await beside_standard_loops(samples, text, name)
        await beside_express_loop(samples, text, name)
    for name, expression in BOMBS.items():
        await beside_expression(4 * samples, expression, name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=500)
    options = parser.parse_args()
    asyncio.run(measure(options.samples))
    return 0


if __name__ == "__main__":
    sys.exit(main())
