"""One function per state type: what happens when a state is entered, and when its work is complete.

Each evaluates first and records last. Whatever `EvaluationError` or `OverBudget` one raises, nothing of it happened.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tobiishi.asl.model import Choice, Fail, Map, Parallel, Pass, Succeed, Task, Wait
from tobiishi.expr.bindings import Bindings, EvaluationError, Expression, Value
from tobiishi.expr.timestamps import parse_timestamp
from tobiishi.interp.effects import SetTimer
from tobiishi.interp.flow import (
    FieldError,
    arguments,
    assigned,
    effective_input,
    leave_with_input,
    leave_with_result,
    limit,
    result_flow,
    shown,
    whole_number,
    within_limit,
)
from tobiishi.interp.frame import Frame
from tobiishi.interp.hearing import MAX_CAUSE, MAX_ERROR, PREFIX
from tobiishi.interp.payload import Payload

if TYPE_CHECKING:
    from tobiishi.interp.run import Run

MAX_SECONDS: Final = 99_999_999
"""Seconds that a Wait, a timeout or a heartbeat may last (AWS's limit)."""
MAX_BRANCH_INPUTS: Final = 64 * 1024 * 1024
"""Characters that the inputs of a Parallel's branches may take together: each is recorded, all at once."""
INLINE_CONCURRENCY: Final = 40
"""Iterations of an inline Map that run at once, whatever MaxConcurrency says (AWS's quota)."""


# -- Pass, Choice, Succeed, Fail ---------------------------------------------------------------------------------------
def enter_pass(run: "Run", frame: Frame, state: Pass, bindings: Bindings) -> None:
    if state.language == "JSONata":
        leave_with_input(run, frame, state, bindings, state.next)
        return
    if state.result is not None:
        result = Payload.of(state.result.evaluate(bindings))
        if bindings.trace is not None:
            bindings.trace("result", result.value)
    else:
        result = arguments(state, frame, bindings)
    leave_with_result(run, frame, state, bindings, result)


def enter_choice(run: "Run", frame: Frame, state: Choice, bindings: Bindings) -> None:
    """Go the first rule's way, with its own Assign and Output; the state's are for the Default alone."""
    effective_input(state, bindings)
    rule = next((rule for rule in state.rules if rule.test(bindings)), None)
    if rule is not None:
        variables = assigned(rule.assign, bindings)
        run.exit(frame, _choice_output(frame, state, rule.output, bindings), variables, rule.next)
    elif state.default is not None:
        variables = assigned(state.assign, bindings)
        run.exit(frame, _choice_output(frame, state, state.output, bindings), variables, state.default)
    else:
        raise EvaluationError(
            "States.NoChoiceMatched",
            "Failed to transition out of the state. The state does not point to a next state.",
        )


def _choice_output(frame: Frame, state: Choice, output: Expression | None, bindings: Bindings) -> Payload:
    if output is not None:
        return Payload.of(output.evaluate(bindings))
    if state.output_path is not None:
        return Payload.of(state.output_path.evaluate(bindings))
    return frame.input if state.input_path is None else Payload.of(bindings.input)


def enter_succeed(run: "Run", frame: Frame, state: Succeed, bindings: Bindings) -> None:
    leave_with_input(run, frame, state, bindings, None)


def enter_fail(run: "Run", frame: Frame, state: Fail, bindings: Bindings) -> None:
    effective_input(state, bindings)
    error = _text(state.error, bindings, MAX_ERROR)
    cause = _text(state.cause, bindings, MAX_CAUSE)
    run.note(frame, "failed", error=error, cause=cause)


def _text(expression: Expression | None, bindings: Bindings, limit: int) -> str | None:
    return None if expression is None else shown(expression.evaluate(bindings))[:limit]


# -- Wait --------------------------------------------------------------------------------------------------------------
def enter_wait(run: "Run", frame: Frame, state: Wait, bindings: Bindings) -> None:
    effective_input(state, bindings)
    if state.seconds is not None:
        due_ms = run.now_ms + _wait_seconds(state, state.seconds, bindings) * 1000
    else:
        due_ms = _wait_until(state, bindings)
    if due_ms > run.now_ms:
        run.set_timer(frame, frame.entered, "wait", due_ms)
    else:
        bindings.input = frame.input.value
        leave_with_input(run, frame, state, bindings, state.next)


def _wait_seconds(state: Wait, expression: Expression, bindings: Bindings) -> int:
    value = _referenced(state, expression, bindings)
    seconds = whole_number(value)
    if seconds is None:
        raise _bad_seconds(state, "cannot be parsed as a long value", value)
    if seconds < 0:
        raise _bad_seconds(state, "references a negative value", value)
    if seconds > MAX_SECONDS:
        raise _bad_seconds(state, f"references a value greater than {MAX_SECONDS}", value)
    return seconds


def _bad_seconds(state: Wait, problem: str, value: Value) -> FieldError:
    if state.path:
        return FieldError("States.Runtime", f"The {state.field} parameter {problem}: {state.path} == {shown(value)}")
    return FieldError("States.QueryEvaluationError", f"The {state.field} field {problem}: {shown(value)}", state.field)


def _wait_until(state: Wait, bindings: Bindings) -> int:
    assert state.timestamp is not None
    value = _referenced(state, state.timestamp, bindings)
    due_ns = parse_timestamp(value)
    if due_ns is not None:
        return -(-due_ns // 1_000_000)  # rounded up: never before its time
    if state.path:
        problem = f"does not reference a valid ISO-8601 extended offset date-time format string: {state.path} =="
        raise FieldError("States.Runtime", f"The {state.field} parameter {problem} {shown(value)}")
    problem = "cannot be parsed as an ISO-8601 extended offset date-time format string"
    raise FieldError("States.QueryEvaluationError", f"The {state.field} field {problem}: {shown(value)}", state.field)


def _referenced(state: Wait, expression: Expression, bindings: Bindings) -> Value:
    if not state.path:
        return expression.evaluate(bindings)
    try:
        return expression.evaluate(bindings)
    except EvaluationError:
        missing = f"The {state.field} parameter does not reference an input value: {state.path}"
        raise FieldError("States.Runtime", missing) from None


def complete_wait(run: "Run", frame: Frame, state: Wait, bindings: Bindings) -> None:
    leave_with_input(run, frame, state, bindings, state.next)


# -- Task --------------------------------------------------------------------------------------------------------------
def enter_task(run: "Run", frame: Frame, state: Task, bindings: Bindings) -> None:
    work = within_limit(arguments(state, frame, bindings), state.name, bindings.payload_bytes)
    details: dict[str, Any] = {}
    _add_seconds(details, "timeoutInSeconds", "TimeoutSeconds", state.timeout_seconds, bindings)
    _add_seconds(details, "heartbeatInSeconds", "HeartbeatSeconds", state.heartbeat_seconds, bindings)
    if state.credentials is not None:
        details["taskCredentials"] = {"roleArn": _role_arn(state.credentials, bindings)}
    refusal = run.refusal(state.resource, work.value)
    if refusal is not None:
        raise EvaluationError("States.Runtime", refusal)
    schedule_task(run, frame, state, work, details)


def schedule_task(run: "Run", frame: Frame, state: Task, work: Payload, details: dict[str, Any]) -> None:
    resource = state.resource
    prefix = PREFIX[resource.kind]
    if resource.kind == "service":
        names = {"resourceType": resource.resource_type, "resource": resource.resource}
        details = {**names, "region": run.identity.region, "parameters": work.text, **details}
    else:
        details = {"resource": resource.arn, "input": work.text, "inputDetails": {"truncated": False}, **details}
        names = {}
    run.record(run.event(frame, f"{prefix}Scheduled", details))
    scheduled = frame.last
    if resource.kind == "activity":  # it starts, and its seconds count, when a worker takes it
        run.effects.append(run.start_task(frame))
        return
    run.record(run.event(frame, f"{prefix}Started", names or None))
    if "timeoutInSeconds" in details:
        run.set_timer(frame, scheduled, "timeout", run.now_ms + round(details["timeoutInSeconds"] * 1000))
    if "heartbeatInSeconds" in details:
        run.effects.append(SetTimer(scheduled, "heartbeat", run.now_ms + round(details["heartbeatInSeconds"] * 1000)))
    run.effects.append(run.start_task(frame))


def _add_seconds(
    details: dict[str, Any], key: str, field: str, expression: Expression | None, bindings: Bindings
) -> None:
    if expression is None:
        return
    details[key] = limit(field, expression, bindings, 1, MAX_SECONDS)


def _role_arn(credentials: Expression, bindings: Bindings) -> str:
    role = credentials.evaluate(bindings)
    arn = role.get("RoleArn") if isinstance(role, dict) else None
    if isinstance(arn, str):
        return arn
    raise EvaluationError("States.Runtime", "The Credentials field must have a RoleArn that is a string.")


def complete_result(run: "Run", frame: Frame, state: Task, bindings: Bindings) -> None:
    assert frame.result is not None
    if bindings.trace is not None:
        bindings.trace("result", frame.result.value)
    leave_with_result(run, frame, state, bindings, frame.result)


# -- Parallel ----------------------------------------------------------------------------------------------------------
def enter_parallel(run: "Run", frame: Frame, state: Parallel, bindings: Bindings) -> None:
    branch_input = within_limit(arguments(state, frame, bindings), state.name, bindings.payload_bytes)
    if len(branch_input.text) * len(state.branches) > MAX_BRANCH_INPUTS:
        raise EvaluationError(
            "States.DataLimitExceeded",
            f"The inputs of the {len(state.branches)} branches take more than {MAX_BRANCH_INPUTS} bytes together.",
        )
    run.record(run.event(frame, "ParallelStateStarted"))
    started = frame.last
    for index, branch in enumerate(state.branches):
        first = branch.states[branch.start_at]
        details = {"name": first.name, "input": branch_input.text, "inputDetails": {"truncated": False}}
        run.record(
            {
                "id": run.next_event,
                "previousEventId": started,
                "timestamp": run.now_ms / 1000,
                "type": f"{first.type}StateEntered",
                "stateEnteredEventDetails": details,
                "_f": run.next_event,
                "_p": frame.id,
                "_b": index,
            },
            branch_input,
        )


def complete_parallel(run: "Run", frame: Frame, state: Parallel, bindings: Bindings) -> None:
    _gather(run, frame, state, bindings, "ParallelStateSucceeded")


def _gather(run: "Run", frame: Frame, state: Parallel | Map, bindings: Bindings, succeeded: str) -> None:
    """Put the children's outputs together, in order, without decoding them."""
    assert frame.fan is not None
    result = Payload(f"[{','.join(text or 'null' for text in frame.fan.results)}]")
    output, variables = result_flow(frame, state, bindings, result)
    run.record(run.event(frame, succeeded))
    run.exit(frame, output, variables, state.next)


# -- Map ---------------------------------------------------------------------------------------------------------------
def enter_map(run: "Run", frame: Frame, state: Map, bindings: Bindings) -> None:
    if state.distributed:
        raise EvaluationError(
            "States.Runtime",
            "Distributed Map is not available in this release of tobiishi; use ProcessorConfig.Mode INLINE.",
        )
    items = map_items(state, frame, bindings)
    concurrency = INLINE_CONCURRENCY
    if state.max_concurrency is not None:
        wanted = limit("MaxConcurrency", state.max_concurrency, bindings, 0)
        concurrency = min(wanted or concurrency, concurrency)
    run.note(frame, "items", items, items=items.text, limit=concurrency)
    run.record(run.event(frame, "MapStateStarted", {"length": len(items.value)}))


def map_items(state: Map, frame: Frame, bindings: Bindings) -> Payload:
    """Return what a Map iterates over, as the input has it."""
    value = effective_input(state, bindings)
    if state.items is not None:
        value = state.items.evaluate(bindings)
    if not isinstance(value, list):
        if state.language == "JSONata":
            problem = f"Map state input must be an array but was: {Payload.of(value).text}"
            raise EvaluationError("States.QueryEvaluationError", problem)
        path = state.items_path.removeprefix("$") if state.items_path.startswith("$$") else state.items_path or "$"
        raise EvaluationError("States.Runtime", f'Reference path "{path}" must point to array.')
    if bindings.trace is not None and state.language == "JSONPath":
        bindings.trace("afterItemsPath", value)
    return frame.input if value is frame.input.value else Payload.of(value)


def spawn_iteration(run: "Run", frame: Frame) -> None:
    """Start one more iteration of a Map."""
    state, fan = frame.state, frame.fan
    assert isinstance(state, Map)
    assert fan is not None
    assert fan.items is not None
    index = fan.next
    item = item_input(run, frame, state, index, fan.items.value[index])
    event_id = run.next_event
    details = {"name": state.name, "index": index}
    entry = run.event(frame, "MapIterationStarted", details, _f=event_id, _p=frame.id)
    entry["previousEventId"] = fan.chain
    run.record(entry)
    child = run.frames[event_id]
    run.enter(child, state.processor.states[state.processor.start_at], item)


def item_input(run: "Run", frame: Frame, state: Map, index: int, item: Value) -> Payload:
    """Return what an iteration gets: the item, or what ItemSelector makes of it."""
    if state.item_selector is None:
        return Payload.of(item)
    bindings = run.bindings(frame)
    effective_input(state, bindings)
    context = run.context(frame)
    context["Map"] = {"Item": {"Index": index, "Value": item}}
    bindings.context = lambda: context
    selected = Payload.of(state.item_selector.evaluate(bindings))
    return within_limit(selected, state.name, bindings.payload_bytes)


def complete_map(run: "Run", frame: Frame, state: Map, bindings: Bindings) -> None:
    _gather(run, frame, state, bindings, "MapStateSucceeded")


Step = Callable[["Run", Frame, Any, Bindings], None]

ENTER: Final[dict[str, Step]] = {
    "Pass": enter_pass,
    "Choice": enter_choice,
    "Succeed": enter_succeed,
    "Fail": enter_fail,
    "Wait": enter_wait,
    "Task": enter_task,
    "Parallel": enter_parallel,
    "Map": enter_map,
}
"""What entering a state of each type does."""

COMPLETE: Final[dict[str, Step]] = {
    "Wait": complete_wait,
    "Task": complete_result,
    "Parallel": complete_parallel,
    "Map": complete_map,
}
"""What happens when a state's work is done."""
