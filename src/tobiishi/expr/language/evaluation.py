"""One evaluation: what it knows of the world, and what it may spend.

Nothing in the language looks at a clock or draws a random number of its own: `now_ms` and `random` are given.
"""

import random
from dataclasses import dataclass, field

from tobiishi.expr.language.errors import BudgetSpentError


@dataclass(slots=True)
class Limits:
    """What an evaluation may spend. Lengths are items of a sequence and characters of a string."""

    steps: int = 10_000_000
    depth: int = 400
    length: int = 10_000_000


@dataclass(slots=True)
class Evaluation:
    """Carried through every closure and function. `now_ms` is fixed for the whole of it, as JSONata asks."""

    now_ms: int
    random: random.Random
    limits: Limits = field(default_factory=Limits)
    steps: int = 0
    depth: int = 0

    def spend(self, steps: int = 1) -> None:
        """Count work in proportion to what is done. Raises `BudgetSpentError`."""
        self.steps += steps
        if self.steps > self.limits.steps:
            raise BudgetSpentError("steps")

    def grow(self, length: int) -> None:
        """Check the length of a string or sequence before it is made. Raises `BudgetSpentError`."""
        if length > self.limits.length:
            raise BudgetSpentError("memory")
