"""One evaluation: what it knows of the world, and what it may spend.

Nothing in the language looks at a clock or draws a random number of its own: `now_ms` and `random` are given.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tobiishi.expr.language.errors import BudgetSpentError


@dataclass(frozen=True, slots=True)
class Limits:
    """What an evaluation may spend: steps, nested nodes, items of a sequence, characters of a string."""

    steps: int = 10_000_000
    depth: int = 400
    items: int = 10_000_000
    characters: int = 10_000_000
    backtracking: bool = False
    """Whether regular expressions may take for ever: somebody ends them when their time is up."""


DEFAULT: Final = Limits()


class Evaluation:
    """Carried through every closure and function. `now_ms` is fixed for the whole of it, as JSONata asks.

    `entropy` makes the generator of random numbers when the first one is drawn. `input` is `$$`, and `variables` are
    what the caller bound: both are the program's to set. `unusual` says that a number was calculated that JSON does not
    have.
    """

    __slots__ = ("_random", "depth", "entropy", "input", "limits", "now_ms", "steps", "unusual", "variables")
    input: Any
    variables: Mapping[str, Any]

    def __init__(self, now_ms: int, entropy: Callable[[], random.Random], limits: Limits = DEFAULT) -> None:
        self.now_ms = now_ms
        self.entropy = entropy
        self.limits = limits
        self.steps = 0
        self.depth = 0
        self.unusual = False
        self._random: random.Random | None = None

    @property
    def random(self) -> random.Random:
        """The generator of this evaluation: always the same one."""
        if self._random is None:
            self._random = self.entropy()
        return self._random

    def spend(self, steps: int = 1) -> None:
        """Count work in proportion to what is done. Raises `BudgetSpentError`."""
        self.steps += steps
        if self.steps > self.limits.steps:
            raise BudgetSpentError("steps")

    def grow(self, items: int) -> None:
        """Check the length of a sequence before it is made. Raises `BudgetSpentError`."""
        if items > self.limits.items:
            raise BudgetSpentError("memory")

    def lengthen(self, characters: int) -> None:
        """Check the length of a string before it is made. Raises `BudgetSpentError`."""
        if characters > self.limits.characters:
            raise BudgetSpentError("memory")
