"""The newest of many things: a dictionary that forgets what was used longest ago."""

from collections import OrderedDict
from math import inf
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps at most `limit` entries, that weigh `weight` at most together; the newest stays, whatever it weighs."""

    def __init__(self, limit: int, weight: float = inf) -> None:
        self._limit = limit
        self._most = weight
        self._weight = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: K, value: V, weight: int = 0) -> None:
        self.drop(key)
        self._entries[key] = value, weight
        self._weight += weight
        while len(self._entries) > self._limit or (self._weight > self._most and len(self._entries) > 1):
            self.drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        """Forget an entry, if there is one."""
        _, weight = self._entries.pop(key, (None, 0))
        self._weight -= weight
