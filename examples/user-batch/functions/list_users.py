"""List the users to look at: here made up, elsewhere read from a database."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> list[dict[str, int]]:
    """Return `count` users, as {"id": N}."""
    return [{"id": number} for number in range(1, event["count"] + 1)]
