"""How an ItemBatcher groups items.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from collections.abc import Iterator, Sequence
from typing import Any

from tobiishi import jsontext
from tobiishi.expr.bindings import Value


def batches(
    items: Sequence[Value], most_items: int | None, most_bytes: int | None, shared: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the inputs of the iterations: each has its items, beside what all of them share.

    `most_bytes` bounds the JSON text of a batch; one item always fits.
    """
    return [{**shared, "Items": group} for group in _groups(items, most_items, most_bytes, shared)]


def _groups(
    items: Sequence[Value], most_items: int | None, most_bytes: int | None, shared: dict[str, Any]
) -> Iterator[list[Value]]:
    empty = len(jsontext.encode({**shared, "Items": []}))
    group: list[Value] = []
    size = empty
    for item in items:
        added = len(jsontext.encode(item)) + 1  # the comma, if others follow
        is_full = most_items is not None and len(group) >= most_items
        if group and (is_full or (most_bytes is not None and size + added - 1 > most_bytes)):
            yield group
            group, size = [], empty
        group.append(item)
        size += added
    if group:
        yield group
