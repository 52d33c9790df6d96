"""Ten thousand requests that nobody should send: each is refused as AWS would, and the server is as well as before."""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import attacks, members
from tests.hostile.attacks import LIST, Attack
from tests.hostile.storm import Storm
from tests.server.conftest import machine
from tests.serving import Server

SEED = 20_260_301
CONNECTIONS = 40
KINDS = {
    members.wrong_types: 3500,
    members.wrong_values: 2500,
    members.hostile_definitions: 60,
    members.hostile_archives: 45,
    members.enormous: 25,
    members.too_large: 20,
    attacks.no_json: 1200,
    attacks.bit_flips: 500,
    attacks.routes: 600,
    attacks.guarded: 300,
    attacks.methods: 150,
    attacks.signatures: 300,
    attacks.oddities: 200,
    attacks.broken_http: 450,
    attacks.cut_off: 150,
}
"""How many of each."""
PASS = '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"TOBIISHI_LIMITS_IDLE_SECONDS": "3", "TOBIISHI_LIMITS_BODY_SECONDS": "3"}
    folder = tmp_path_factory.mktemp("hostile")
    with Server(folder / "data", env=settings, folder=folder) as server:
        yield server
        log = "".join(server.log)
        assert "Traceback" not in log
        assert " ERROR " not in log
        assert all(line.isprintable() for line in log.splitlines())
        assert not list(folder.rglob("escaped.py"))


def drawn() -> list[Attack]:
    draw = random.Random(SEED)
    made = [attack for kind, count in KINDS.items() for attack in itertools.islice(kind(draw), count)]
    draw.shuffle(made)
    return made


def slow() -> list[Attack]:
    """Clients that begin, and never go on."""
    texts = [
        "",
        "P",
        LIST[:30],
        LIST,
        f"{LIST}Content-Length: 9\r\n\r\n{{",
        f"{LIST}Transfer-Encoding: chunked\r\n\r\n9\r\n",
    ]
    return [Attack("slow", text.encode(), (408, 408), alone=True, silent=True) for text in texts * 5]


def resident_mebibytes(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def open_files(server: Server) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


def walk(server: Server) -> float:
    """Have an execution run to its end; return how many seconds it took."""
    sfn = server.client("stepfunctions")
    began = time.monotonic()
    started = sfn.start_execution(stateMachineArn=machine(sfn, PASS, "walk"))["executionArn"]
    while sfn.describe_execution(executionArn=started)["status"] == "RUNNING":
        pass  # each question takes its time
    return time.monotonic() - began


async def answered_meanwhile(server: Server, storm: Storm) -> float:
    """Let a storm rage; return the longest that somebody else waited for an answer."""
    raging = asyncio.create_task(storm.rage(CONNECTIONS))
    longest = 0.0
    while not raging.done():
        began = time.monotonic()
        assert await asyncio.to_thread(server.ready)
        longest = max(longest, time.monotonic() - began)
        await asyncio.wait([raging], timeout=0.1)
    await raging
    return longest


async def test_ten_thousand_attacks_are_refused(server: Server) -> None:
    walk(server)
    files, memory = open_files(server), resident_mebibytes(server)
    made = drawn()
    assert len(made) == 10_000
    storm, lingering = Storm(server.url, made), Storm(server.url, slow())
    longest, _ = await asyncio.gather(answered_meanwhile(server, storm), lingering.rage(len(slow())))
    complaints = [*storm.complaints, *lingering.complaints]
    assert not complaints, "\n".join([f"{len(complaints)} complaints", *complaints[:20]])
    assert longest < 5
    assert walk(server) < 2
    assert resident_mebibytes(server) - memory < 250
    while open_files(server) > files + 10:
        pass  # the server sees each connection close in its own time
