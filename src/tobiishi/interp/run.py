"""One execution, as data and rules: signals in, a segment's entries and effects out.

Theory of operation. `Run.apply` hears one signal. It records what the signal says, then lets every frame that is ready
take its next step until all are blocked, the execution has ended, or the run has used its share of transitions. A step
first evaluates, then records: whatever it raises, nothing of it has happened. Recording is appending an entry and
folding it (`interp.fold`), so a run is at all times what its segments say.

Nothing here waits, reads a clock or draws a random number: `now_ms` and `seed` arrive with the signal.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from tobiishi.asl.model import Definition, Map, Parallel, Resource, State, Task
from tobiishi.expr.bindings import Bindings, EvaluationError, Meter, OverBudget, Value
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.failure import fail_evaluation, step_failed
from tobiishi.interp.flow import within_limit
from tobiishi.interp.fold import Entry, fold, growth, set_phase
from tobiishi.interp.frame import Frame
from tobiishi.interp.hearing import HEARERS
from tobiishi.interp.payload import Payload
from tobiishi.interp.redrives import Redrives
from tobiishi.interp.states import COMPLETE, ENTER, spawn_iteration
from tobiishi.quotas import AWS, Quotas

TRANSITIONS_PER_STEP: Final = 200
"""State transitions after which a run queues behind the others: a count, not a clock."""

BYTES_PER_TRANSITION: Final = 2048
"""A state whose input is this much longer counts as one transition more: large payloads cost time too."""

STEPS_PER_TRANSITION: Final = 300
"""A state whose expressions took this many steps more counts as one transition more."""

MAX_VARIABLES: Final = 10 * 1024 * 1024
"""What all variables of an execution may take together (AWS's quota), in characters of JSON."""


Refusal = Callable[[Resource, Value], str | None]
"""Says why no task of a resource can be started with these arguments, in AWS's words; None if one can. No I/O."""

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an execution is: what its context object and its first private record say. ARNs as AWS forms them.

    `parent` is the ARN and event of the execution that started this one, as `ARN#EVENT`. `version_arn` and `alias_arn`
    are what its caller named; `trace_header` is kept as it was given.
    """

    arn: str
    name: str
    machine_arn: str
    machine_name: str
    role_arn: str
    region: str
    type: str = "STANDARD"
    parent: str | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    trace_header: str | None = None

    def record(self) -> dict[str, Any]:
        """Return what `of` reads back."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Identity":
        """Read an identity back from the private record that `Start` made, or from a checkpoint."""
        named: dict[str, Any] = {name: record.get(name) for name in cls.__slots__}
        return cls(**named)


@dataclass(frozen=True, slots=True)
class Step:
    """What one signal came to. `late`: what it speaks of is no longer waited for."""

    entries: list[Entry]
    effects: list[fx.Effect]
    late: bool = False


class Run:
    """The state of one execution. Fields are changed by `interp.fold` alone."""

    def __init__(
        self,
        definition: Definition,
        identity: Identity,
        mint: Callable[[int, int], str],
        refusal: Refusal = lambda _resource, _arguments: None,
        quotas: Quotas = AWS,
    ) -> None:
        """`mint(entered, serial)` returns the task token of that attempt of the state entered by that event."""
        self.definition = definition
        self.identity = identity
        self.mint = mint
        self.refusal = refusal
        self.quotas = quotas
        self.status: Status = "RUNNING"
        self.started_ms = 0
        self.next_event = 1
        self.input = Payload("{}")
        self.frames: dict[int, Frame] = {}
        self.halted: dict[int, Frame] = {}
        """Frames stopped by a failure, or by an end that was no success: what a redrive goes on with."""
        self.redrives = Redrives()
        self.ready: dict[int, None] = {}
        self.tasks: dict[int, int] = {}
        """The frame that waits for a task, by its scheduling event."""
        self.tokens: dict[int, int] = {}
        """The scheduling event of a task that a token ends, by the event that entered its state."""
        self.variables_size = 0
        """Characters of JSON in the variables of all frames."""
        self.timers: dict[tuple[int, str], tuple[int, int]] = {}
        """Due time and frame of each timer, by event and purpose."""
        self.entries: list[Entry] = []
        self.effects: list[fx.Effect] = []
        self.late = False
        self.asked: dict[int, fx.Evaluate] = {}
        """What workers evaluate for frames: memory only, a run that is rebuilt asks again."""
        self.answers: dict[int, dict[str, Value]] = {}
        """What workers answered, by frame and location: good for one step."""
        self.now_ms = 0
        self.max_events = quotas.history_events if identity.type == "STANDARD" else None
        self.meter = Meter()
        self._seed = 0
        self._random: random.Random | None = None

    # -- the two ways in -----------------------------------------------------------------------------------------------
    def apply(self, signal: sig.Signal, now_ms: int, seed: int, transitions: int = TRANSITIONS_PER_STEP) -> Step:
        """Hear one signal at `now_ms` (since the epoch); `seed` feeds UUIDs and jitter.

        `transitions` bounds the steps taken; with 0 the signal is recorded and nothing new begins.
        """
        self.entries, self.effects = [], []
        self.now_ms, self._seed, self._random = now_ms, seed, None
        self.late = self.status != "RUNNING" and not isinstance(signal, sig.Redrive)
        if not self.late:
            HEARERS[type(signal)](self, signal)
            self._advance(transitions)
        return Step(self.entries, self.effects, self.late)

    @classmethod
    def fold(
        cls, definition: Definition, identity: Identity, mint: Callable[[int, int], str], entries: Iterable[Entry]
    ) -> "Run":
        """Rebuild a run from what its segments recorded."""
        run = cls(definition, identity, mint)
        run.replay(entries)
        return run

    def replay(self, entries: Iterable[Entry]) -> list[fx.StopTask]:
        """Apply recorded entries; their effects have been performed already, or are asked for again by `pending`.

        Returns the tasks that nobody waited for any more: what follows from the entries, and from nothing else.
        """
        for entry in entries:
            fold(self, entry)
        stops = [effect for effect in self.effects if isinstance(effect, fx.StopTask)]
        self.effects.clear()
        return stops

    def pending(self) -> list[fx.Effect]:
        """What a run that was just rebuilt still needs: its tasks, its timers, and to go on if a frame is ready."""
        effects: list[fx.Effect] = [self.start_task(self.frames[frame]) for frame in self.tasks.values()]
        effects += [fx.SetTimer(event, purpose, due) for (event, purpose), (due, _) in self.timers.items()]
        if self.ready:
            effects.append(fx.GoOn())
        return effects

    # -- steps ---------------------------------------------------------------------------------------------------------
    def _advance(self, budget: int) -> None:
        while self.ready and budget > 0:
            frame = self.frames[next(iter(self.ready))]
            budget -= 1 + len(frame.input.text) // BYTES_PER_TRANSITION
            self.meter.steps = 0
            self._try_step(frame)
            budget -= self.meter.steps // STEPS_PER_TRANSITION
            self.limit_history()
        if self.ready:
            self._rotate()
            self.effects.append(fx.GoOn())

    def _try_step(self, frame: Frame) -> None:
        try:
            self._step(frame)
        except EvaluationError as error:
            fail_evaluation(self, frame, error)
        except OverBudget as need:
            self._ask(frame, need)
            return
        if self.answers:
            self.answers.pop(frame.id, None)  # they were for this step

    def _ask(self, frame: Frame, need: OverBudget) -> None:
        """Have a worker evaluate an expression; the frame takes its step again when the answer comes."""
        self.ready.pop(frame.id)
        question = fx.Evaluate(frame.id, need.location, need.text, need.environment)
        self.asked[frame.id] = question
        self.effects.append(question)

    def _step(self, frame: Frame) -> None:
        phase, state = frame.phase, frame.state
        if phase == "enter":
            ENTER[state.type](self, frame, state, self.bindings(frame))
        elif phase == "complete":
            COMPLETE[state.type](self, frame, state, self.bindings(frame))
        elif phase == "fail":
            step_failed(self, frame)
        else:
            spawn_iteration(self, frame)

    def _rotate(self) -> None:
        """Let the frame that used up the budget queue behind its siblings."""
        first = next(iter(self.ready))
        del self.ready[first]
        self.ready[first] = None

    # -- what steps see ------------------------------------------------------------------------------------------------
    def bindings(self, frame: Frame) -> Bindings:
        """What the fields of a frame's state see: its raw input, until a step narrows it."""
        answers = self.answers.get(frame.id)
        return Bindings(
            input=frame.input.value,
            variables=frame.scope,
            context=lambda: self.context(frame),
            entropy=self.entropy,
            now=self.now_ms / 1000,
            payload_bytes=self.quotas.payload_bytes,
            answers=answers if answers is not None else _NO_ANSWERS,
            meter=self.meter,
        )

    def entropy(self) -> random.Random:
        """The signal's source of random numbers: every draw of one signal comes from its seed."""
        if self._random is None:
            self._random = random.Random(self._seed)  # noqa: S311 - AWS promises no cryptography here either
        return self._random

    def context(self, frame: Frame) -> dict[str, Value]:
        """The context object (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html)."""
        identity, state = self.identity, frame.state
        about_state: dict[str, Value] = {"EnteredTime": iso_time(frame.entered_ms), "Name": state.name}
        about_execution: dict[str, Value] = {
            "Id": identity.arn,
            "Input": self.input.value,
            "Name": identity.name,
            "RoleArn": identity.role_arn,
            "StartTime": iso_time(self.started_ms),
        }
        if identity.type == "STANDARD":  # no other can be redriven
            about_execution["RedriveCount"] = self.redrives.count
        if self.redrives.count:
            about_execution["RedriveTime"] = iso_time(self.redrives.last_ms)
        context: dict[str, Value] = {
            "Execution": about_execution,
            "StateMachine": {"Id": identity.machine_arn, "Name": identity.machine_name},
            "State": about_state,
        }
        if isinstance(state, Task | Parallel | Map):
            about_state["RetryCount"] = frame.attempt
        if isinstance(state, Task) and state.resource.has_token:
            context["Task"] = {"Token": self.mint(frame.entered, frame.serial)}
        item = _map_item(frame)
        if item is not None:
            context["Map"] = {"Item": item}
        return context

    def where_failed(self, frame: Frame) -> str:
        """How the cause begins when an expression of the frame's state fails."""
        name = frame.state.name
        return f"An error occurred while executing the state '{name}' (entered at the event id #{frame.entered}). "

    def start_task(self, frame: Frame) -> fx.StartTask:
        """The effect that performs, or attends to, the task that a frame waits for."""
        task, state = frame.task, frame.state
        assert task is not None
        assert isinstance(state, Task)
        return fx.StartTask(
            event=task.event,
            state=state.name,
            resource=state.resource,
            arguments=task.arguments,
            attempt=frame.attempt,
            token=self.mint(frame.entered, frame.serial) if state.resource.has_token else None,
            role_arn=task.role_arn,
            timeout_seconds=task.timeout_seconds,
            heartbeat_seconds=task.heartbeat_seconds,
            submitted=task.submitted,
        )

    # -- recording -----------------------------------------------------------------------------------------------------
    def record(self, entry: Entry, payload: Payload | None = None) -> None:
        """Append an entry to the segment and fold it."""
        self.entries.append(entry)
        fold(self, entry, payload)

    def event(self, frame: Frame, kind: str, details: dict[str, Any] | None = None, **private: Any) -> Entry:
        """Make the next history event of a frame's chain. `kind` is AWS's event type."""
        entry: Entry = {
            "id": self.next_event,
            "previousEventId": frame.last,
            "timestamp": self.now_ms / 1000,
            "type": kind,
        }
        if details is not None:
            entry[f"{kind[0].lower()}{kind[1:]}EventDetails"] = details
        if frame.id:
            entry["_f"] = frame.id
        if private:
            entry.update(private)
        return entry

    def aside(self, kind: str, previous: int) -> Entry:
        """Make a history event that stands in no frame's chain."""
        return {"id": self.next_event, "previousEventId": previous, "timestamp": self.now_ms / 1000, "type": kind}

    def note(self, frame: Frame, kind: str, payload: Payload | None = None, **fields: Any) -> None:
        """Record something private about a frame."""
        entry: Entry = {"_r": kind, **fields}
        if frame.id:
            entry["_f"] = frame.id
        self.record(entry, payload)

    def set_timer(self, frame: Frame, event: int, purpose: str, due_ms: int) -> None:
        self.note(frame, "timer", event=event, purpose=purpose, due_ms=due_ms)
        self.effects.append(fx.SetTimer(event, purpose, due_ms))

    def enter(self, frame: Frame, state: State, payload: Payload) -> None:
        """Record that a frame enters a state."""
        entry: Entry = {
            "id": self.next_event,
            "previousEventId": frame.last,
            "timestamp": self.now_ms / 1000,
            "type": ENTERED[state.type],
            "stateEnteredEventDetails": {"name": state.name, "input": payload.text, "inputDetails": UNCUT},
        }
        if frame.id:
            entry["_f"] = frame.id
        self.record(entry, payload)

    def exit(self, frame: Frame, output: Payload, assigned: dict[str, Value] | None, next_name: str | None) -> None:
        """Record that a frame leaves its state, and where it goes: into the next state, or to its end."""
        state = frame.state
        within_limit(output, state.name, self.quotas.payload_bytes)
        details: dict[str, Any] = {"name": state.name, "output": output.text, "outputDetails": UNCUT}
        if assigned:
            details["assignedVariables"] = self._assignable(frame, assigned)
            details["assignedVariablesDetails"] = UNCUT
        entry: Entry = {
            "id": self.next_event,
            "previousEventId": frame.last,
            "timestamp": self.now_ms / 1000,
            "type": EXITED[state.type],
            "stateExitedEventDetails": details,
        }
        if frame.id:
            entry["_f"] = frame.id
        self.record(entry, output)
        if next_name is not None:
            self.enter(frame, frame.workflow.states[next_name], output)
        else:
            self._end(frame)

    def _assignable(self, frame: Frame, assigned: dict[str, Value]) -> dict[str, str]:
        """Return the variables as JSON texts. Raises `EvaluationError` when the execution would hold too many."""
        texts = {name: Payload.of(value).text for name, value in assigned.items()}
        if self.variables_size + growth(frame, texts) > MAX_VARIABLES:
            raise EvaluationError(
                "States.DataLimitExceeded", f"The variables of the execution take more than {MAX_VARIABLES} bytes."
            )
        return texts

    def _end(self, frame: Frame) -> None:
        """A frame has run out of states."""
        if frame.parent is None:
            output = frame.output.text
            self.record(self.event(frame, "ExecutionSucceeded", {"output": output, "outputDetails": UNCUT}))
            self.effects.append(fx.Finish("SUCCEEDED", output=output))
        elif frame.parent.state.type == "Map":
            self._count_iteration(frame)

    def _count_iteration(self, frame: Frame) -> None:
        assert frame.parent is not None
        details = {"name": frame.parent.state.name, "index": frame.index}
        self.record(self.event(frame, "MapIterationSucceeded", details))

    def finish(self, kind: str, previous: int, error: str | None, cause: str | None) -> None:
        """Record that the execution ends badly. `kind` is the event's type."""
        details = {key: text for key, text in (("error", error), ("cause", cause)) if text is not None}
        entry: Entry = {
            "id": self.next_event,
            "previousEventId": previous,
            "timestamp": self.now_ms / 1000,
            "type": kind,
        }
        if kind != "ExecutionTimedOut":
            entry[f"{kind[0].lower()}{kind[1:]}EventDetails"] = details
        self.record(entry)
        assert self.status != "RUNNING"
        self.effects.append(fx.Finish(self.status, error=error, cause=cause))

    def limit_history(self) -> None:
        """Let the execution fail as long as its history has room to say so."""
        if self.max_events is not None and self.next_event >= self.max_events - 1 and self.status == "RUNNING":
            cause = f"The execution reached the maximum number of history events ({self.max_events})."
            self.finish("ExecutionFailed", self.next_event - 1, "States.Runtime", cause)

    def resume_frame(self, frame_id: int, location: str, answer: Value) -> None:
        """A worker has answered: let the frame take its step again."""
        frame = self.frames.get(frame_id)
        if frame is not None:
            self.answers.setdefault(frame_id, {})[location] = answer
            set_phase(self, frame, frame.phase)


def _map_item(frame: Frame) -> dict[str, Value] | None:
    """Index and value of the nearest iteration around a frame."""
    child: Frame | None = frame
    while child is not None and child.parent is not None:
        fan = child.parent.fan
        if fan is not None and fan.items is not None:
            return {"Index": child.index, "Value": fan.items.value[child.index]}
        child = child.parent
    return None


def iso_time(epoch_ms: int) -> str:
    """A time as the context object shows it: ISO 8601, UTC, milliseconds."""
    text = datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return f"{text[:-6]}Z"


UNCUT: Final = {"truncated": False}
ENTERED: Final = {kind: f"{kind}StateEntered" for kind in ENTER}
EXITED: Final = {kind: f"{kind}StateExited" for kind in ENTER}
_NO_ANSWERS: Final[dict[str, Value]] = {}
