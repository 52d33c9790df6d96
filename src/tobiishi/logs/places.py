"""Where in an execution its history is: the state and the resource behind events that do not name them.

AWS's task events name no state. Each belongs to a frame, and a frame is in the state that it entered last, so what is
logged is followed frame by frame. After a restart the first events of a frame find nothing to follow: a state's exit
later in the same segment names it, else it is where the run is now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tobiishi.engine.queries import Event
from tobiishi.engine.recent import Recent
from tobiishi.engine.watching import Source
from tobiishi.interp.run import Run
from tobiishi.logs.records import details_of

FOLLOWED: Final = 10_000
"""Executions that are followed at once; of others, the states are found as after a restart."""

_ENDS: Final = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


@dataclass(frozen=True, slots=True)
class Place:
    """A state's name, and what its task calls: `sqs:sendMessage`, a function's or an activity's ARN."""

    state: str | None = None
    resource: str | None = None


class Places:
    """Follows executions. Hears every event of an execution, logged or not, once and in order."""

    def __init__(self) -> None:
        self._frames: Recent[str, dict[int, Place]] = Recent(FOLLOWED)

    def follow(self, source: Source, entries: Sequence[Event]) -> list[Place]:
        """Return the place of each entry, of which there is at least one."""
        frames = self._frames.get(source.arn)
        if frames is None:
            frames = {}
            self._frames.put(source.arn, frames)
        places = [self._step(frames, source.run, entries, at) for at in range(len(entries))]
        if entries[-1].get("type") in _ENDS:
            self._frames.drop(source.arn)
        return places

    def _step(self, frames: dict[int, Place], run: Run, entries: Sequence[Event], at: int) -> Place:
        entry = entries[at]
        kind: str = entry.get("type", "")
        if not kind or kind.startswith("Execution"):
            return frames.get(0, Place())  # an execution fails where its main frame is
        frame: int = entry.get("_f", 0)
        details = details_of(entry)
        if kind.endswith("StateEntered"):
            frames[frame] = Place(details["name"])
        elif frame not in frames:
            frames[frame] = Place(_state(run, entries[at:], frame))
        if "resource" in details:
            frames[frame] = Place(frames[frame].state, _resource(details["resource"], details.get("resourceType")))
        place = frames[frame]
        if kind.endswith("StateExited"):
            del frames[frame]
        return place


def _resource(resource: str, resource_type: str | None) -> str:
    return f"{resource_type}:{resource}" if resource_type else resource


def _state(run: Run, entries: Sequence[Event], frame: int) -> str | None:
    """Return the state that a frame is in before these entries, as far as anything still says it."""
    for entry in entries:
        if entry.get("_f", 0) == frame:
            if entry.get("type", "").endswith("StateExited"):
                name: str = details_of(entry)["name"]
                return name
            if entry.get("type", "").endswith("StateEntered"):
                return None
    now = run.frames.get(frame) or run.halted.get(frame)
    return None if now is None or now.state is None else now.state.name
