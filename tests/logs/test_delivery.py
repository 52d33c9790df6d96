"""Delivery to a real moto server, and to servers that have had better days."""

import asyncio
import json
import logging
import time
from typing import Any

import pytest
from aiohttp import web

from tests.logs.conftest import group_arn
from tobiishi.logs.batches import Record
from tobiishi.logs.configuration import LogGroup
from tobiishi.logs.delivery import MAX_TRIES, Delivery
from tobiishi.logs.streams import Stream
from tobiishi.tasks.aws_calls import AwsCalls
from tobiishi.tasks.aws_clients import Endpoint

LOST = Stream(LogGroup(group_arn("/none")), "states/orders/1")


def now_ms() -> int:
    """Return the time: CloudWatch Logs takes no record that is far from it."""
    return round(time.time() * 1000)


async def test_records_arrive_in_the_order_of_their_time(calls, group, logged):
    delivery = Delivery(calls)
    stream = Stream(group, "states/orders/1")
    now = now_ms()
    for later, text in ((2, b"second"), (1, b"first"), (3, b"third")):
        delivery.offer(stream, Record(now + later, text))
    await delivery.drain(10)
    assert logged(group) == {"states/orders/1": ["first", "second", "third"]}
    await delivery.close()
    assert delivery.dropped == 0


async def test_a_stream_is_opened_ahead_of_its_records(calls, group, logged):
    delivery = Delivery(calls)
    stream = Stream(group, "states/orders/1")
    delivery.expect(stream)
    await delivery.drain(10)
    assert logged(group) == {"states/orders/1": []}
    delivery.offer(stream, Record(now_ms(), b"one"))
    await delivery.drain(10)
    assert logged(group) == {"states/orders/1": ["one"]}
    await delivery.close()


async def test_a_stream_that_somebody_deletes_is_opened_again(calls, boto, group, logged):
    delivery = Delivery(calls)
    stream = Stream(group, "states/orders/1")
    delivery.offer(stream, Record(now_ms(), b"one"))
    await delivery.drain(10)
    boto("logs").delete_log_stream(logGroupName=group.name, logStreamName=stream.name)
    delivery.offer(stream, Record(now_ms(), b"two"))
    await delivery.drain(10)
    assert logged(group) == {"states/orders/1": ["two"]}
    await delivery.close()


async def test_a_group_that_is_gone_is_told_once(calls, caplog):
    delivery = Delivery(calls)
    for _ in range(2):
        delivery.offer(LOST, Record(now_ms(), b"one"))
        await delivery.drain(10)
    await delivery.close()
    told = [record.getMessage() for record in caplog.records if record.name == "tobiishi.logs"]
    assert len(told) == 2
    assert told[0].startswith(f"log records for {group_arn('/none')} are dropped: ResourceNotFoundException: ")
    assert told[1] == "2 log records were not delivered"


async def test_without_a_destination_nothing_waits(caplog):
    delivery = Delivery(AwsCalls())
    delivery.expect(LOST)
    delivery.offer(LOST, Record(now_ms(), b"one"))
    assert delivery.dropped == 1
    assert "start with --aws URL" in caplog.text
    await delivery.close()


@pytest.fixture
async def service():
    """Return a function that starts a CloudWatch Logs which answers each request with the next of these statuses."""
    taken: list[tuple[str, int, Any]] = []
    runners: list[web.AppRunner] = []

    async def start(*statuses, hold=None, answers=None):
        left = list(statuses)

        async def answer(request):
            if hold is not None:
                await hold.wait()
            target = request.headers["X-Amz-Target"].rpartition(".")[2]
            status = left.pop(0) if left else 200
            taken.append((target, status, json.loads(await request.text())))
            body = {"__type": "ServiceUnavailableException"} if status >= 400 else answers or {}
            return web.json_response(body, status=status)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return AwsCalls(Endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}")), taken

    yield start
    for runner in runners:
        await runner.cleanup()


class Pauses:
    """Pauses that take no time."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_a_busy_service_is_asked_again_ever_later(service):
    calls, taken = await service(503, 500, 503)
    pauses = Pauses()
    delivery = Delivery(calls, pause=pauses)
    delivery.offer(LOST, Record(now_ms(), b"one"))
    await delivery.drain(10)
    await delivery.close()
    assert pauses.seconds == [0.2, 0.4, 0.8]
    assert [(target, status) for target, status, _ in taken] == [
        ("CreateLogStream", 503),
        ("CreateLogStream", 500),
        ("CreateLogStream", 503),
        ("CreateLogStream", 200),
        ("PutLogEvents", 200),
    ]
    assert delivery.dropped == 0
    calls.close()


async def test_nobody_is_asked_for_ever(free_port):
    calls, pauses = AwsCalls(Endpoint(f"http://127.0.0.1:{free_port}")), Pauses()
    delivery = Delivery(calls, pause=pauses)
    delivery.offer(LOST, Record(now_ms(), b"one"))
    await delivery.drain(10)
    await delivery.close()
    assert len(pauses.seconds) == MAX_TRIES - 1
    assert delivery.dropped == 1
    calls.close()


async def test_what_arrives_meanwhile_goes_with_the_next_request(service):
    hold = asyncio.Event()
    calls, taken = await service(hold=hold)
    delivery = Delivery(calls)
    delivery.offer(LOST, Record(now_ms(), b"0"))
    await asyncio.sleep(0)
    for at in range(1, 1000):
        delivery.offer(LOST, Record(now_ms() + at, str(at).encode()))
    hold.set()
    await delivery.drain(10)
    await delivery.close()
    sent = [len(body["logEvents"]) for target, _, body in taken if target == "PutLogEvents"]
    assert sum(sent) == 1000
    assert len(sent) <= 2
    calls.close()


async def test_a_service_that_hangs_costs_bounded_memory_and_nobodys_time(service, caplog):
    hold = asyncio.Event()
    calls, _ = await service(hold=hold)
    delivery = Delivery(calls, limit=10_000)
    with caplog.at_level(logging.WARNING, "tobiishi.logs"):
        for _ in range(1000):
            delivery.offer(LOST, Record(now_ms(), b"x" * 100))
        await delivery.drain(0.01)
        await delivery.close()
    assert delivery.dropped == 1000
    told = [record.getMessage() for record in caplog.records if record.name == "tobiishi.logs"]
    assert told == [
        f"log records for {group_arn('/none')} are dropped: more is logged than can be delivered",
        "1000 log records were not delivered",
    ]
    hold.set()
    calls.close()


@pytest.mark.parametrize(
    ("info", "refused"),
    [
        ({"tooOldLogEventEndIndex": 1}, 1),
        ({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2}, 2),
        ({"tooNewLogEventStartIndex": 1}, 2),
        ({"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}, 2),
        ({}, 0),
    ],
)
async def test_records_refused_for_their_time_are_counted(service, info, refused):
    calls, _ = await service(answers={"rejectedLogEventsInfo": info})
    delivery = Delivery(calls)
    for at in range(3):
        delivery.offer(LOST, Record(now_ms() + at, b"x"))
    await delivery.drain(10)
    await delivery.close()
    assert delivery.dropped == refused
    calls.close()
