"""A clock that stands still until somebody turns it."""

import asyncio
from typing import Final

_EPOCH_MS: Final = 1_700_000_000_000


class VirtualClock:
    """Time as a test wants it: it moves by `advance` and `advance_to_next` only."""

    def __init__(self, now_ms: int = _EPOCH_MS) -> None:
        self._now_ms = now_ms
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []

    def now_ms(self) -> int:
        return self._now_ms

    async def sleep_until(self, due_ms: int) -> None:
        """Return once the clock was turned to `due_ms` or later."""
        if due_ms <= self._now_ms:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = (due_ms, woken)
        self._sleepers.append(sleeper)
        try:
            await woken
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    def advance(self, ms: int) -> None:
        """Turn the clock forward and wake whoever's time has come."""
        self._now_ms += ms
        for due_ms, woken in list(self._sleepers):
            if due_ms <= self._now_ms and not woken.done():
                woken.set_result(None)

    def advance_to_next(self) -> bool:
        """Turn the clock to when the next sleeper wants to be woken; False if nobody sleeps."""
        waiting = [due_ms for due_ms, woken in self._sleepers if not woken.done()]
        if not waiting:
            return False
        self.advance(max(0, min(waiting) - self._now_ms))
        return True
