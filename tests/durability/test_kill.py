"""SIGKILL, fifty times, at real processes: the same output, the same history, and nothing sent twice in silence."""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from tests.durability import machine
from tests.durability.endpoint import Endpoint, endpoint
from tobiishi.engine.queries import outcome
from tobiishi.store.contract import Filter, StoreError
from tobiishi.store.sqlite import SqliteReader

KILLS = 50
PATIENCE = 7
"""How often each request is cut off before it may pass."""
LOST = ("Lambda.SdkClientException", "Sqs.SdkClientException")

Event = dict[str, Any]


class Runs:
    """One execution in a data directory of its own, driven by one process after the other."""

    def __init__(self, folder: Path, door: Endpoint, queue: str) -> None:
        self.data = folder / "data"
        self.calls = folder / "calls"
        self._folder = folder
        self._door = door
        self._queue = queue
        self._definition = machine.write(folder)

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        options = ["--data", self.data, "--functions", self._folder / "functions", "--aws", self._door.url, "--quiet"]
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tobiishi", *arguments, *map(str, options),
            stdout=asyncio.subprocess.PIPE, env={**os.environ, "CALLS": str(self.calls)},
        )  # fmt: skip

    async def run(self) -> asyncio.subprocess.Process:
        text = json.dumps({"queue": self._queue})
        return await self.start("run", str(self._definition), "--name", "one", "--input", text)

    async def resume(self) -> asyncio.subprocess.Process:
        return await self.start("resume", "one")

    async def histories(self) -> dict[str, list[Event]]:
        """Return the history of every execution, by its machine's name."""
        reader = SqliteReader(self.data / "tobiishi.sqlite3")
        await reader.open()
        try:
            rows = await reader.executions(Filter())
            for row in rows:
                assert (await outcome(reader, row)).status == "SUCCEEDED"
            return {row.machine_arn.rsplit(":", 1)[1]: await _recorded(reader, row.id) for row in rows}
        finally:
            await reader.close()

    async def exists(self) -> bool:
        reader = SqliteReader(self.data / "tobiishi.sqlite3")
        try:
            await reader.open()
            return bool(await reader.executions(Filter(name="one")))
        except StoreError:  # the first engine has not made it yet
            return False
        finally:
            await reader.close()


async def test_fifty_kills(tmp_path: Path) -> None:
    async with endpoint(PATIENCE) as door:
        queue = await _make_queue(door)
        calm = Runs(tmp_path / "calm", door, queue)
        process = await calm.run()
        expected, _ = await process.communicate()
        assert process.returncode == 0
        door.requests.clear()

        killed = Runs(tmp_path / "killed", door, queue)
        in_flight, output = await _kill_and_resume(killed, door)

        assert json.loads(output) == json.loads(expected)
        assert in_flight >= 20
        await _compare(await calm.histories(), await killed.histories(), door.requests, killed.calls)


async def _kill_and_resume(runs: Runs, door: Endpoint) -> tuple[int, bytes]:
    """Kill and resume until fifty kills are done; return how many hit a request in flight, and the final output."""
    dice = random.Random(20)
    in_flight = 0
    process = await runs.run()
    while not await runs.exists():  # noqa: ASYNC110 - another process makes it so
        await asyncio.sleep(0.02)
    for kill in range(KILLS):
        aimed = kill % 5 != 0
        if aimed:
            door.arrived.clear()
            await asyncio.wait_for(door.arrived.wait(), timeout=60)
            await asyncio.sleep(0.02)
        else:
            await asyncio.sleep(dice.uniform(0.1, 0.9))
        assert process.returncode is None, f"ended after {kill} kills"
        process.send_signal(signal.SIGKILL)
        await process.wait()
        in_flight += aimed
        process = await runs.resume()
    output, _ = await process.communicate()
    assert process.returncode == 0
    return in_flight, output


async def _recorded(reader: SqliteReader, execution: int) -> list[Event]:
    """Return an execution's history events with the frames that they belong to (`_f`)."""
    segments = await reader.segments(execution, limit=100_000)
    return [entry for segment in segments for entry in orjson.loads(segment.body) if "_r" not in entry]


async def _make_queue(door: Endpoint) -> str:
    headers = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}
    headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, Signature=x"
    async with (
        aiohttp.ClientSession() as session,
        session.post(door.url, data=b'{"QueueName":"q"}', headers=headers) as answer,
    ):
        url: str = json.loads(await answer.read())["QueueUrl"]
        return url


async def _compare(
    calm: dict[str, list[Event]], killed: dict[str, list[Event]], requests: Counter[str], calls: Path
) -> None:
    assert calm.keys() == killed.keys() == {"mixed", "child"}
    for name, history in calm.items():
        assert _story(killed[name]) == _story(history), name
    scheduled: Counter[str] = Counter()
    for history in killed.values():
        scheduled += _scheduled(history)
    sent = requests + _calls(calls)
    assert not {marker: count for marker, count in sent.items() if count > scheduled[marker]}, "sent without a schedule"
    lost = sum(_is_lost(event) for history in killed.values() for event in history)
    assert lost >= 20, "kills hit tasks in flight, and their history says so"


def _story(history: list[Event]) -> list[list[str]]:
    """Return what happened in each frame, in its order; times, ids and the attempts that a kill cut off aside."""
    dropped: set[int] = set()
    for event in history:
        if _is_lost(event):
            dropped |= {event["id"], event["previousEventId"], _previous(history, event["previousEventId"])}
    frames: defaultdict[int, list[str]] = defaultdict(list)
    for event in history:
        if event["id"] not in dropped:
            frames[event.get("_f", 0)].append(_told(event))
    return sorted(frames.values())


def _previous(history: list[Event], event_id: int) -> int:
    previous: int = history[event_id - 1]["previousEventId"]
    return previous


def _told(event: Event) -> str:
    details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    kept = {key: value for key, value in details.items() if key in ("name", "index", "input", "output", "parameters")}
    if event["type"] in ("TaskSubmitted", "TaskSucceeded"):
        kept = {"resource": details.get("resource")}
    return f"{event['type']} {json.dumps(kept, sort_keys=True)}"


def _is_lost(event: Event) -> bool:
    details = event.get("taskFailedEventDetails") or event.get("lambdaFunctionFailedEventDetails") or {}
    return details.get("error") in LOST


def _scheduled(history: list[Event]) -> Counter[str]:
    markers: Counter[str] = Counter()
    for event in history:
        if event["type"] == "TaskScheduled":
            parameters = json.loads(event["taskScheduledEventDetails"]["parameters"])
            marker = parameters.get("MessageBody") or parameters.get("Payload", {}).get("marker")
            if marker:
                markers[marker] += 1
    return markers


def _calls(path: Path) -> Counter[str]:
    return Counter(path.read_text().split("\n")[:-1]) if path.exists() else Counter()
