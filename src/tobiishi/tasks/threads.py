"""Blocking calls in threads that a stopping process does not wait for.

A `ThreadPoolExecutor` is joined when Python exits, so one endpoint that hangs would hold up the end of the server for
as long as the call's own time limit. What these threads do is already recorded as in flight, and recovery knows what
to make of it.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")


class DaemonThreads:
    """Runs at most `limit` calls at once; further ones wait their turn. Belongs to one event loop."""

    def __init__(self, limit: int, name: str) -> None:
        self._free = asyncio.Semaphore(limit)
        self._name = name

    async def run(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns, or raise what it raises. Cancelled, it leaves the thread to end on its own.

        Such a thread keeps its place until it has ended, so that there are never more than the limit.
        """
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()

        def settle(result: _T | None, error: BaseException | None) -> None:
            self._free.release()
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

        def body() -> None:
            result, error = None, None
            try:
                result = work()
            except BaseException as raised:  # noqa: BLE001 - it is raised where it was asked for
                error = raised
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(settle, result, error)

        try:
            threading.Thread(target=body, name=self._name, daemon=True).start()
        except RuntimeError:
            self._free.release()
            raise
        return await future
