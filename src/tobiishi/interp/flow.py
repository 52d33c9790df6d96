"""How data flows through a state, in both query languages.

JSONPath: raw input -> InputPath -> Parameters -> (work) -> ResultSelector -> ResultPath into the raw input ->
OutputPath. JSONata: raw input -> Arguments -> (work) -> Output. In both, every expression of a state sees the
variables as they were when it was entered, and Assign takes effect when the state is left.
(https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html)
"""

import re
from typing import TYPE_CHECKING, Final

from tobiishi.asl.model import ResultState, State
from tobiishi.expr.bindings import Bindings, EvaluationError, Expression, Value
from tobiishi.expr.jsonpath import Path
from tobiishi.interp.frame import Frame
from tobiishi.interp.payload import TOO_LARGE, Payload

if TYPE_CHECKING:
    from tobiishi.interp.run import Run


class FieldError(EvaluationError):
    """A field had a value, but not one that it can take. Its event follows the state's entry in the chain."""


def effective_input(state: State, bindings: Bindings) -> Value:
    """Apply InputPath. From here on `$` is what it selects."""
    if state.input_path is not None:
        bindings.input = state.input_path.evaluate(bindings)
    if bindings.trace is not None and state.language == "JSONPath":
        bindings.trace("afterInputPath", bindings.input)
    return bindings.input


def arguments(state: ResultState, frame: Frame, bindings: Bindings) -> Payload:
    """What a Task or Parallel works on: Parameters or Arguments, or else the effective input."""
    value = effective_input(state, bindings)
    if state.parameters is not None:
        work = Payload.of(state.parameters.evaluate(bindings))
    else:
        work = frame.input if state.input_path is None else Payload.of(value)
    if bindings.trace is not None:
        bindings.trace("afterParameters" if state.language == "JSONPath" else "afterArguments", work.value)
    return work


def leave_with_input(run: "Run", frame: Frame, state: State, bindings: Bindings, next_name: str | None) -> None:
    """Leave a state that has no result of its own: Wait, Succeed, and a Choice through its Default."""
    output = _input_flow(frame, state, bindings)
    run.exit(frame, output, assigned(state.assign, bindings), next_name)


def _input_flow(frame: Frame, state: State, bindings: Bindings) -> Payload:
    if state.language == "JSONata":
        return frame.input if state.output is None else Payload.of(state.output.evaluate(bindings))
    value = effective_input(state, bindings)
    if state.output_path is not None:
        return Payload.of(state.output_path.evaluate(bindings))
    return frame.input if state.input_path is None else Payload.of(value)


def leave_with_result(run: "Run", frame: Frame, state: ResultState, bindings: Bindings, result: Payload) -> None:
    """Leave a state that has a result: it flows through the output fields to the next state."""
    output, variables = result_flow(frame, state, bindings, result)
    run.exit(frame, output, variables, state.next)


def result_flow(
    frame: Frame, state: ResultState, bindings: Bindings, result: Payload
) -> tuple[Payload, dict[str, Value] | None]:
    """Return the state's output and the variables it assigns."""
    flow = _jsonata_result if state.language == "JSONata" else _jsonpath_result
    output, variables = flow(frame, state, bindings, result)
    return within_limit(output, state.name, bindings.payload_bytes), variables


def within_limit(payload: Payload, name: str, limit: int) -> Payload:
    """Return the payload, or raise AWS's error for one over the limit."""
    if payload.exceeds(limit):
        raise EvaluationError("States.DataLimitExceeded", TOO_LARGE.format(name))
    return payload


def _jsonata_result(
    frame: Frame, state: ResultState, bindings: Bindings, result: Payload
) -> tuple[Payload, dict[str, Value] | None]:
    bindings.input = frame.input.value
    bindings.result = result.value
    output = result if state.output is None else Payload.of(state.output.evaluate(bindings))
    return output, assigned(state.assign, bindings)


def _jsonpath_result(
    frame: Frame, state: ResultState, bindings: Bindings, result: Payload
) -> tuple[Payload, dict[str, Value] | None]:
    bindings.input = result.value
    if state.result_selector is not None:
        result = Payload.of(state.result_selector.evaluate(bindings))
        bindings.input = result.value
    if bindings.trace is not None:
        bindings.trace("afterResultSelector", result.value)
    variables = assigned(state.assign, bindings)
    output = result
    if state.result_path is not None:
        inserted = state.result_path.insert(frame.input.value, result.value)
        output = frame.input if inserted is frame.input.value else Payload.of(inserted)
    if bindings.trace is not None:
        bindings.trace("afterResultPath", output.value)
    if state.output_path is not None:
        bindings.input = output.value
        output = Payload.of(state.output_path.evaluate(bindings))
    return output, variables


def assigned(assign: Expression | None, bindings: Bindings) -> dict[str, Value] | None:
    """Evaluate an Assign. Its variables together may take as much as a payload (AWS's quota)."""
    if assign is None:
        return None
    variables: dict[str, Value] = assign.evaluate(bindings)
    limit = bindings.payload_bytes
    if Payload.of(variables).exceeds(limit):
        raise EvaluationError("States.DataLimitExceeded", f"The variables of one Assign take more than {limit} bytes.")
    return variables


def whole_number(value: Value) -> int | None:
    """Return a whole number of 64 bits, which may be written as text or as 3.0; None for anything else."""
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        return None
    return value


def limit(field: str, expression: Expression, bindings: Bindings, least: int, most: int | None = None) -> int:
    """Evaluate a field that bounds a state: a timeout, a heartbeat, a concurrency."""
    value = expression.evaluate(bindings)
    number = whole_number(value)
    if number is None:
        if isinstance(expression, Path):
            problem = f'refers to value "{shown(value)}" which is not a valid integer: {expression.text}'
            raise FieldError("States.Runtime", f"The {expression.field} field {problem}")
        raise _bad_number(field, f"The {field} field cannot be parsed as a long value: {shown(value)}")
    if number < least or (most is not None and number > most):
        problem = "cannot be negative." if most is None else f"must be between {least} and {most}."
        if isinstance(expression, Path):
            raise FieldError("States.Runtime", f"{field} {problem}")
        raise _bad_number(field, f"{field} {problem}")
    return number


def _bad_number(field: str, problem: str) -> FieldError:
    return FieldError("States.QueryEvaluationError", problem, field)


def shown(value: Value) -> str:
    """Return a value as error messages show it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else Payload.of(value).text


_WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)
