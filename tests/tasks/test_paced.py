"""Tasks at a rate: each has its turn, in the order they came."""

import asyncio
from typing import Any

import pytest

from tobiishi.asl.model import Resource
from tobiishi.quotas import Rate
from tobiishi.tasks import paced
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest


class Recorder:
    """An integration that says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def refusal(self, resource: Resource, arguments: Any) -> str | None:
        return f"{resource.arn} {arguments}"

    async def call(self, request: TaskRequest) -> Any:
        self.asked.append(request.arguments)
        return request.arguments

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:
        return [request.arguments, submitted]

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        self.asked.append(("stop", request.arguments, submitted))

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        return AfterCrash.LOST if request.arguments else AfterCrash.RESEND

    def lost_error(self, request: TaskRequest) -> TaskError:
        return TaskError("Lost", str(request.arguments))


class Time:
    """Time that passes by sleeping."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ms = 0
        monkeypatch.setattr(paced, "_now_ms", lambda: self.now_ms)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


def request(arguments: Any) -> TaskRequest:
    resource = Resource("arn:aws:states:::http:invoke", "service", "http", "invoke")
    return TaskRequest("e", "e", "m", "r", "us-east-1", "S", 1, resource, arguments)


async def test_calls_wait_for_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    inner, time = Recorder(), Time(monkeypatch)
    tasks = paced.Paced(inner, Rate(burst=2, per_second=4))
    answers = await asyncio.gather(*(tasks.call(request(number)) for number in range(6)))
    assert answers == inner.asked == list(range(6))
    assert time.now_ms == 1000


async def test_everything_else_is_passed_on() -> None:
    inner = Recorder()
    tasks = paced.Paced(inner, Rate(burst=1, per_second=1))
    assert await tasks.attend(request(1), 2) == [1, 2]
    await tasks.stop(request(1), 2)
    assert inner.asked == [("stop", 1, 2)]
    assert tasks.refusal(request(1).resource, 3) == "arn:aws:states:::http:invoke 3"
    assert tasks.after_crash(request(1)) is AfterCrash.LOST
    assert tasks.lost_error(request(1)).cause == "1"
