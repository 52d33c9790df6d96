"""Tasks that begin no faster than an account's quota allows: what is over it waits its turn."""

import asyncio
import time
from typing import Any

from tobiishi.asl.model import Resource
from tobiishi.quotas import Bucket, Rate
from tobiishi.tasks.contract import AfterCrash, Integration, TaskError, TaskRequest


class Paced:
    """An integration at a rate. The time that a call waits counts for its task's timeout."""

    def __init__(self, integration: Integration, rate: Rate) -> None:
        self._integration = integration
        self._bucket = Bucket(rate, _now_ms())
        self._turns = asyncio.Lock()

    async def call(self, request: TaskRequest) -> Any:
        async with self._turns:  # it is fair: first come, first served
            while not self._bucket.take(_now_ms()):  # noqa: ASYNC110 - time refills it, nobody sets it
                await asyncio.sleep(self._bucket.wait_ms(_now_ms()) / 1000)
        return await self._integration.call(request)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:
        return await self._integration.attend(request, submitted)

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        await self._integration.stop(request, submitted)

    def refusal(self, resource: Resource, arguments: Any) -> str | None:
        return self._integration.refusal(resource, arguments)

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        return self._integration.after_crash(request)

    def lost_error(self, request: TaskRequest) -> TaskError:
        return self._integration.lost_error(request)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
