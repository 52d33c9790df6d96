"""How recorded entries change a run: the only code that does.

Theory of operation. A segment is a list of entries: history events in AWS's shape, and private records. `fold` applies
one entry. It looks at nothing but the entry, the definition and the run; it evaluates no expression and runs no state,
so an engine with changed rules still folds an old execution into what it was. Live code decides, builds an entry and
hands it to the same function, so that the two cannot drift. The optional `payload` spares the live path from decoding
the text that it has just encoded.

Private keys begin with an underscore and never leave through an API: `_f` is the frame (absent for the main one), `_p`
the parent of a frame that the event begins, `_b` its branch; `_r` names a private record, which has no event id.

Between segments every frame is either blocked or in a phase of `frame.READY`: an exit and the entry of the next state,
a child's end and its parent's count, are recorded together or not at all.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tobiishi.asl.model import STATE_TYPES, Map, Parallel, Task
from tobiishi.interp.effects import ClearTimer, StopTask
from tobiishi.interp.frame import READY, Failure, Fan, Frame, PendingTask, Phase
from tobiishi.interp.payload import Payload

if TYPE_CHECKING:
    from tobiishi.interp.run import Run, Status

Entry = dict[str, Any]
Folder = Callable[["Run", Entry, Payload | None], None]


def fold(run: "Run", entry: Entry, payload: Payload | None = None) -> None:
    """Apply one recorded entry to a run."""
    FOLDERS[entry.get("_r") or entry["type"]](run, entry, payload)


def set_phase(run: "Run", frame: Frame, phase: Phase) -> None:
    """Move a frame to a phase; `run.ready` holds those that can go on."""
    frame.phase = phase
    if phase in READY:
        run.ready[frame.id] = None
    else:
        run.ready.pop(frame.id, None)


def _advance(run: "Run", entry: Entry) -> Frame:
    """Count a history event, and make it the newest of its frame's chain."""
    event_id: int = entry["id"]
    run.next_event = event_id + 1
    frame = run.frames[entry.get("_f", 0)]
    frame.last = event_id
    return frame


def _count(run: "Run", entry: Entry) -> Frame:
    """Count a history event that AWS keeps out of its frame's chain."""
    run.next_event = entry["id"] + 1
    return run.frames[entry.get("_f", 0)]


# -- the execution -----------------------------------------------------------------------------------------------------
def _execution(run: "Run", entry: Entry, _: Payload | None) -> None:
    run.started_ms = entry["started_ms"]


def _execution_started(run: "Run", entry: Entry, payload: Payload | None) -> None:
    run.next_event = entry["id"] + 1
    run.input = payload or Payload(entry["executionStartedEventDetails"]["input"])
    run.frames[0] = Frame(0, run.definition)


def _execution_succeeded(run: "Run", entry: Entry, _: Payload | None) -> None:
    _end(run, entry)
    _forget(run, run.frames[0])


def _execution_stopped(run: "Run", entry: Entry, _: Payload | None) -> None:
    """The execution did not succeed: its frames stay where they are, for a redrive."""
    _end(run, entry)
    for frame in list(run.frames.values()):
        _halt(run, frame)


def _end(run: "Run", entry: Entry) -> None:
    run.next_event = entry["id"] + 1
    run.status = _STATUS[entry["type"]]
    run.effects += [ClearTimer(*key) for key in run.timers]
    run.timers.clear()


def _execution_redriven(run: "Run", entry: Entry, _: Payload | None) -> None:
    """Every frame that was stopped goes on; those that ended well before have left their results."""
    run.next_event = entry["id"] + 1
    run.status = "RUNNING"
    run.redrives.add(entry)
    frames, run.halted = run.halted, {}
    for frame in sorted(frames.values(), key=lambda frame: frame.id):
        run.frames[frame.id] = frame
        run.variables_size += frame.variables_size
        _resume(run, frame)


def _resume(run: "Run", frame: Frame) -> None:
    """Let a frame go on from its unsuccessful state, which is not entered again.

    What was recorded stands: a result that only had to flow on, the outputs of a Parallel's or Map's children. Any
    other state is run anew, with all its retries, and its events follow the one that entered it.
    """
    if frame.phase == "complete":
        set_phase(run, frame, "complete")
        return
    frame.earlier += frame.attempt + 1
    frame.attempt = 0
    frame.retries = {}
    frame.result = frame.error = None
    if frame.fan is None:
        frame.last = frame.entered
        set_phase(run, frame, "enter")
    else:
        set_phase(run, frame, frame.fan.phase)


_STATUS: Final[dict[str, "Status"]] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}


# -- states ------------------------------------------------------------------------------------------------------------
def _state_entered(run: "Run", entry: Entry, payload: Payload | None) -> None:
    if "_p" in entry:
        _begin_branch(run, entry)
    frame = _advance(run, entry)
    details = entry["stateEnteredEventDetails"]
    frame.state = frame.workflow.states[details["name"]]
    frame.entered = entry["id"]
    frame.entered_ms = round(entry["timestamp"] * 1000)
    frame.before = entry["previousEventId"]
    frame.input = payload or Payload(details["input"])
    frame.attempt = frame.earlier = 0
    if frame.retries:
        frame.retries = {}
    frame.result = frame.error = frame.fan = None
    set_phase(run, frame, "enter")


def _begin_branch(run: "Run", entry: Entry) -> None:
    parent = run.frames[entry["_p"]]
    state, branch = parent.state, entry["_b"]
    assert isinstance(state, Parallel)
    _add_child(run, parent, Frame(entry["id"], state.branches[branch], parent, branch))


def _add_child(run: "Run", parent: Frame, child: Frame) -> None:
    run.frames[child.id] = child
    fan = parent.fan
    assert fan is not None
    fan.children.add(child.id)
    fan.next += 1
    fan.running += 1


def _state_exited(run: "Run", entry: Entry, payload: Payload | None) -> None:
    frame = _advance(run, entry)
    details = entry["stateExitedEventDetails"]
    frame.output = payload or Payload(details["output"])
    if "assignedVariables" in details:
        _assign(run, frame, details["assignedVariables"])
    caught = frame.phase == "fail"
    if caught:
        _forget_children(run, frame)
    set_phase(run, frame, "done")
    if frame.state.next is None and frame.state.type != "Choice" and not caught:
        _end_branch(run, frame)


def _assign(run: "Run", frame: Frame, assigned: dict[str, str]) -> None:
    run.variables_size += growth(frame, assigned)
    frame.assigned.update(assigned)
    for name, text in assigned.items():
        frame.variables[name] = Payload(text).value


def growth(frame: Frame, assigned: dict[str, str]) -> int:
    """Return how many characters more a frame's variables take once these are assigned."""
    return sum(len(text) - len(frame.assigned.get(name, "")) for name, text in assigned.items())


def _forget(run: "Run", frame: Frame) -> None:
    """A frame has ended, or was stopped: its variables do not count any more."""
    del run.frames[frame.id]
    run.ready.pop(frame.id, None)
    run.variables_size -= frame.variables_size


def _end_branch(run: "Run", frame: Frame) -> None:
    """Count a Parallel branch that reached its end; a Map's iteration is counted by MapIterationSucceeded."""
    parent = frame.parent
    if parent is not None and isinstance(parent.state, Parallel):
        parent.last = frame.last
        _count_child(run, parent, frame)


def _count_child(run: "Run", parent: Frame, child: Frame) -> None:
    fan = parent.fan
    assert fan is not None
    fan.results[child.index] = child.output.text
    fan.running -= 1
    fan.done += 1
    fan.children.discard(child.id)
    _forget(run, child)
    set_phase(run, parent, fan.phase)


# -- tasks -------------------------------------------------------------------------------------------------------------
def _task_scheduled(run: "Run", entry: Entry, _: Payload | None) -> None:
    details: dict[str, Any] = (
        entry.get("taskScheduledEventDetails")
        or entry.get("lambdaFunctionScheduledEventDetails")
        or entry["activityScheduledEventDetails"]
    )
    frame = _advance(run, entry)
    arguments = details["parameters"] if "parameters" in details else details["input"]
    frame.task = PendingTask(
        event=entry["id"],
        arguments=arguments,
        timeout_seconds=details.get("timeoutInSeconds"),
        heartbeat_seconds=details.get("heartbeatInSeconds"),
        role_arn=details.get("taskCredentials", {}).get("roleArn"),
    )
    await_task(run, frame)
    set_phase(run, frame, "task")


def await_task(run: "Run", frame: Frame) -> None:
    """Note what a frame waits for, where an answer looks for it."""
    task, state = frame.task, frame.state
    assert task is not None
    assert isinstance(state, Task)
    run.tasks[task.event] = frame.id
    if state.resource.has_token:
        run.tokens[frame.entered] = task.event


def _activity_started(run: "Run", entry: Entry, _: Payload | None) -> None:
    """A worker has the task: that is what an activity has for a submission."""
    frame = _advance(run, entry)
    assert frame.task is not None
    frame.task.submitted = "null"


def _task_started(run: "Run", entry: Entry, _: Payload | None) -> None:
    _advance(run, entry)


def _task_submitted(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = _advance(run, entry)
    assert frame.task is not None
    frame.task.submitted = entry["taskSubmittedEventDetails"]["output"]


def _task_succeeded(run: "Run", entry: Entry, payload: Payload | None) -> None:
    frame = _advance(run, entry)
    frame.result = payload or Payload(_details(entry)["output"])
    _end_task(run, frame)
    set_phase(run, frame, "complete")


def _task_timed_out(run: "Run", entry: Entry, payload: Payload | None) -> None:
    _drop_task(run, run.frames[entry.get("_f", 0)])
    _task_failed(run, entry, payload)


def _task_failed(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = _advance(run, entry)
    details = _details(entry)
    frame.error = Failure(details.get("error"), details.get("cause"), heartbeat=entry.get("_heartbeat", False))
    _end_task(run, frame)
    set_phase(run, frame, "fail")


def _details(entry: Entry) -> dict[str, Any]:
    """Return an event's details: AWS names the key after the type."""
    name: str = entry["type"]
    details: dict[str, Any] = entry.get(f"{name[0].lower()}{name[1:]}EventDetails", {})
    return details


def _end_task(run: "Run", frame: Frame) -> None:
    if frame.task is not None:
        run.tasks.pop(frame.task.event, None)
        run.tokens.pop(frame.entered, None)
        frame.task = None
    if frame.timers:
        _clear_timers(run, frame)


def _drop_task(run: "Run", frame: Frame) -> None:
    """Forget a task that nobody waits for any more, and ask for its end."""
    if frame.task is not None:
        run.effects.append(StopTask(frame.task.event, run.start_task(frame)))
        _end_task(run, frame)


# -- timers ------------------------------------------------------------------------------------------------------------
def _timer(run: "Run", entry: Entry, _: Payload | None) -> None:
    key = (entry["event"], entry["purpose"])
    run.timers[key] = (entry["due_ms"], entry.get("_f", 0))
    if entry["purpose"] == "execution":
        return
    frame = run.frames[entry.get("_f", 0)]
    if frame.timers is None:
        frame.timers = set()
    frame.timers.add(key)
    if entry["purpose"] == "wait":
        set_phase(run, frame, "wait")


def _retry(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = run.frames[entry.get("_f", 0)]
    retrier = entry["retrier"]
    frame.retries[retrier] = frame.retries.get(retrier, 0) + 1
    frame.attempt += 1
    frame.error = None
    _forget_children(run, frame)
    _timer(run, {**entry, "event": frame.last, "purpose": "retry"}, None)
    set_phase(run, frame, "retry")


def _fired(run: "Run", entry: Entry, _: Payload | None) -> None:
    """A wait or a retry's delay is over."""
    frame = run.frames[entry.get("_f", 0)]
    _clear_timers(run, frame)
    set_phase(run, frame, "complete" if entry["purpose"] == "wait" else "enter")


def _clear_timers(run: "Run", frame: Frame) -> None:
    for key in frame.timers or ():
        if run.timers.pop(key, None) is not None:
            run.effects.append(ClearTimer(*key))
    frame.timers = None


# -- failures ----------------------------------------------------------------------------------------------------------
def _failed(run: "Run", entry: Entry, _: Payload | None) -> None:
    """A failure that no history event carries."""
    frame = run.frames[entry.get("_f", 0)]
    final = entry.get("final", False)
    frame.error = Failure(entry["error"], entry["cause"], terminal=entry.get("terminal", False), final=final)
    _halt_children(run, frame)
    if entry["error"] == "States.DataLimitExceeded" and not final:
        _forget_children(run, frame)  # all of them run again, also those that succeeded
    set_phase(run, frame, "fail")


def _evaluation_failed(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = _advance(run, entry)
    details = entry["evaluationFailedEventDetails"]
    frame.error = Failure(details["error"], details["cause"], final=entry.get("_final", False))
    _halt_children(run, frame)
    set_phase(run, frame, "fail")


def _state_failed(run: "Run", entry: Entry, _: Payload | None) -> None:
    """ParallelStateFailed, MapStateFailed: only links of the chain."""
    _advance(run, entry)


def _task_aborted(run: "Run", entry: Entry, _: Payload | None) -> None:
    """A Task was stopped by a failure, its own or one beside it."""
    if "_f" in entry:  # segments of format 1 made it a link of the failed frame's chain
        _advance(run, entry)
    else:
        run.next_event = entry["id"] + 1


def _branch_failed(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = run.frames[entry["_f"]]
    assert frame.parent is not None
    _fail_parent(run, frame.parent, frame, frame.last)


def _fail_parent(run: "Run", parent: Frame, child: Frame, last: int) -> None:
    assert child.error is not None
    parent.last = last
    parent.error = replace(child.error, final=False, inherited=True)
    _halt_children(run, parent)
    set_phase(run, parent, "fail")


def _halt_children(run: "Run", frame: Frame) -> None:
    """Stop every child of a frame, theirs included. A redrive goes on with them, a retry or a Catch forgets them."""
    if frame.fan is None:
        return
    for child_id in sorted(frame.fan.children):
        child = run.frames.get(child_id)
        if child is not None:
            _halt_children(run, child)
            _halt(run, child)


def _halt(run: "Run", frame: Frame) -> None:
    """Stop a frame where it stands: nobody waits for its task or timers any more."""
    _forget(run, frame)
    run.halted[frame.id] = frame
    _drop_task(run, frame)
    _clear_timers(run, frame)


def _forget_children(run: "Run", frame: Frame) -> None:
    """The frame goes elsewhere: no redrive will need the children that were stopped with it."""
    if frame.fan is None:
        return
    for child_id in frame.fan.children:
        _forget_children(run, run.halted.pop(child_id))
    frame.fan = None


# -- Parallel and Map --------------------------------------------------------------------------------------------------
def _parallel_started(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = _advance(run, entry)
    assert isinstance(frame.state, Parallel)
    total = len(frame.state.branches)
    frame.fan = Fan(total=total, limit=total, results=[None] * total)
    set_phase(run, frame, "fan")


def _items(run: "Run", entry: Entry, payload: Payload | None) -> None:
    """The items of a Map that is about to start, and how many may run at once."""
    frame = run.frames[entry.get("_f", 0)]
    items = payload or Payload(entry["items"])
    total = len(items.value)
    frame.fan = Fan(total=total, limit=entry["limit"], items=items, results=[None] * total)


def _map_started(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = _advance(run, entry)
    fan = frame.fan
    assert fan is not None
    fan.chain = entry["id"]
    set_phase(run, frame, "spawn" if fan.total else "complete")


def _iteration_started(run: "Run", entry: Entry, _: Payload | None) -> None:
    parent = run.frames[entry["_p"]]
    assert isinstance(parent.state, Map)
    child = Frame(entry["id"], parent.state.processor, parent, entry["mapIterationStartedEventDetails"]["index"])
    _add_child(run, parent, child)
    assert parent.fan is not None
    set_phase(run, parent, "spawn" if parent.fan.can_spawn else "fan")
    _advance(run, entry)


def _iteration_succeeded(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = _count(run, entry)
    parent = frame.parent
    assert parent is not None
    assert parent.fan is not None
    parent.last = entry["id"]
    parent.fan.chain = frame.last
    _count_child(run, parent, frame)


def _iteration_failed(run: "Run", entry: Entry, _: Payload | None) -> None:
    frame = _count(run, entry)
    assert frame.parent is not None
    _fail_parent(run, frame.parent, frame, frame.last)


def _counted_only(run: "Run", entry: Entry, _: Payload | None) -> None:
    """MapStateSucceeded and ParallelStateSucceeded: the exit that follows names the event before them."""
    _count(run, entry)


FOLDERS: Final[dict[str, Folder]] = {
    "execution": _execution,
    "timer": _timer,
    "retry": _retry,
    "fired": _fired,
    "failed": _failed,
    "items": _items,
    "branch_failed": _branch_failed,
    "ExecutionStarted": _execution_started,
    "ExecutionSucceeded": _execution_succeeded,
    "ExecutionFailed": _execution_stopped,
    "ExecutionTimedOut": _execution_stopped,
    "ExecutionAborted": _execution_stopped,
    "ExecutionRedriven": _execution_redriven,
    **{f"{kind}StateEntered": _state_entered for kind in STATE_TYPES},
    **{f"{kind}StateExited": _state_exited for kind in STATE_TYPES},
    "TaskScheduled": _task_scheduled,
    "TaskStarted": _task_started,
    "TaskSubmitted": _task_submitted,
    "TaskSucceeded": _task_succeeded,
    "TaskFailed": _task_failed,
    "TaskTimedOut": _task_timed_out,
    "TaskSubmitFailed": _task_failed,
    "TaskStateAborted": _task_aborted,
    "LambdaFunctionScheduled": _task_scheduled,
    "LambdaFunctionStarted": _task_started,
    "LambdaFunctionSucceeded": _task_succeeded,
    "LambdaFunctionFailed": _task_failed,
    "LambdaFunctionTimedOut": _task_timed_out,
    "ActivityScheduled": _task_scheduled,
    "ActivityStarted": _activity_started,
    "ActivitySucceeded": _task_succeeded,
    "ActivityFailed": _task_failed,
    "ActivityTimedOut": _task_timed_out,
    "EvaluationFailed": _evaluation_failed,
    "ParallelStateStarted": _parallel_started,
    "ParallelStateSucceeded": _counted_only,
    "ParallelStateFailed": _state_failed,
    "MapStateStarted": _map_started,
    "MapStateSucceeded": _counted_only,
    "MapStateFailed": _state_failed,
    "MapIterationStarted": _iteration_started,
    "MapIterationSucceeded": _iteration_succeeded,
    "MapIterationFailed": _iteration_failed,
}
"""Every kind of entry that a segment can hold, and how it changes a run."""
