"""Functions at work: warm workers, started when they are needed, reused, and ended when they are not."""

import asyncio
import logging
import os
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tobiishi.functions.capacity import Capacity, ThrottledError
from tobiishi.functions.catalogue import Catalogue, Function
from tobiishi.functions.leftovers import LeftoversError
from tobiishi.functions.process import Worker
from tobiishi.functions.runtime_api import MAX_EVENT, MAX_REQUEST, Request, RuntimeApi, WorkerGoneError
from tobiishi.functions.settings import CatalogueError
from tobiishi.tasks.function_name import LATEST, FunctionName
from tobiishi.tasks.lambda_ import Invocation, InvokeError

_log = logging.getLogger(__name__)

_WORKER_MEMORY: Final = 64 * 1024 * 1024
"""Bytes that an idle worker with a few imports holds: what bounds the number of workers on a small machine."""


def workers_for_this_machine() -> int:
    """Return how many workers may run at once: functions mostly wait, so more than cores, but they must fit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(4, min(16 * (os.cpu_count() or 1), memory // 2 // _WORKER_MEMORY))


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """`workers` bounds all functions together, `workers_per_function` each; over them, calls wait.

    `idle_seconds`: how long a worker stays warm without work.
    """

    region: str = "us-east-1"
    workers: int = field(default_factory=workers_for_this_machine)
    workers_per_function: int = 10
    idle_seconds: float = 300


class FunctionPool:
    """Invokes the functions of a catalogue. `open` it before the first call; `close` it always.

    `records` is a folder of the engine's data directory: see `functions.leftovers`, which clears it at the next start.
    """

    def __init__(self, functions: Catalogue, settings: PoolSettings, records: Path) -> None:
        self._functions = functions
        self._settings = settings
        self._records = records
        self._api = RuntimeApi()
        self._capacity = Capacity[Worker](settings.workers, self._retire)
        self._workers: set[Worker] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._running = 0
        self._accepting = self._closing = False
        self._sweeper: asyncio.Task[None] | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def open(self) -> None:
        self._records.mkdir(parents=True, exist_ok=True)
        await self._api.open()
        self._sweeper = asyncio.create_task(self._sweep())
        self._accepting = True

    async def drain(self, seconds: float) -> None:
        """Accept nothing more and give what is running that long to finish."""
        self._accepting = False
        try:
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        except TimeoutError:
            _log.warning("%d function invocations are still running after %g s", self._running, seconds)

    async def close(self) -> None:
        """End every worker, busy or not, and wait until they and what they started are gone."""
        self._accepting, self._closing = False, True
        if self._sweeper is not None:
            self._sweeper.cancel()
        await asyncio.gather(*(self._end(worker) for worker in tuple(self._workers)))
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
            await asyncio.sleep(0)  # what has ended leaves the set in a callback, and gather need not wait for one
        await self._api.close()

    # -- calls -----------------------------------------------------------------------------------------------------
    def check(self, name: str) -> None:
        """Raise `InvokeError` if `invoke` could not run this function."""
        self._function(name, name)

    async def invoke(
        self, name: str, payload: bytes, *, invoked_arn: str, client_context: str | None = None
    ) -> Invocation:
        """Run the function that `name` stands for (any form that Lambda takes) and return what came of it.

        `payload` is JSON text; `client_context` is too. A function that fails, runs out of time or dies is an
        `Invocation` with a `function_error`. Raises `InvokeError` if the function was not run. Cancelling ends the
        worker, since there is no other way to stop what it does.
        """
        function = self._function(name, invoked_arn)
        request = _request(payload, invoked_arn, client_context)
        self._begin()
        try:
            return await self._run(function, request)
        finally:
            self._finish()

    def invoke_later(self, name: str, payload: bytes, *, invoked_arn: str, client_context: str | None = None) -> None:
        """Run a function without waiting for it (InvocationType Event). Raises `InvokeError` as `invoke` does.

        It runs once: what it returns or raises goes to its log only.
        """
        function = self._function(name, invoked_arn)
        request = _request(payload, invoked_arn, client_context, MAX_EVENT)
        self._begin()
        self._in_background(self._run_unattended(function, request))

    async def _run_unattended(self, function: Function, request: Request) -> None:
        try:
            done = await self._run(function, request)
        except InvokeError as error:
            _log.warning("%s was not invoked: %s", function.name, error)
        else:
            if done.function_error:
                _log.warning("%s failed: %s", function.name, done.payload[:1000].decode(errors="replace"))
        finally:
            self._finish()

    def _begin(self) -> None:
        self._running += 1
        self._quiet.clear()

    def _finish(self) -> None:
        self._running -= 1
        if not self._running:
            self._quiet.set()

    def _function(self, name: str, invoked_arn: str) -> Function:
        if not self._accepting:
            raise _shutting_down()
        try:
            function = self._functions.find(name)
        except ValueError as error:
            raise InvokeError("ValidationException", 400, str(error)) from None
        except (CatalogueError, OSError) as error:
            raise InvokeError("ServiceException", 500, str(error)) from None
        if function is None:
            arn = invoked_arn if FunctionName.parse(invoked_arn).qualifier else f"{invoked_arn}:{LATEST}"
            raise InvokeError("ResourceNotFoundException", 404, f"Function not found: {arn}")
        return function

    async def _run(self, function: Function, request: Request) -> Invocation:
        while True:
            worker = await self._take(function)
            try:
                answer = await worker.run(request)
            except WorkerGoneError:
                self._discard(worker)  # it ended between two requests, and another can take this one
            except BaseException:
                self._discard(worker)
                raise
            else:
                break
        if answer.usable:
            self._put_idle(worker)
        else:
            self._discard(worker)
        error = "Unhandled" if answer.reply.failed else None
        return Invocation(request.id, answer.reply.payload, error, answer.log_tail, LATEST)

    # -- workers ---------------------------------------------------------------------------------------------------
    async def _take(self, function: Function) -> Worker:
        """Return a worker that nobody else uses: a warm one, or a new one that may still be starting."""
        name = function.name
        if function.concurrency is not None and self._capacity.busy(name) >= function.concurrency:
            raise _throttled()
        while True:
            try:
                worker = await self._capacity.take(name, function.concurrency or self._settings.workers_per_function)
            except ThrottledError:
                raise _throttled() from None
            if worker is None:
                return self._start(function)
            if worker.function == function:
                return worker
            self._discard(worker)  # edited since it started

    def _start(self, function: Function) -> Worker:
        """Start a worker in a place that was taken for it."""
        try:
            if self._closing:
                raise _shutting_down()
            worker = Worker(function, self._api, self._records, function.region or self._settings.region)
        except OSError as error:
            self._capacity.free(function.name)
            raise InvokeError("ServiceException", 500, f"A worker cannot be started: {error.strerror}") from error
        except InvokeError:
            self._capacity.free(function.name)
            raise
        self._workers.add(worker)
        return worker

    def _put_idle(self, worker: Worker) -> None:
        worker.idle_since = time.monotonic()
        self._capacity.put_idle(worker.function.name, worker)

    async def _sweep(self) -> None:
        """End workers that have had nothing to do for a while."""
        while True:
            await asyncio.sleep(self._settings.idle_seconds / 4)
            latest = time.monotonic() - self._settings.idle_seconds
            for name, worker in self._capacity.idle():
                if worker.idle_since < latest and self._capacity.withdraw(name, worker):
                    self._retire(worker)

    def _discard(self, worker: Worker) -> None:
        """End a worker that was taken, and give up its place."""
        self._capacity.free(worker.function.name)
        self._retire(worker)

    def _retire(self, worker: Worker) -> None:
        """End a worker that has no place any more."""
        self._in_background(self._end(worker))

    async def _end(self, worker: Worker) -> None:
        try:
            await worker.end()
        except LeftoversError:
            _log.exception("%s: a worker's processes stay; the next start tries again", worker.function.name)
        self._workers.discard(worker)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _request(payload: bytes, invoked_arn: str, client_context: str | None, most: int = MAX_REQUEST) -> Request:
    if len(payload) > most:
        text = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        raise InvokeError("RequestTooLargeException", 413, text)
    return Request(str(uuid.uuid4()), payload, invoked_arn, client_context)


def _throttled() -> InvokeError:
    return InvokeError("TooManyRequestsException", 429, "Rate Exceeded.")


def _shutting_down() -> InvokeError:
    return InvokeError("ServiceException", 500, "The function runtime is shutting down")
