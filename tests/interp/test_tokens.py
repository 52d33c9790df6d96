"""Task tokens and activities: who is waited for, and when that ends."""

import pytest

from tests.interp.runs import CALL, JOB, NOW, new_run, start, tasks, types, workflow
from tests.language.bare import IDENTITY, mint
from tobiishi.interp import checkpoint
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Run, Step

CALLBACK = {
    **CALL,
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
}
ACTIVITY = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:work"}
HEARTBEAT = {"HeartbeatSeconds": 10}


def kinds(step: Step) -> list[type]:
    return [type(effect) for effect in step.effects]


@pytest.mark.parametrize(
    "late",
    [
        sig.TokenSucceeded(2, 1, "1"),
        sig.TokenSucceeded(3, 0, "1"),
        sig.TokenFailed(2, 7),
        sig.Heartbeat(1, 0),
        sig.ActivityTaken(2),
    ],
)
def test_a_token_names_one_attempt_of_one_state(late: sig.Signal) -> None:
    run, _ = start(workflow(T={**CALLBACK, **HEARTBEAT}))
    assert run.apply(late, NOW, 1) == Step([], [], late=True)
    assert not run.apply(sig.TokenSucceeded(2, 0, "1"), NOW, 1).late
    assert run.status == "SUCCEEDED"


def test_a_task_without_a_token_has_none() -> None:
    run, begun = start(workflow(T=CALL))
    assert run.tokens == {}
    assert [effect.token for effect in begun.effects if isinstance(effect, fx.StartTask)] == [None]
    assert run.apply(sig.TokenSucceeded(2, 0, "1"), NOW, 1).late


def test_a_submitted_callback_is_let_go() -> None:
    run, begun = start(workflow(T=CALLBACK))
    submitted = run.apply(sig.TaskSubmitted(tasks(begun)["T"], "{}"), NOW, 1)
    assert submitted.effects == [fx.Release(3)]
    answered = run.apply(sig.TokenFailed(2, 0, "E", "c"), NOW, 1)
    assert fx.Release(3) in answered.effects
    assert types(answered) == ["TaskFailed", "ExecutionFailed"]


def test_a_heartbeat_must_be_watched_after_a_crash_too() -> None:
    run, begun = start(workflow(T={**CALLBACK, **HEARTBEAT}))
    submitted = run.apply(sig.TaskSubmitted(tasks(begun)["T"], "{}"), NOW, 1)
    assert submitted.effects == []
    beat = run.apply(sig.Heartbeat(2, 0), NOW + 5_000, 1)
    assert beat == Step([], [fx.SetTimer(3, "heartbeat", NOW + 15_000)])


def test_a_request_that_fails_was_not_submitted() -> None:
    for state, ending in ((CALLBACK, "TaskSubmitFailed"), (JOB, "TaskSubmitFailed"), (CALL, "TaskFailed")):
        run, begun = start(workflow(T=state))
        assert types(run.apply(sig.TaskFailed(tasks(begun)["T"], "E"), NOW, 1))[0] == ending
    run, begun = start(workflow(T=JOB))
    run.apply(sig.TaskSubmitted(tasks(begun)["T"], "{}"), NOW, 1)
    assert types(run.apply(sig.TaskFailed(tasks(begun)["T"], "E"), NOW, 1))[0] == "TaskFailed"


def test_an_activity_starts_when_a_worker_takes_it() -> None:
    run, begun = start(workflow(T={**ACTIVITY, "TimeoutSeconds": 60, **HEARTBEAT}))
    assert types(begun)[-1] == "ActivityScheduled"
    assert kinds(begun) == [fx.StartTask], "no seconds count yet"
    taken = run.apply(sig.ActivityTaken(3, "w"), NOW + 1000, 1)
    assert types(taken) == ["ActivityStarted"]
    assert fx.SetTimer(3, "timeout", NOW + 61_000) in taken.effects
    assert fx.SetTimer(3, "heartbeat", NOW + 11_000) in taken.effects
    assert [(e.token, e.submitted) for e in taken.effects if isinstance(e, fx.StartTask)] == [(mint(2, 0), "null")]
    assert run.apply(sig.ActivityTaken(3, "v"), NOW, 1).late


def test_an_activity_that_was_taken_is_let_go() -> None:
    run, _ = start(workflow(T=ACTIVITY))
    assert kinds(run.apply(sig.ActivityTaken(3), NOW, 1)) == [fx.Release, fx.StartTask]


def test_the_next_attempt_has_another_token() -> None:
    run, _ = start(workflow(T={**ACTIVITY, "Retry": [{"ErrorEquals": ["E"]}]}))
    run.apply(sig.ActivityTaken(3), NOW, 1)
    failed = run.apply(sig.TokenFailed(2, 0, "E"), NOW, 1)
    (timer,) = (effect for effect in failed.effects if isinstance(effect, fx.SetTimer))
    again = run.apply(sig.TimerFired(timer.event, "retry"), timer.due_ms, 1)
    assert [effect.token for effect in again.effects if isinstance(effect, fx.StartTask)] == [mint(2, 1)]
    assert run.apply(sig.TokenSucceeded(2, 0, "1"), NOW, 1).late
    assert not run.apply(sig.TokenSucceeded(2, 1, "1"), NOW, 1).late


def test_a_dropped_branch_takes_its_token_along() -> None:
    failing = {"StartAt": "F", "States": {"F": {"Type": "Wait", "Seconds": 1, "Next": "G"}, "G": {"Type": "Fail"}}}
    branches = [workflow(T=CALLBACK), failing]
    run, _ = start(workflow(P={"Type": "Parallel", "Branches": branches}))
    (entered,) = run.tokens
    run.apply(sig.TimerFired(next(event for event, purpose in run.timers if purpose == "wait"), "wait"), NOW + 1000, 1)
    assert run.tokens == {}
    assert run.apply(sig.TokenSucceeded(entered, 0, "1"), NOW, 1).late


def test_a_run_that_was_read_back_knows_its_tokens() -> None:
    definition = workflow(T=ACTIVITY)
    run, begun = start(definition)
    saved = checkpoint.dump(run)
    woken = new_run(definition)
    checkpoint.load(woken, saved)
    folded = Run.fold(run.definition, IDENTITY, mint, begun.entries)
    assert woken.tokens == folded.tokens == run.tokens == {2: 3}


def test_an_answer_over_the_limit_fails_the_task() -> None:
    run, _ = start(workflow(T=CALLBACK))
    step = run.apply(sig.TokenSucceeded(2, 0, f'"{"x" * 262_144}"'), NOW, 1)
    assert step.entries[0]["taskFailedEventDetails"]["error"] == "States.DataLimitExceeded"
