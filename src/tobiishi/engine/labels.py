"""Distributed Maps as machines: each runs its children by a definition of its own, which its label names.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from collections.abc import Iterator
from typing import Any

from tobiishi import jsontext


def labelled_map(definition: str, label: str) -> dict[str, Any] | None:
    """Return the ItemProcessor of the Map with this label, in a definition that compiles; None if there is none."""
    for state in _states(jsontext.decode(definition)):
        if state.get("Type") == "Map" and state.get("Label") == label:
            processor: dict[str, Any] = state.get("ItemProcessor") or state["Iterator"]
            return processor
    return None


def _states(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in workflow["States"].values():
        yield state
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            if inner is not None:
                yield from _states(inner)
