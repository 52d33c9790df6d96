"""What happens when a state fails.

Theory of operation. A failure is recorded first, by the history event that carries it or by a private record; the
frame is then in phase `fail`. Its step asks, in this order: does a retrier match that has attempts left? Does a catcher
match? Otherwise the failure goes up: it ends the execution, or the Parallel or Map around it, whose own Retry and Catch
are asked next. An expression that fails inside a Catch makes a failure that this state cannot catch again.
(https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html)
"""

import math
from typing import TYPE_CHECKING, Final

from tobiishi.asl.model import Catcher, Retrier, State
from tobiishi.expr.bindings import Bindings, EvaluationError
from tobiishi.interp.effects import SetTimer
from tobiishi.interp.flow import FieldError, assigned, within_limit
from tobiishi.interp.frame import Failure, Frame
from tobiishi.interp.hearing import MAX_CAUSE
from tobiishi.interp.payload import Payload

if TYPE_CHECKING:
    from tobiishi.interp.run import Run

MAX_DELAY_SECONDS: Final = 31_622_400.0
"""One leap year: no delay between attempts is longer than an execution may be."""


def fail_evaluation(run: "Run", frame: Frame, error: EvaluationError) -> None:
    """Record that an expression of the frame's state failed."""
    state = frame.state
    cause = (run.where_failed(frame) + error.message)[:MAX_CAUSE]
    in_catch = frame.phase == "fail"
    if error.error == "States.QueryEvaluationError":
        details = {"error": error.error, "cause": cause, "state": state.name}
        if error.location is not None:
            details["location"] = error.location
        entry = run.event(frame, "EvaluationFailed", details)
        if frame.last == frame.entered and not isinstance(error, FieldError):
            entry["previousEventId"] = frame.before
        if in_catch:
            entry["_final"] = True
        run.record(entry)
        return
    terminal = error.error == "States.DataLimitExceeded"
    run.note(frame, "failed", error=error.error, cause=cause, terminal=terminal, final=in_catch)


def step_failed(run: "Run", frame: Frame) -> None:
    """Retry, catch, or pass the failure up."""
    failure, state = frame.error, frame.state
    assert failure is not None
    retrier, catcher = handlers(state, failure)
    if retrier is not None and frame.retries.get(retrier, 0) < state.retry[retrier].max_attempts:
        _retry(run, frame, retrier)
    elif catcher is not None:
        _catch(run, frame, state.catch[catcher], failure)
    else:
        _pass_up(run, frame, failure)


def matches(names: tuple[str, ...], failure: Failure) -> bool:
    """Whether an ErrorEquals names a failure.

    `States.ALL` stands for everything but `States.Runtime` and a limit found exceeded by the interpreter;
    `States.TaskFailed` for the same but a timeout. `States.Runtime` matches nothing, not even by its own name.
    """
    error = failure.error
    if error == "States.Runtime":
        return False
    if error in names:
        return True
    if failure.heartbeat and "States.HeartbeatTimeout" in names:
        return True
    if failure.terminal:
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")


def handlers(state: State, failure: Failure) -> tuple[int | None, int | None]:
    """Return which retrier and which catcher of a state a failure is for, by their places in Retry and Catch."""
    if failure.final:
        return None, None
    retrier = next((i for i, retrier in enumerate(state.retry) if matches(retrier.error_equals, failure)), None)
    catcher = next((i for i, catcher in enumerate(state.catch) if matches(catcher.error_equals, failure)), None)
    return retrier, catcher


def _retry(run: "Run", frame: Frame, index: int) -> None:
    retrier = frame.state.retry[index]
    delay = delay_seconds(retrier, frame.retries.get(index, 0))
    if retrier.full_jitter:
        delay = run.entropy().uniform(0, delay)
    due_ms = run.now_ms + round(delay * 1000)
    run.note(frame, "retry", retrier=index, due_ms=due_ms)
    run.effects.append(SetTimer(frame.last, "retry", due_ms))


def delay_seconds(retrier: Retrier, retried: int) -> float:
    """Seconds before the next attempt, after `retried` earlier ones, without jitter."""
    limit = MAX_DELAY_SECONDS if retrier.max_delay_seconds is None else float(retrier.max_delay_seconds)
    if retrier.interval_seconds <= 0:
        return 0.0
    grown = math.log(retrier.interval_seconds) + retried * math.log(retrier.backoff_rate)
    if grown >= math.log(limit):
        return limit
    return min(limit, retrier.interval_seconds * retrier.backoff_rate**retried)


def _catch(run: "Run", frame: Frame, catcher: Catcher, failure: Failure) -> None:
    error_output = {"Error": failure.error or "", "Cause": failure.cause or ""}
    bindings = run.bindings(frame)
    bindings.error_output = error_output
    output, variables = _catch_flow(frame, catcher, bindings, error_output)
    _record_state_failed(run, frame, failure)
    run.exit(frame, output, variables, catcher.next)


def _catch_flow(
    frame: Frame, catcher: Catcher, bindings: Bindings, error_output: dict[str, str]
) -> tuple[Payload, dict[str, object] | None]:
    if frame.state.language == "JSONata":
        output = error_output if catcher.output is None else catcher.output.evaluate(bindings)
    else:
        output = error_output
        if catcher.result_path is not None:
            output = catcher.result_path.insert(frame.input.value, error_output)
        bindings.input = error_output
    payload = within_limit(Payload.of(output), frame.state.name, bindings.payload_bytes)
    return payload, assigned(catcher.assign, bindings)


def _record_state_failed(run: "Run", frame: Frame, failure: Failure) -> None:
    """A Parallel or Map says so before its failure is caught or passed up; not of a `States.Runtime` of its own."""
    if frame.state.type in ("Parallel", "Map") and (failure.inherited or failure.error != "States.Runtime"):
        run.record(run.event(frame, f"{frame.state.type}StateFailed"))


def _pass_up(run: "Run", frame: Frame, failure: Failure) -> None:
    _record_state_failed(run, frame, failure)
    parent = frame.parent
    if parent is None:
        run.finish("ExecutionFailed", max(frame.last, run.redrives.event), failure.error, failure.cause)
        return
    tasks = _task_children(run, parent)
    if parent.state.type == "Map":
        details = {"name": parent.state.name, "index": frame.index}
        run.record(run.event(frame, "MapIterationFailed", details))
    else:
        run.note(frame, "branch_failed")
    for _ in range(tasks):
        run.record(run.aside("TaskStateAborted", parent.last))


def _task_children(run: "Run", parent: Frame) -> int:
    """Return how many of a Parallel's branches or a Map's iterations stand in a Task, the failed one included."""
    assert parent.fan is not None
    return sum(run.frames[child].state.type == "Task" for child in parent.fan.children)
