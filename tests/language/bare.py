"""Drives the interpreter with nothing around it: effects in a queue, a clock that jumps."""

from collections import deque
from typing import TYPE_CHECKING, Any

from tests.language.case import Case
from tests.language.outside import WORKER
from tests.language.script import Script
from tobiishi import jsontext
from tobiishi.asl.compile import compile_definition
from tobiishi.expr.jsonata_worker import evaluate_in_full
from tobiishi.interp import checkpoint
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.fold import Entry
from tobiishi.interp.run import Identity, Run

if TYPE_CHECKING:
    from tobiishi.expr.bindings import Value

IDENTITY = Identity(
    arn="arn:aws:states:us-east-1:123456789012:execution:machine:one",
    name="one",
    machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    machine_name="machine",
    role_arn="arn:aws:iam::123456789012:role/role",
    region="us-east-1",
)
START_MS = 1_700_000_000_000


def mint(entered: int, attempt: int) -> str:
    return f"token-{entered}-{attempt}"


class Bare:
    """A run, what it has recorded, and the checks that hold after every signal."""

    def __init__(self, case: Case) -> None:
        self.definition = compile_definition(case.definition_text)
        self._script = Script(case.tasks)
        self.run = Run(self.definition, IDENTITY, mint, self._script.refusal)
        self.entries: list[Entry] = []
        self.segments: list[list[Entry]] = []
        self._signals: deque[sig.Signal] = deque([sig.Start(case.input_text)])
        self._timers: dict[tuple[int, str], int] = {}
        self._now_ms = START_MS
        self.left = deque(case.then)
        """What nobody has done yet."""

    def history(self) -> list[Entry]:
        return [entry for entry in self.entries if "_r" not in entry]

    def to_the_end(self) -> None:
        for _ in range(100_000):
            if not self._signals and not self._act() and not self._jump():
                return
            self._hear(self._signals.popleft())
        raise AssertionError("the case does not end")

    def _hear(self, signal: sig.Signal) -> None:
        before = checkpoint.dump(self.run)
        step = self.run.apply(signal, self._now_ms, seed=7)
        if step.entries:
            segment = jsontext.decode(jsontext.encode(step.entries))
            self.segments.append(segment)
            self.entries += segment
            self._check_fold(before, segment)
        for effect in step.effects:
            self._perform(effect)

    def _check_fold(self, before: dict[str, Any], segment: list[Entry]) -> None:
        live = checkpoint.dump(self.run)
        assert checkpoint.dump(Run.fold(self.definition, IDENTITY, mint, self.entries)) == live, "fold equals live"
        woken = Run(self.definition, IDENTITY, mint)
        checkpoint.load(woken, jsontext.decode(jsontext.encode(before)))
        woken.replay(segment)
        assert checkpoint.dump(woken) == live, "checkpoint plus tail equals live"
        assert set(woken.ready) == {*self.run.ready, *self.run.asked}, "woken, it would ask again"

    def _act(self) -> bool:
        """Let somebody do what the case says."""
        signal = sig.Abort("Stopped", "by hand") if self.run.status == "RUNNING" else sig.Redrive()
        if not self.left or self.left[0] != ("stop" if isinstance(signal, sig.Abort) else "redrive"):
            return False
        self.left.popleft()
        self._signals.append(signal)
        return True

    def _jump(self) -> bool:
        """Turn the clock to the next timer."""
        if not self._timers:
            return False
        key = min(self._timers, key=lambda timer: (self._timers[timer], timer))
        self._now_ms = max(self._now_ms, self._timers.pop(key))
        self._signals.append(sig.TimerFired(*key))
        return True

    def _perform(self, effect: fx.Effect) -> None:
        match effect:
            case fx.StartTask():
                self._answer(effect)
            case fx.SetTimer():
                self._timers[effect.event, effect.purpose] = effect.due_ms
            case fx.ClearTimer():
                self._timers.pop((effect.event, effect.purpose), None)
            case fx.GoOn():
                self._signals.append(sig.Continue())
            case fx.Evaluate():
                now = self._now_ms / 1000
                answer: Value = evaluate_in_full(effect.text, effect.environment, now, 7, effect.location)
                self._signals.append(sig.Evaluated(effect, answer))
            case fx.Finish():
                self._timers.clear()

    def _answer(self, effect: fx.StartTask) -> None:
        outcome = self._script.outcome(effect.state, IDENTITY.arn, effect.event)
        resource = effect.resource
        if resource.has_token and not resource.is_job and "error" not in outcome:
            self._signals += _callback(effect, outcome)
        elif "submitted" in outcome and effect.submitted is None:
            self._signals.append(sig.TaskSubmitted(effect.event, jsontext.encode_text(outcome["submitted"])))
        elif outcome.get("silent"):
            return
        elif "error" in outcome:
            self._signals.append(sig.TaskFailed(effect.event, outcome["error"], outcome.get("cause")))
        else:
            self._signals.append(sig.TaskSucceeded(effect.event, jsontext.encode_text(outcome["output"])))


def _callback(effect: fx.StartTask, outcome: dict[str, Any]) -> list[sig.Signal]:
    """What comes of a task that its token ends: an activity is taken first, a callback's request answered."""
    answer = [_token_answer(effect, outcome["answer"])] if "answer" in outcome else []
    if effect.resource.kind == "activity":
        return answer if effect.submitted is not None else [sig.ActivityTaken(effect.event, WORKER)]
    submitted = sig.TaskSubmitted(effect.event, jsontext.encode_text(outcome["submitted"]))
    return [*answer, submitted] if outcome.get("early") else [submitted, *answer]


def _token_answer(effect: fx.StartTask, answer: dict[str, Any]) -> sig.Signal:
    assert effect.token is not None
    entered, attempt = map(int, effect.token.split("-")[1:])
    if "error" in answer:
        return sig.TokenFailed(entered, attempt, answer["error"], answer.get("cause"))
    return sig.TokenSucceeded(entered, attempt, jsontext.encode_text(answer["output"]))
