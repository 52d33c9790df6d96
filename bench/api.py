"""Requests per second through `tobiishi serve`, beside a server that does nothing but read and answer.

    python bench/api.py [--starts N] [--runs N]

For 50 keep-alive clients: StartExecution of a 3-state Standard machine (durable when answered), DescribeExecution, and
StartSyncExecution of a 3-state Express machine; then the time of one StartSyncExecution after another. The floor is
an aiohttp server with the same client in the same run, so each ratio says what the engine and AWS's protocol cost.
Server and clients are processes of their own; each takes a core.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp

CLIENTS = 50
ROLE = "arn:aws:iam::123456789012:role/bench"
STATES = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}}
DEFINITION = json.dumps({"StartAt": "A", "States": STATES})
INPUT = json.dumps({"order": 17, "items": ["a", "b", "c"]})

FLOOR = """
import asyncio
from aiohttp import web

async def answer(request):
    await request.read()
    return web.Response(body=b'{"executionArn": "arn", "startDate": 1.5}', content_type="application/x-amz-json-1.0")

async def main():
    server = await asyncio.get_running_loop().create_server(web.Server(answer), "127.0.0.1", 0)
    print("listening at http://127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Process:
    """A server that says on its output where it listens."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self._process.stdout is not None
        line = next(line for line in self._process.stdout if "listening at" in line)
        self.url = line.split("listening at ")[1].split()[0]
        threading.Thread(target=self._process.stdout.read, daemon=True).start()  # so that its log never waits for us

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class Client:
    """Calls operations of Step Functions, with no AWS library in the way."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def __call__(self, operation: str, **params: Any) -> Any:
        headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        async with self._session.post(self._url, data=json.dumps(params), headers=headers) as response:
            body = await response.read()
            assert response.status == 200, body
            return json.loads(body)

    async def machine(self, name: str, kind: str) -> str:
        made = await self("CreateStateMachine", name=name, definition=DEFINITION, roleArn=ROLE, type=kind)
        return str(made["stateMachineArn"])


async def rate(count: int, request: Callable[[int], Awaitable[Any]]) -> float:
    """Return requests per second with all clients at work."""
    numbers = iter(range(count))

    async def client() -> None:
        for number in numbers:
            await request(number)

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / (time.perf_counter() - begun)


async def times(count: int, request: Callable[[int], Awaitable[Any]]) -> list[float]:
    """Return the milliseconds of one request after another."""
    taken = []
    for number in range(count):
        begun = time.perf_counter()
        await request(number)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


async def measure(server: Client, floor: Client, count: int, run: int) -> dict[str, tuple[float, float]]:
    """Return pairs of the server's figure and the floor's."""
    standard, express = await server.machine("standard", "STANDARD"), await server.machine("express", "EXPRESS")
    started = await server("StartExecution", stateMachineArn=standard, input=INPUT)

    def start(client: Client) -> Callable[[int], Awaitable[Any]]:
        return lambda n: client("StartExecution", stateMachineArn=standard, name=f"n{run}-{n}", input=INPUT)

    def sync(client: Client) -> Callable[[int], Awaitable[Any]]:
        return lambda _: client("StartSyncExecution", stateMachineArn=express, input=INPUT)

    def describe(client: Client) -> Callable[[int], Awaitable[Any]]:
        return lambda _: client("DescribeExecution", executionArn=started["executionArn"])

    kinds = {"StartExecution": start, "DescribeExecution": describe, "StartSyncExecution": sync}
    found = {
        f"{name}, 50 clients, /s": (await rate(count, kind(server)), await rate(count, kind(floor)))
        for name, kind in kinds.items()
    }
    alone, bare = await times(count // 10, sync(server)), await times(count // 10, sync(floor))
    found["StartSyncExecution, one client, median ms"] = (statistics.median(alone), statistics.median(bare))
    found["StartSyncExecution, one client, p99 ms"] = (
        statistics.quantiles(alone, n=100)[98],
        statistics.quantiles(bare, n=100)[98],
    )
    return found


async def bench(count: int, runs: int) -> None:
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        serve = ["-m", "tobiishi", "serve", "--port", "0", "--data", str(Path(folder, "data"))]
        server, floor = Process([sys.executable, *serve]), Process([sys.executable, "-c", FLOOR])
        stack.callback(server.close)
        stack.callback(floor.close)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            clients = Client(session, server.url), Client(session, floor.url)
            measured = [await measure(*clients, count, run) for run in range(runs)]
    for name in measured[0]:
        ours, bare = (statistics.median(run[name][side] for run in measured) for side in (0, 1))
        print(f"{name:45} {ours:10.2f}   floor {bare:10.2f}   ratio {ours / bare:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    asyncio.run(bench(arguments.starts, arguments.runs))


if __name__ == "__main__":
    main()
