"""What a step changes beside its segment: timers, the outbox, the execution's status."""

from typing import Final

from tobiishi.engine.resident import Resident
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Step
from tobiishi.store.contract import Commit, OutboxEntry, Redrive, Segment, Stop, Timer

WAITING: Final = "activity "
"""How the kind of an outbox entry begins whose task waits for a worker; the activity's ARN follows."""


def commit_of(resident: Resident, signal: sig.Signal, step: Step, segment: Segment, now_ms: int) -> Commit:
    """Return the segment with its index changes; keeps `resident.going_on` in step with the outbox."""
    execution = resident.execution
    commit = Commit(segment)
    if step.effects:
        _index_effects(commit, execution, step.effects, now_ms)
    if step.entries[0].get("type") == "ExecutionRedriven":
        redrives = resident.run.redrives
        commit.redrive = Redrive(redrives.count, redrives.last_ms)
    if isinstance(signal, sig.TaskSucceeded | sig.TaskFailed):
        commit.outbox_removed = [*commit.outbox_removed, (signal.event, "task")]
    _index_going_on(commit, resident, step.effects)
    return commit


def _index_effects(commit: Commit, execution: int, effects: list[fx.Effect], now_ms: int) -> None:
    timers = _timers_left(effects)
    commit.timers_set = [Timer(execution, *key, due_ms) for key, due_ms in timers.items() if due_ms is not None]
    commit.timers_cleared = [key for key, due_ms in timers.items() if due_ms is None]
    _index_tasks(commit, execution, effects)
    for effect in effects:
        if isinstance(effect, fx.Finish):
            commit.stop = Stop(effect.status, now_ms)
            commit.timers_cleared = []  # the store clears whatever an ended execution has


def _index_tasks(commit: Commit, execution: int, effects: list[fx.Effect]) -> None:
    added: list[OutboxEntry] = []
    removed: list[tuple[int, str]] = []
    for effect in effects:
        match effect:
            case fx.StartTask(submitted=None):
                added.append(OutboxEntry(execution, effect.event, _kind(effect)))
            case fx.StartTask() if effect.resource.kind == "activity":  # a worker has taken it
                removed.append((effect.event, f"{WAITING}{effect.resource.arn}"))
                if effect.heartbeat_seconds is not None:  # whose deadline must be set again after a crash
                    added.append(OutboxEntry(execution, effect.event, "task"))
            case fx.StopTask():
                removed.append((effect.event, _kind(effect.task)))
                if effect.has_job:
                    added.append(OutboxEntry(execution, effect.event, "stop"))
            case fx.Release():
                removed.append((effect.event, "task"))
    commit.outbox_added, commit.outbox_removed = added, removed


def _kind(task: fx.StartTask) -> str:
    """Return the kind of a task's entry: one that waits for a worker is queued again without waking its run."""
    waits = task.resource.kind == "activity" and task.submitted is None
    return f"{WAITING}{task.resource.arn}" if waits else "task"


def _timers_left(effects: list[fx.Effect]) -> dict[tuple[int, str], int | None]:
    """Return what becomes of each timer in the end: when it is due, or None for one that is cleared."""
    timers: dict[tuple[int, str], int | None] = {}
    for effect in effects:
        if isinstance(effect, fx.SetTimer) and effect.purpose != "heartbeat":
            timers[effect.event, effect.purpose] = effect.due_ms
        elif isinstance(effect, fx.ClearTimer):
            timers[effect.event, effect.purpose] = None
    return timers


def _index_going_on(commit: Commit, resident: Resident, effects: list[fx.Effect]) -> None:
    """A run with more to do has a `continue` entry, so that recovery finds it: also while a worker evaluates for it."""
    goes_on = bool(resident.run.asked) or any(isinstance(effect, fx.GoOn) for effect in effects)
    if goes_on and not resident.going_on:
        commit.outbox_added = [*commit.outbox_added, OutboxEntry(resident.execution, 0, "continue")]
    elif resident.going_on and not goes_on:
        commit.outbox_removed = [*commit.outbox_removed, (0, "continue")]
    resident.going_on = goes_on
