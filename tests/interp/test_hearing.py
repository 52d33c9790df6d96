"""Signals: heard once, in time or not at all."""

from typing import Any

import pytest

from tests.interp.runs import CALL, JOB, NOW, new_run, start, tasks, types, workflow
from tests.language.bare import IDENTITY
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Identity, Run, Step

CALLBACK = {
    **CALL,
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
}
HEAVY = "{% $sum($map([1..5000], function($n) { $n * 2 })) %}"
WAIT = {"Type": "Wait", "Seconds": 5}
PASS = {"Type": "Pass"}


def parallel(*branches: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches)}


def nothing(step: Step) -> bool:
    return not step.entries and not step.effects


@pytest.mark.parametrize(
    "late",
    [
        sig.TaskSucceeded(3, "1"),
        sig.TaskFailed(3, "Broken"),
        sig.TaskSubmitted(3, "1"),
        sig.TimerFired(3, "timeout"),
        sig.TimerFired(3, "heartbeat"),
        sig.TimerFired(2, "wait"),
        sig.TimerFired(0, "execution"),
        sig.TimerFired(9, "retry"),
        sig.Continue(),
    ],
)
def test_what_nobody_waits_for_records_nothing(late: sig.Signal) -> None:
    run, begun = start(workflow(T={**CALL, "TimeoutSeconds": 9}, W=WAIT))
    run.apply(sig.TaskSucceeded(tasks(begun)["T"], "{}"), NOW, 1)
    assert nothing(run.apply(late, NOW, 1))


@pytest.mark.parametrize(
    "late", [sig.Abort(), sig.Fail("E", "c"), sig.TaskSucceeded(3, "1"), sig.Start("{}"), sig.Continue()]
)
def test_what_has_ended_hears_nothing(late: sig.Signal) -> None:
    run, _ = start(workflow(P=PASS))
    assert run.status == "SUCCEEDED"
    assert nothing(run.apply(late, NOW, 1))


def test_a_doubled_submission_counts_once() -> None:
    run, begun = start(workflow(T=JOB))
    event = tasks(begun)["T"]
    first = run.apply(sig.TaskSubmitted(event, '{"id":1}'), NOW, 1)
    assert types(first) == ["TaskSubmitted"]
    assert [(effect.event, effect.submitted) for effect in first.effects if isinstance(effect, fx.StartTask)] == [
        (event, '{"id":1}')
    ]
    assert nothing(run.apply(sig.TaskSubmitted(event, '{"id":2}'), NOW, 1))


def test_a_callback_is_not_attended_but_keeps_its_token() -> None:
    run, begun = start(workflow(T=CALLBACK))
    (request,) = (effect for effect in begun.effects if isinstance(effect, fx.StartTask))
    assert request.token == "token-2-0"
    assert request.arguments == '{"QueueUrl":"q","MessageBody":{"token":"token-2-0"}}'
    assert not tasks(run.apply(sig.TaskSubmitted(request.event, "{}"), NOW, 1))
    assert types(run.apply(sig.TaskSucceeded(request.event, "1"), NOW, 1))[0] == "TaskSucceeded"


def test_every_attempt_has_a_token_of_its_own() -> None:
    run, begun = start(workflow(T={**CALLBACK, "Retry": [{"ErrorEquals": ["States.ALL"]}]}))
    failed = run.apply(sig.TaskFailed(tasks(begun)["T"], "Broken"), NOW, 1)
    (timer,) = (effect for effect in failed.effects if isinstance(effect, fx.SetTimer))
    again = run.apply(sig.TimerFired(timer.event, timer.purpose), timer.due_ms, 1)
    (request,) = (effect for effect in again.effects if isinstance(effect, fx.StartTask))
    assert (request.token, request.attempt) == ("token-2-1", 1)


def test_a_timeout_stops_the_task_and_clears_its_timers() -> None:
    run, begun = start(workflow(T={**CALL, "TimeoutSeconds": 5}))
    event = tasks(begun)["T"]
    step = run.apply(sig.TimerFired(event, "timeout"), NOW + 5_000, 1)
    assert types(step) == ["TaskTimedOut", "ExecutionFailed"]
    assert [effect.event for effect in step.effects if isinstance(effect, fx.StopTask)] == [event]
    assert run.timers == {}


def test_abort_stops_everything() -> None:
    branches = parallel(workflow(T=CALL), workflow(J=JOB), workflow(W=WAIT))
    run, begun = start(workflow(B=branches))
    started = tasks(begun)
    run.apply(sig.TaskSubmitted(started["J"], '"job"'), NOW, 1)
    step = run.apply(sig.Abort("Why", "because"), NOW, 1)
    (event,) = step.entries
    assert (event["type"], event["executionAbortedEventDetails"]) == (
        "ExecutionAborted",
        {"error": "Why", "cause": "because"},
    )
    assert event["previousEventId"] == event["id"] - 1
    stopped = {effect.event: effect.task.submitted for effect in step.effects if isinstance(effect, fx.StopTask)}
    assert stopped == {started["T"]: None, started["J"]: '"job"'}
    assert step.effects[-1] == fx.Finish("ABORTED", error="Why", cause="because")
    assert (run.status, run.frames, dict(run.ready), run.tasks, run.timers) == ("ABORTED", {}, {}, {}, {})


def test_an_engine_that_cannot_go_on_fails_the_execution() -> None:
    run, _ = start(workflow(W=WAIT))
    step = run.apply(sig.Fail("States.Runtime", "what happened"), NOW, 1)
    assert types(step) == ["ExecutionFailed"]
    assert run.status == "FAILED"


def test_an_express_execution_has_five_minutes() -> None:
    identity = Identity(**{**{name: getattr(IDENTITY, name) for name in IDENTITY.__slots__}, "type": "EXPRESS"})
    for seconds, limit in ((None, 300), (20, 20), (999, 300)):
        definition = workflow(W=WAIT) | ({} if seconds is None else {"TimeoutSeconds": seconds})
        run = new_run(definition, identity)
        run.apply(sig.Start("{}"), NOW, 1)
        assert run.timers[0, "execution"] == (NOW + limit * 1000, 0)


class Asking:
    """A run that waits for a worker to evaluate an expression."""

    def __init__(self) -> None:
        states = workflow(A={"Type": "Pass", "Output": HEAVY}, B={"Type": "Pass", "Output": HEAVY})
        self.run, step = start({"QueryLanguage": "JSONata", **states})
        self.question = self.asked(step)

    def answer(self, question: fx.Evaluate, answer: Any) -> Step:
        return self.run.apply(sig.Evaluated(question, answer), NOW, 1)

    @staticmethod
    def asked(step: Step) -> fx.Evaluate:
        (question,) = (effect for effect in step.effects if isinstance(effect, fx.Evaluate))
        return question


def test_a_worker_answers_and_the_state_goes_on() -> None:
    asking = Asking()
    step = asking.answer(asking.question, 7)
    assert types(step) == ["PassStateExited", "PassStateEntered"]
    assert step.entries[0]["stateExitedEventDetails"]["output"] == "7"
    assert asking.run.answers == {}, "an answer is good for one step"


def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one() -> None:
    asking = Asking()
    second = asking.asked(asking.answer(asking.question, 7))
    assert second.location == asking.question.location
    assert nothing(asking.answer(asking.question, 8))
    assert types(asking.answer(second, 9)) == ["PassStateExited", "ExecutionSucceeded"]


def test_an_answer_to_another_run_is_none_to_this_one() -> None:
    asking = Asking()
    assert nothing(asking.answer(Asking().question, 8))


def test_an_answer_for_a_branch_that_is_gone() -> None:
    heavy = workflow(P={"Type": "Pass", "QueryLanguage": "JSONata", "Output": HEAVY})
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "W"}]
    run, begun = start(workflow(B=parallel(workflow(T=CALL), heavy) | {"Catch": catch}, W=WAIT))
    question = Asking.asked(begun)
    run.apply(sig.TaskFailed(tasks(begun)["T"], "Broken"), NOW, 1)
    assert nothing(run.apply(sig.Evaluated(question, 7), NOW, 1))
    assert run.asked == {}


def test_a_rebuilt_run_asks_again() -> None:
    asking = Asking()
    entries = asking.run.entries
    rebuilt = Run.fold(asking.run.definition, IDENTITY, asking.run.mint, entries)
    assert rebuilt.pending() == [fx.GoOn()]
    assert Asking.asked(rebuilt.apply(sig.Continue(), NOW, 1)).text == asking.question.text
