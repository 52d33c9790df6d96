"""Runs in memory: a bounded cache, from which every signal gets its run, woken from the store if it must be."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import orjson

from tobiishi import jsontext
from tobiishi.interp import checkpoint
from tobiishi.interp.run import Identity, Run
from tobiishi.interp.signals import Signal
from tobiishi.store.contract import Segment

CHECKPOINT_BYTES: Final = 256 * 1024
"""A run that wrote this much since its last checkpoint gets a new one; more if the checkpoint itself is large."""


@dataclass(slots=True)
class Resident:
    """A run in memory. `sequence` is its newest segment's, `durable` the newest committed one's."""

    execution: int
    run: Run
    root: int
    sequence: int = 0
    durable: int = 0
    volatile: bool = False
    """An Express run: nothing of it is stored."""
    settings: str = "{}"
    """Those of the revision that it runs."""
    going_on: bool = False
    """The outbox holds a `continue` entry for it."""
    broken: bool = False
    """A fault of ours left it in disorder: it hears nothing more, and is folded again to fail."""
    late: list[Signal] = field(default_factory=list)
    """Signals that came too late, if what made them late becomes durable: their senders wait to hear that."""
    postponed: list[Signal] = field(default_factory=list)
    """What it hears once nothing of it is on its way to the store."""
    unsaved_bytes: int = 0
    checkpoint_bytes: int = 0

    @property
    def idle(self) -> bool:
        """Nothing would be lost by forgetting it: nothing unsaved, no answer that only this run can hear."""
        return not self.volatile and self.settled and not self.run.asked

    @property
    def settled(self) -> bool:
        """Nothing of it is on its way to the store."""
        return self.sequence == self.durable

    def checkpoint(self, body_bytes: int) -> bytes | None:
        """Return a checkpoint to store with the segment just made, if it is time for one."""
        self.unsaved_bytes += body_bytes
        if self.unsaved_bytes < max(CHECKPOINT_BYTES, 2 * self.checkpoint_bytes) or self.run.status != "RUNNING":
            return None
        data = jsontext.encode(checkpoint.dump(self.run))
        self.unsaved_bytes, self.checkpoint_bytes = 0, len(data)
        return data


class Residents:
    """The cache: least recently used idle runs leave first. It may exceed `limit` only while none is idle."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._runs: OrderedDict[int, Resident] = OrderedDict()

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, execution: int) -> Resident | None:
        resident = self._runs.get(execution)
        if resident is not None:
            self._runs.move_to_end(execution)
        return resident

    def add(self, resident: Resident) -> None:
        """Keep a run; the caller lets it hear its signals before the next `shrink`."""
        self._runs[resident.execution] = resident

    def drop(self, execution: int) -> Resident | None:
        return self._runs.pop(execution, None)

    def shrink(self) -> None:
        """Forget idle runs until the limit holds: whoever holds a run must be done with it."""
        excess = len(self._runs) - self._limit
        if excess > 0:
            idle = (execution for execution, resident in self._runs.items() if resident.idle)
            for execution in list(islice(idle, excess)):
                del self._runs[execution]


def wake(begin: Callable[[Identity], Run], saved: bytes | None, tail: Sequence[Segment]) -> Run:
    """Rebuild a run from its newest checkpoint, if there is one, and the segments after it; `begin` makes a new one."""
    bodies = [orjson.loads(segment.body) for segment in tail]
    if saved is None:
        run = begin(Identity.of(bodies[0][0]))
    else:
        data = jsontext.decode(saved)
        run = begin(Identity.of(data["identity"]))
        checkpoint.load(run, data)
    for entries in bodies:
        run.replay(entries)
    return run
