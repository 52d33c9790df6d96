"""Who waits to hear what became of a signal.

A signal may be heard twice: when its segment could not be written, the run is folded again and hears the same signal.
Its receipt survives that, because it belongs to the signal and not to the attempt.
"""

import asyncio
from collections.abc import Sequence

from tobiishi.interp.effects import Effect
from tobiishi.interp.signals import Signal

Heard = Sequence[Effect] | None
"""What a signal brought about, once that is durable; None for one that came too late."""


class Receipts:
    """The futures of those who wait, by the identity of the signal."""

    def __init__(self) -> None:
        self._awaited: dict[int, tuple[Signal, asyncio.Future[Heard]]] = {}
        self._gone: Exception | None = None

    def __len__(self) -> int:
        return len(self._awaited)

    def expect(self, signal: Signal) -> "asyncio.Future[Heard]":
        """Return the future that will hear of a signal. Cancelled before the signal is heard, it withdraws it."""
        future: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        if self._gone is not None:
            future.set_exception(self._gone)
        else:
            self._awaited[id(signal)] = (signal, future)  # which keeps the signal, so that its id stays its own
        return future

    def awaits(self, signal: Signal) -> bool:
        return id(signal) in self._awaited

    def withdrawn(self, signal: Signal) -> bool:
        """Whether the signal must not be heard any more, as whoever sent it is gone."""
        awaited = self._awaited.get(id(signal))
        if awaited is None or not awaited[1].cancelled():
            return False
        del self._awaited[id(signal)]
        return True

    def give(self, signal: Signal, heard: Heard) -> None:
        future = self._take(signal)
        if future is not None:
            future.set_result(heard)

    def refuse(self, signal: Signal, error: Exception) -> None:
        """Nobody knows what would have become of the signal."""
        future = self._take(signal)
        if future is not None:
            future.set_exception(error)

    def fail_all(self, error: Exception) -> None:
        """The engine is gone: nobody will hear anything from it, now or later."""
        self._gone = error
        for signal, _ in list(self._awaited.values()):
            self.refuse(signal, error)

    def _take(self, signal: Signal) -> "asyncio.Future[Heard] | None":
        awaited = self._awaited.pop(id(signal), None)
        return None if awaited is None or awaited[1].done() else awaited[1]
