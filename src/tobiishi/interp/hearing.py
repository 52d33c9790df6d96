"""What each signal records. The steps that follow from it are `Run._advance`'s."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tobiishi.asl.model import Resource, Task
from tobiishi.interp import signals as sig
from tobiishi.interp.effects import Redriven, Release, SetTimer
from tobiishi.interp.frame import Frame
from tobiishi.interp.payload import Payload, task_too_large

if TYPE_CHECKING:
    from tobiishi.interp.run import Run

UNCUT: Final = {"truncated": False}
REDRIVABLE: Final = ("FAILED", "TIMED_OUT", "ABORTED")
"""How an execution has ended that can be redriven."""
MAX_CAUSE: Final = 32_768
"""Characters of a cause (AWS's quota); MAX_ERROR of an error name."""
MAX_ERROR: Final = 256


def start(run: "Run", signal: sig.Start) -> None:
    identity, definition = run.identity, run.definition
    payload = Payload(signal.input)
    run.record({"_r": "execution", **identity.record(), "started_ms": run.now_ms})
    details: dict[str, Any] = {"input": signal.input, "inputDetails": UNCUT, "roleArn": identity.role_arn}
    if identity.version_arn is not None:
        details["stateMachineVersionArn"] = identity.version_arn
    if identity.alias_arn is not None:
        details["stateMachineAliasArn"] = identity.alias_arn
    started = {"id": 1, "previousEventId": 0, "timestamp": run.now_ms / 1000, "type": "ExecutionStarted"}
    run.record({**started, "executionStartedEventDetails": details}, payload)
    _limit_execution(run)
    run.enter(run.frames[0], definition.states[definition.start_at], payload)


def _limit_execution(run: "Run") -> None:
    """Set the timer of the definition's TimeoutSeconds; it begins anew with each redrive."""
    seconds = run.definition.timeout_seconds
    if run.identity.type == "EXPRESS":
        longest = run.quotas.express_seconds
        seconds = min(seconds or longest, longest)
    if seconds is not None:
        run.set_timer(run.frames[0], 0, "execution", run.now_ms + seconds * 1000)


def redrive(run: "Run", signal: sig.Redrive) -> None:
    redriven_ms = run.redrives.of(signal.token, run.now_ms)
    if redriven_ms is not None:
        run.effects.append(Redriven(redriven_ms))
        return
    if signal.repeat or run.status not in REDRIVABLE:
        run.late = True
        return
    entry: dict[str, Any] = {
        "id": run.next_event,
        "previousEventId": run.next_event - 1,
        "timestamp": run.now_ms / 1000,
        "type": "ExecutionRedriven",
        "executionRedrivenEventDetails": {"redriveCount": run.redrives.count + 1},
    }
    if signal.token is not None:
        entry["_token"] = signal.token
    run.record(entry)
    run.effects.append(Redriven(run.redrives.last_ms))
    _limit_execution(run)
    run.limit_history()


def go_on(run: "Run", signal: sig.Continue) -> None:
    """Nothing to record: frames that are ready take their steps."""


def task_succeeded(run: "Run", signal: sig.TaskSucceeded) -> None:
    frame = _waiting(run, signal.event)
    if frame is not None:
        _record_success(run, frame, signal.output)


def task_failed(run: "Run", signal: sig.TaskFailed) -> None:
    frame = _waiting(run, signal.event)
    if frame is None:
        return
    task = frame.task
    unsubmitted = bool(_resource(frame).pattern) and task is not None and task.submitted is None
    _record_failure(run, frame, "SubmitFailed" if unsubmitted else "Failed", signal.error, signal.cause)


def task_submitted(run: "Run", signal: sig.TaskSubmitted) -> None:
    frame = _waiting(run, signal.event)
    if frame is None or frame.task is None or frame.task.submitted is not None:
        return
    resource = _resource(frame)
    details = {**_names(resource), "output": signal.output, "outputDetails": UNCUT}
    run.record(run.event(frame, "TaskSubmitted", details))
    if resource.is_job:
        run.effects.append(run.start_task(frame))
    elif frame.task.heartbeat_seconds is None:  # a heartbeat's deadline must be set again after a crash
        run.effects.append(Release(signal.event))


# -- task tokens -------------------------------------------------------------------------------------------------------
def token_succeeded(run: "Run", signal: sig.TokenSucceeded) -> None:
    frame = _token_holder(run, signal)
    if frame is not None:
        assert frame.task is not None
        run.effects.append(Release(frame.task.event))
        _record_success(run, frame, signal.output)


def token_failed(run: "Run", signal: sig.TokenFailed) -> None:
    frame = _token_holder(run, signal)
    if frame is not None:
        assert frame.task is not None
        run.effects.append(Release(frame.task.event))
        _record_failure(run, frame, "Failed", signal.error, signal.cause)


def heartbeat(run: "Run", signal: sig.Heartbeat) -> None:
    """Set the deadline anew. Nothing is recorded."""
    frame = _token_holder(run, signal)
    if frame is not None:
        _await_heartbeat(run, frame)


def activity_taken(run: "Run", signal: sig.ActivityTaken) -> None:
    """A worker begins: the effect names the token, and the seconds begin to count."""
    frame = _waiting(run, signal.event)
    if frame is None:
        return
    task = frame.task
    assert task is not None
    if task.submitted is not None:
        run.late = True
        return
    run.record(run.event(frame, "ActivityStarted", {} if signal.worker is None else {"workerName": signal.worker}))
    if task.timeout_seconds is not None:
        run.set_timer(frame, signal.event, "timeout", run.now_ms + round(task.timeout_seconds * 1000))
    if task.heartbeat_seconds is None:
        run.effects.append(Release(signal.event))
    _await_heartbeat(run, frame)
    run.effects.append(run.start_task(frame))


def _token_holder(run: "Run", signal: sig.TokenAnswer) -> Frame | None:
    """Return the frame whose token was used, if it waits for that very attempt."""
    frame = _waiting(run, run.tokens.get(signal.entered, 0))
    if frame is None or frame.serial == signal.attempt:
        return frame
    run.late = True
    return None


def _await_heartbeat(run: "Run", frame: Frame) -> None:
    task = frame.task
    if task is not None and task.heartbeat_seconds is not None:
        run.effects.append(SetTimer(task.event, "heartbeat", run.now_ms + round(task.heartbeat_seconds * 1000)))


# -- timers ------------------------------------------------------------------------------------------------------------


def timer_fired(run: "Run", signal: sig.TimerFired) -> None:
    TIMERS[signal.purpose](run, signal)


def _execution_timed_out(run: "Run", signal: sig.TimerFired) -> None:
    if (signal.event, signal.purpose) in run.timers:
        run.finish("ExecutionTimedOut", run.next_event - 1, None, None)


def _delay_over(run: "Run", signal: sig.TimerFired) -> None:
    timer = run.timers.get((signal.event, signal.purpose))
    if timer is not None:
        run.note(run.frames[timer[1]], "fired", event=signal.event, purpose=signal.purpose)


def _task_timed_out(run: "Run", signal: sig.TimerFired) -> None:
    frame = _waiting(run, signal.event)
    if frame is None:
        return
    _record_failure(run, frame, "TimedOut", "States.Timeout", None, heartbeat=signal.purpose == "heartbeat")


def evaluated(run: "Run", signal: sig.Evaluated) -> None:
    question = signal.question
    if run.asked.get(question.frame) is question:
        del run.asked[question.frame]
        run.resume_frame(question.frame, question.location, signal.answer)


def abort(run: "Run", signal: sig.Abort) -> None:
    run.finish("ExecutionAborted", run.next_event - 1, signal.error, signal.cause)


def expire(run: "Run", _: sig.Expire) -> None:
    run.finish("ExecutionTimedOut", run.next_event - 1, None, None)


def fail(run: "Run", signal: sig.Fail) -> None:
    run.finish("ExecutionFailed", run.next_event - 1, signal.error, signal.cause)


def _waiting(run: "Run", event: int) -> Frame | None:
    """Return the frame that still waits for that task: a late or doubled answer finds none."""
    frame_id = run.tasks.get(event)
    if frame_id is None:
        run.late = True
        return None
    return run.frames[frame_id]


def _record_success(run: "Run", frame: Frame, output: str) -> None:
    resource = _resource(frame)
    payload = Payload(output)
    if payload.exceeds(run.quotas.payload_bytes):
        _record_failure(run, frame, "Failed", "States.DataLimitExceeded", task_too_large(resource))
        return
    details = {**_names(resource), "output": output, "outputDetails": UNCUT}
    run.record(run.event(frame, f"{PREFIX[resource.kind]}Succeeded", details), payload)


def _record_failure(
    run: "Run", frame: Frame, ending: str, error: str | None, cause: str | None, *, heartbeat: bool = False
) -> None:
    resource = _resource(frame)
    details: dict[str, Any] = _names(resource)
    if error is not None:
        details["error"] = error[:MAX_ERROR]
    if cause is not None:
        details["cause"] = cause[:MAX_CAUSE]
    private = {"_heartbeat": True} if heartbeat else {}
    run.record(run.event(frame, f"{PREFIX[resource.kind]}{ending}", details, **private))


def _resource(frame: Frame) -> Resource:
    assert isinstance(frame.state, Task)
    return frame.state.resource


def _names(resource: Resource) -> dict[str, Any]:
    """What a Task event repeats of its resource; function and activity events do not."""
    if resource.kind != "service":
        return {}
    return {"resourceType": resource.resource_type, "resource": resource.resource}


PREFIX: Final = {"service": "Task", "lambda": "LambdaFunction", "activity": "Activity"}
"""How the events of each kind of task begin."""

TIMERS: Final[dict[str, Callable[["Run", sig.TimerFired], None]]] = {
    "wait": _delay_over,
    "retry": _delay_over,
    "timeout": _task_timed_out,
    "heartbeat": _task_timed_out,
    "execution": _execution_timed_out,
}

HEARERS: Final[dict[type, Callable[["Run", Any], None]]] = {
    sig.Start: start,
    sig.Continue: go_on,
    sig.TaskSucceeded: task_succeeded,
    sig.TaskFailed: task_failed,
    sig.TaskSubmitted: task_submitted,
    sig.TokenSucceeded: token_succeeded,
    sig.TokenFailed: token_failed,
    sig.Heartbeat: heartbeat,
    sig.ActivityTaken: activity_taken,
    sig.TimerFired: timer_fired,
    sig.Evaluated: evaluated,
    sig.Abort: abort,
    sig.Expire: expire,
    sig.Fail: fail,
    sig.Redrive: redrive,
}
