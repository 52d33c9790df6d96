"""A run as one JSON value, so that waking it costs its live frames and not its whole history.

`dump` and `load` are inverse: a run loaded from a checkpoint and folded with the segments after it equals the run
folded from the first segment. What can be derived is left out: ready frames, pending tasks. Values stand in it as
texts: one nested as deep as JSON may be would be too deep inside another.
"""

from dataclasses import asdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tobiishi import jsontext
from tobiishi.asl.model import Map, Parallel
from tobiishi.interp.fold import await_task, set_phase
from tobiishi.interp.frame import Failure, Fan, Frame, PendingTask
from tobiishi.interp.payload import Payload
from tobiishi.interp.redrives import Redrives

if TYPE_CHECKING:
    from tobiishi.interp.run import Run


def dump(run: "Run") -> dict[str, Any]:
    """Return the run's state, between two signals, as JSON-able data."""
    return {
        "identity": run.identity.record(),
        "status": run.status,
        "started_ms": run.started_ms,
        "next_event": run.next_event,
        "input": run.input.text,
        "frames": [_dump_frame(frame) for frame in _by_id(run.frames)],
        "halted": [_dump_frame(frame) for frame in _by_id(run.halted)],
        "redrives": run.redrives.record(),
        "timers": [[event, purpose, due, frame] for (event, purpose), (due, frame) in run.timers.items()],
    }


def _by_id(frames: dict[int, Frame]) -> list[Frame]:
    return sorted(frames.values(), key=lambda frame: frame.id)


def load(run: "Run", data: dict[str, Any]) -> None:
    """Put a new run into the state that `dump` returned."""
    run.status = data["status"]
    run.started_ms = data["started_ms"]
    run.next_event = data["next_event"]
    run.input = Payload(data["input"])
    run.redrives = Redrives.of_record(data.get("redrives", {}))
    halted = {saved["id"] for saved in data.get("halted", ())}  # a checkpoint of an older release has none
    every = sorted([*data["frames"], *data.get("halted", ())], key=itemgetter("id"))
    for saved in every:  # ids grow, so a parent comes before its children
        frame = _load_frame(run, saved)
        if frame.id in halted:
            run.halted[frame.id] = frame
        else:
            _go_on(run, frame)
    for event, purpose, due, frame_id in data["timers"]:
        _load_timer(run, (event, purpose), due, frame_id)


def _go_on(run: "Run", frame: Frame) -> None:
    run.frames[frame.id] = frame
    run.variables_size += frame.variables_size
    if frame.task is not None:
        await_task(run, frame)
    set_phase(run, frame, frame.phase)


def _load_timer(run: "Run", key: tuple[int, str], due: int, frame_id: int) -> None:
    run.timers[key] = (due, frame_id)
    if key[1] != "execution":
        frame = run.frames[frame_id]
        frame.timers = (frame.timers or set()) | {key}


def _dump_frame(frame: Frame) -> dict[str, Any]:
    saved: dict[str, Any] = {
        "id": frame.id,
        "index": frame.index,
        "last": frame.last,
        "phase": frame.phase,
        "state": frame.state.name,
        "entered": frame.entered,
        "entered_ms": frame.entered_ms,
        "before": frame.before,
        "input": frame.input.text,
        "output": frame.output.text,
        "attempt": frame.attempt,
        "variables": frame.assigned,
    }
    if frame.earlier:
        saved["earlier"] = frame.earlier
    if frame.parent is not None:
        saved["parent"] = frame.parent.id
    if frame.retries:
        saved["retries"] = list(frame.retries.items())
    if frame.result is not None:
        saved["result"] = frame.result.text
    if frame.error is not None:
        saved["error"] = asdict(frame.error)
    if frame.task is not None:
        saved["task"] = asdict(frame.task)
    if frame.fan is not None:
        saved["fan"] = _dump_fan(frame.fan)
    return saved


def _dump_fan(fan: Fan) -> dict[str, Any]:
    return {
        "total": fan.total,
        "limit": fan.limit,
        "items": None if fan.items is None else fan.items.text,
        "next": fan.next,
        "running": fan.running,
        "done": fan.done,
        "chain": fan.chain,
        "results": fan.results,
        "children": sorted(fan.children),
    }


def _load_frame(run: "Run", saved: dict[str, Any]) -> Frame:
    parent = (run.frames.get(saved["parent"]) or run.halted[saved["parent"]]) if "parent" in saved else None
    frame = Frame(saved["id"], _workflow(run, parent, saved["index"]), parent, saved["index"])
    frame.last = saved["last"]
    frame.state = frame.workflow.states[saved["state"]]
    frame.entered = saved["entered"]
    frame.entered_ms = saved["entered_ms"]
    frame.before = saved["before"]
    frame.input = Payload(saved["input"])
    frame.output = Payload(saved["output"])
    frame.attempt = saved["attempt"]
    frame.earlier = saved.get("earlier", 0)
    frame.assigned = dict(saved["variables"])
    frame.variables = {name: jsontext.decode(text) for name, text in frame.assigned.items()}
    frame.retries = dict(saved.get("retries", ()))
    frame.result = Payload(saved["result"]) if "result" in saved else None
    frame.error = Failure(**saved["error"]) if "error" in saved else None
    frame.task = PendingTask(**saved["task"]) if "task" in saved else None
    frame.fan = _load_fan(saved["fan"]) if "fan" in saved else None
    frame.phase = saved["phase"]
    return frame


def _workflow(run: "Run", parent: Frame | None, index: int) -> Any:
    """Return the states that a frame walks: the definition's, a branch's or a Map processor's."""
    if parent is None:
        return run.definition
    state = parent.state
    if isinstance(state, Parallel):
        return state.branches[index]
    assert isinstance(state, Map)
    return state.processor


def _load_fan(saved: dict[str, Any]) -> Fan:
    items = None if saved["items"] is None else Payload(saved["items"])
    return Fan(**{**saved, "items": items, "children": set(saved["children"])})
