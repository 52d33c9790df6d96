"""What each signal records. The steps that follow from it are `Run._advance`'s."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tobiishi.asl.model import Resource, Task
from tobiishi.interp import signals as sig
from tobiishi.interp.effects import StopTask
from tobiishi.interp.frame import Frame
from tobiishi.interp.payload import Payload, task_too_large

if TYPE_CHECKING:
    from tobiishi.interp.run import Run

UNCUT: Final = {"truncated": False}
EXPRESS_SECONDS: Final = 300
"""How long an Express execution may take (AWS's quota)."""
MAX_CAUSE: Final = 32_768
"""Characters of a cause (AWS's quota); MAX_ERROR of an error name."""
MAX_ERROR: Final = 256


def start(run: "Run", signal: sig.Start) -> None:
    identity, definition = run.identity, run.definition
    payload = Payload(signal.input)
    run.record({"_r": "execution", **identity.record(), "started_ms": run.now_ms})
    details = {"input": signal.input, "inputDetails": UNCUT, "roleArn": identity.role_arn}
    started = {"id": 1, "previousEventId": 0, "timestamp": run.now_ms / 1000, "type": "ExecutionStarted"}
    run.record({**started, "executionStartedEventDetails": details}, payload)
    main = run.frames[0]
    seconds = definition.timeout_seconds
    if identity.type == "EXPRESS":
        seconds = min(seconds or EXPRESS_SECONDS, EXPRESS_SECONDS)
    if seconds is not None:
        run.set_timer(main, 0, "execution", run.now_ms + seconds * 1000)
    run.enter(main, definition.states[definition.start_at], payload)


def go_on(run: "Run", signal: sig.Continue) -> None:
    """Nothing to record: frames that are ready take their steps."""


def task_succeeded(run: "Run", signal: sig.TaskSucceeded) -> None:
    frame = _waiting(run, signal.event)
    if frame is None:
        return
    resource = _resource(frame)
    payload = Payload(signal.output)
    if payload.exceeds_limit:
        _record_failure(run, frame, "Failed", "States.DataLimitExceeded", task_too_large(resource))
        return
    details = {**_names(resource), "output": signal.output, "outputDetails": UNCUT}
    run.record(run.event(frame, f"{PREFIX[resource.kind]}Succeeded", details), payload)


def task_failed(run: "Run", signal: sig.TaskFailed) -> None:
    frame = _waiting(run, signal.event)
    if frame is not None:
        _record_failure(run, frame, "Failed", signal.error, signal.cause)


def task_submitted(run: "Run", signal: sig.TaskSubmitted) -> None:
    frame = _waiting(run, signal.event)
    if frame is None or frame.task is None or frame.task.submitted is not None:
        return
    resource = _resource(frame)
    details = {**_names(resource), "output": signal.output, "outputDetails": UNCUT}
    run.record(run.event(frame, "TaskSubmitted", details))
    if resource.pattern.startswith("sync"):
        run.effects.append(run.start_task(frame))


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
    run.effects.append(StopTask(signal.event, run.start_task(frame)))
    _record_failure(run, frame, "TimedOut", "States.Timeout", None, heartbeat=signal.purpose == "heartbeat")


def evaluated(run: "Run", signal: sig.Evaluated) -> None:
    question = signal.question
    if run.asked.get(question.frame) is question:
        del run.asked[question.frame]
        run.resume_frame(question.frame, question.location, signal.answer)


def abort(run: "Run", signal: sig.Abort) -> None:
    run.finish("ExecutionAborted", run.next_event - 1, signal.error, signal.cause)


def fail(run: "Run", signal: sig.Fail) -> None:
    run.finish("ExecutionFailed", run.next_event - 1, signal.error, signal.cause)


def _waiting(run: "Run", event: int) -> Frame | None:
    """Return the frame that still waits for that task: a late or doubled answer finds none."""
    frame_id = run.tasks.get(event)
    return None if frame_id is None else run.frames[frame_id]


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
    sig.TimerFired: timer_fired,
    sig.Evaluated: evaluated,
    sig.Abort: abort,
    sig.Fail: fail,
}
