"""Who is told of history as it becomes durable or, as nothing of an Express run is stored, as it happens."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tobiishi.interp.fold import Entry
from tobiishi.interp.run import Run

log = logging.getLogger("tobiishi.engine")


@dataclass(frozen=True, slots=True)
class Source:
    """Whose entries they are. `settings` are those of the revision that it runs; the run may have gone further."""

    run: Run
    settings: str

    @property
    def arn(self) -> str:
        return self.run.identity.arn


Watcher = Callable[[Source, Sequence[Entry]], None]
"""Takes new entries of one execution. It is called on the engine's loop: it must neither block nor wait."""


def announce(watchers: list[Watcher], source: Source, entries: Sequence[Entry]) -> None:
    """Tell every watcher; one that fails is told nothing more."""
    for watcher in list(watchers):
        try:
            watcher(source, entries)
        except Exception:
            log.exception("a watcher failed and is told nothing more")
            watchers.remove(watcher)
