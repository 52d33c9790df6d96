"""Lists, a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from tobiishi.api.states.backend import Backend
from tobiishi.wire.contract import Call

_DEFAULT_SIZE: Final = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list somebody wants. `after` is the position that the page before ended with; None begins."""

    backend: Backend
    call: Call
    scope: str
    size: int
    after: Any

    @classmethod
    def of(cls, backend: Backend, call: Call, scope: str) -> "Page":
        """Read `maxResults` and `nextToken`; `scope` is what the list is narrowed to. Raises InvalidToken."""
        token = call.params.get("nextToken")
        after = None if token is None else backend.pages.read(call.operation, scope, token)
        return cls(backend, call, scope, call.params.get("maxResults") or _DEFAULT_SIZE, after)

    def cut(self, found: Sequence[T], position: Callable[[T], Any]) -> "Cut[T]":
        """Return the page from what was found after `after`: one more than `size`, if there is as much."""
        items = list(found[: self.size])
        if len(found) <= self.size:
            return Cut(items, None)
        return Cut(items, self.backend.pages.mint(self.call.operation, self.scope, position(items[-1])))


@dataclass(frozen=True, slots=True)
class Cut(Generic[T]):
    """One page, and the token of the next."""

    items: list[T]
    next_token: str | None
