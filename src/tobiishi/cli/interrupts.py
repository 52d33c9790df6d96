"""Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends the process at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupts:
    """`asked` is set by the first signal; `signal` is its number, 0 before."""

    def __init__(self, before_leaving: Callable[[], None]) -> None:
        self.asked = asyncio.Event()
        self.signal = 0
        self._before_leaving = before_leaving

    @contextmanager
    def handled(self) -> Iterator["Interrupts"]:
        """Listen to signals within the block; call it in the loop's own thread."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._received, number)
        try:
            yield self
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    @property
    def exit_code(self) -> int:
        return 128 + self.signal

    def _received(self, number: int) -> None:
        if self.asked.is_set():
            self._before_leaving()
            os._exit(128 + number)  # nothing is lost: what is durable stays, and workers die with their parent
        self.signal = number
        self.asked.set()
