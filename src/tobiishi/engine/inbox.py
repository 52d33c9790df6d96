"""The order in which executions hear things.

Signals come first, in the order they arrived. Runs that used up their share of transitions and merely want to go on
take their turns between them, one turn after at most `SIGNALS_PER_TURN` signals, so that neither starves the other.
"""

import asyncio
from collections import OrderedDict, deque
from typing import Final

from tobiishi.interp.signals import Continue, Signal

SIGNALS_PER_TURN: Final = 10


class Inbox:
    """Signals on their way to executions, by id."""

    def __init__(self) -> None:
        self._signals: deque[tuple[int, Signal]] = deque()
        self._turns: OrderedDict[int, None] = OrderedDict()
        self._since_turn = 0
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._signals) + len(self._turns)

    def put(self, execution: int, signal: Signal) -> None:
        if isinstance(signal, Continue):
            self._turns[execution] = None  # however often a run asks, it has one turn waiting
        else:
            self._signals.append((execution, signal))
        self._arrived.set()

    async def next(self) -> tuple[int, Signal]:
        """Return whose turn it is, and what it hears; wait if there is nothing."""
        while not self:
            self._arrived.clear()
            await self._arrived.wait()
        if self._turns and (not self._signals or self._since_turn >= SIGNALS_PER_TURN):
            self._since_turn = 0
            return self._turns.popitem(last=False)[0], Continue()
        self._since_turn += 1
        return self._signals.popleft()
