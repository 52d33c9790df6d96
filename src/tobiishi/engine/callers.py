"""Who waits for what: starts that are not durable yet, and executions that have not ended."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tobiishi.engine.queries import Outcome
from tobiishi.engine.recent import Recent
from tobiishi.interp.run import Run
from tobiishi.store.contract import ExecutionRow

_RECENT: Final = 1024
"""Outcomes kept in memory after the end, if they are no longer than `_SMALL` characters."""
_SMALL: Final = 4096


@dataclass(frozen=True, slots=True)
class Started:
    """A start that was accepted. Times in milliseconds since the epoch."""

    execution: int
    arn: str
    started_ms: int


@dataclass(slots=True)
class Birth:
    """An execution whose first segment is not durable yet. `poisoned`: its first step must not be taken again."""

    row: ExecutionRow
    run: Callable[[], Run]
    input: str
    answer: asyncio.Future[Started]
    parent: str | None = None
    poisoned: bool = False
    settings: str = "{}"

    def accept(self) -> None:
        if not self.answer.done():
            self.answer.set_result(Started(self.row.id, self.row.arn, self.row.started_ms))

    def reject(self, error: Exception) -> None:
        _fail(self.answer, error)


class Callers:
    """Births by execution id, and the futures of those who wait for an end."""

    def __init__(self) -> None:
        self.births: dict[int, Birth] = {}
        self._waiters: defaultdict[int, list[asyncio.Future[Outcome]]] = defaultdict(list)
        self._gone: Exception | None = None
        self._unreadable: dict[int, Exception] = {}
        self._recent: Recent[str, Outcome] = Recent(_RECENT)

    def wait(self, execution: int) -> asyncio.Future[Outcome]:
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        error = self._gone or self._unreadable.get(execution)
        if error is not None:
            _fail(future, error)
            return future
        self._waiters[execution].append(future)
        future.add_done_callback(lambda done: self._forget(execution, done))
        return future

    def recent(self, arn: str) -> Outcome | None:
        """Return how an execution ended, if that was a moment ago: most who wait ask just then."""
        return self._recent.get(arn)

    def redriven(self, arn: str) -> None:
        """The execution goes on: how it ended is not how it ends."""
        self._recent.drop(arn)

    def ended(self, execution: int, arn: str, outcome: Outcome) -> None:
        if len(outcome.output or outcome.cause or "") <= _SMALL:
            self._recent.put(arn, outcome)
        for future in self._waiters.pop(execution, ()):
            if not future.done():
                future.set_result(outcome)

    def unreadable(self, execution: int, error: Exception) -> None:
        """Nobody will hear how an execution ended, now or later: it cannot be read."""
        self._unreadable[execution] = error
        for future in list(self._waiters.get(execution, ())):
            _fail(future, error)

    def fail_all(self, error: Exception) -> None:
        """The engine is gone: nobody will be answered by it, now or later."""
        self._gone = error
        for birth in self.births.values():
            birth.reject(error)
        for futures in list(self._waiters.values()):
            for future in list(futures):
                _fail(future, error)
        self.births.clear()

    def _forget(self, execution: int, done: asyncio.Future[Outcome]) -> None:
        waiters = self._waiters.get(execution)
        if waiters is not None and done in waiters:
            waiters.remove(done)
            if not waiters:
                del self._waiters[execution]


def _fail(future: "asyncio.Future[Started] | asyncio.Future[Outcome]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # marks it as seen: a caller may have gone
