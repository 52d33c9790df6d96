"""What expressions are evaluated against in these tests."""

import random
from typing import Any

from tobiishi.expr.bindings import Bindings

NOW = 1_773_448_740.0
"""2026-03-14T00:39:00Z"""


def bound(data: Any = None, **given: Any) -> Bindings:
    """Return bindings with `data` as the input; `context` is given as a value."""
    context = given.pop("context", {})
    return Bindings(
        input=data,
        variables=given.pop("variables", {}),
        context=lambda: context,
        entropy=lambda: random.Random(7),
        now=NOW,
        **given,
    )
