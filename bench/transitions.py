"""State transitions per second, durable and Express, beside the floor measured in the same run.

    python bench/transitions.py [--runs N] [--executions N] [--dir DIR]

Prints for a chain of ten Pass states and for an inline Map of 1,000 items: the floor, the engine, and their ratio; then
the time from start to finished of a one-state durable execution. Medians of the runs.
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
from typing import Any, NoReturn

import floor

from tobiishi.asl.model import Resource
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.store.contract import Machine, Store
from tobiishi.store.memory import MemoryStore
from tobiishi.store.sqlite import SqliteStore

STATES = 10
ITEMS = 1_000
CLIENTS = 50
"""Executions that are under way at once."""


class NoTasks:
    """There are no tasks in these definitions."""

    def find(self, resource: Resource) -> NoReturn:
        raise LookupError(resource.arn)

    def prepare(self, resource: Resource) -> None: ...


def chain_definition() -> str:
    states: dict[str, Any] = {}
    for k in range(STATES):
        states[f"S{k}"] = {"Type": "Pass", "Result": k, "ResultPath": "$.k", "Next": f"S{k + 1}"}
    states[f"S{STATES - 1}"] = {"Type": "Pass", "Result": STATES - 1, "ResultPath": "$.k", "End": True}
    return json.dumps({"StartAt": "S0", "States": states})


def map_definition() -> str:
    one = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    state = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": one, "End": True}
    return json.dumps({"StartAt": "M", "States": {"M": state}})


ONE_STATE = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
CHAIN_INPUT = json.dumps(floor.PAYLOAD)
MAP_INPUT = json.dumps([{"n": n} for n in range(ITEMS)])


async def all_of(executions: int, run: Callable[[], Awaitable[object]]) -> float:
    """Return seconds for that many executions, `CLIENTS` at once, each run to its end."""

    async def client(count: int) -> None:
        for _ in range(count):
            await run()

    counts = [executions // CLIENTS + (k < executions % CLIENTS) for k in range(CLIENTS)]
    start = time.perf_counter()
    await asyncio.gather(*(client(count) for count in counts if count))
    return time.perf_counter() - start


async def durable_rate(definition: str, text: str, executions: int, folder: Path) -> float:
    async with engine_on(SqliteStore(folder / "tobiishi.sqlite3")) as engine:
        machine = await engine.machines.put("bench", definition, engine.clock.now_ms())

        async def run() -> None:
            started = await engine.start_execution(machine.arn, text)
            await engine.wait(started.arn)

        return await all_of(executions, run)


async def express_rate(definition: str, text: str, executions: int) -> float:
    async with engine_on(MemoryStore()) as engine:
        machine = await engine.machines.put("bench", definition, engine.clock.now_ms(), "EXPRESS")
        express = Express(engine)
        return await all_of(executions, lambda: express.start_sync(machine.arn, text))


async def start_to_finished_ms(folder: Path, samples: int = 200) -> list[float]:
    async with engine_on(SqliteStore(folder / "tobiishi.sqlite3")) as engine:
        machine = await engine.machines.put("bench", ONE_STATE, engine.clock.now_ms())
        return [await _one(engine, machine) for _ in range(samples)]


async def _one(engine: Engine, machine: Machine) -> float:
    start = time.perf_counter()
    started = await engine.start_execution(machine.arn, CHAIN_INPUT)
    await engine.wait(started.arn)
    return (time.perf_counter() - start) * 1000


class engine_on:  # noqa: N801 - reads as a verb in `async with`
    """An engine over a store, from start to close."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __aenter__(self) -> Engine:
        await self._store.open()
        self._engine = Engine(self._store, NoTasks())
        await self._engine.start()
        return self._engine

    async def __aexit__(self, *error: object) -> None:
        await self._engine.close()
        await self._store.close()


def median(measure: Callable[[Path], float], runs: int, folder: Path | None) -> float:
    figures = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            figures.append(measure(Path(fresh)))
    return statistics.median(figures)


def report(name: str, engine: float, bottom: float) -> None:
    print(f"{name:<38} {engine:>9,.0f} transitions/s   floor {bottom:>9,.0f}   ratio {engine / bottom:.2f}", flush=True)


def compare(name: str, sizes: dict[str, Any], runs: int, folder: Path | None) -> None:
    """Measure one workflow: floor and engine in turn, in memory and durable."""
    history, size, executions = sizes["history"], sizes["size"], sizes["executions"]
    definition, text, transitions = sizes["definition"], sizes["input"], sizes["transitions"] * executions

    def rate(seconds: float) -> float:
        return float(transitions) / seconds

    bottom = median(lambda fresh: floor.durable(history, size, executions, fresh), runs, folder)
    engine = median(lambda fresh: asyncio.run(durable_rate(definition, text, executions, fresh)), runs, folder)
    report(f"{name}, durable", rate(engine), rate(bottom))
    bottom = median(lambda _: floor.in_memory(history, size, executions), runs, folder)
    engine = median(lambda _: asyncio.run(express_rate(definition, text, executions)), runs, folder)
    report(f"{name}, Express", rate(engine), rate(bottom))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--executions", type=int, default=2_000, help="of the chain; the Map runs a hundredth of it")
    parser.add_argument("--dir", type=Path, default=None, help="where the databases are made")
    options = parser.parse_args()
    chain = {
        "history": floor.chain,
        "size": STATES,
        "executions": options.executions,
        "definition": chain_definition(),
        "input": CHAIN_INPUT,
        "transitions": STATES,
    }
    fan_out = {
        "history": floor.fan_out,
        "size": ITEMS,
        "executions": max(1, options.executions // 100),
        "definition": map_definition(),
        "input": MAP_INPUT,
        "transitions": ITEMS + 1,
    }
    compare(f"chain of {STATES} Pass states", chain, options.runs, options.dir)
    compare(f"inline Map of {ITEMS:,} items", fan_out, options.runs, options.dir)
    with tempfile.TemporaryDirectory(dir=options.dir) as fresh:
        times = asyncio.run(start_to_finished_ms(Path(fresh)))
    print(f"one-state durable execution, start to finished: median {statistics.median(times):.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
