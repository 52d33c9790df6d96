"""What a redrive does to frames: which go on, from where, and what is kept of those that were stopped."""

from typing import Any

import pytest

from tests.interp.runs import CALL, JOB, NOW, start, tasks, types, workflow
from tests.language.bare import IDENTITY
from tobiishi import jsontext
from tobiishi.interp import checkpoint
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.redrives import REMEMBERED, REMEMBERED_MS
from tobiishi.interp.run import Identity, Run, Step

RETRIED = {"Retry": [{"ErrorEquals": ["Flaky"], "MaxAttempts": 5}]}
CALLBACK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
}
MINUTE = 60_000


def branches(*each: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(each)}


def redrive(run: Run, now_ms: int = NOW, token: str | None = None) -> Step:
    return run.apply(sig.Redrive(token), now_ms, 1)


def woken(run: Run, **changes: Any) -> Run:
    """Return the run as a checkpoint of it brings it back."""
    data = jsontext.decode(jsontext.encode({**checkpoint.dump(run), **changes}))
    copy = Run(run.definition, Identity.of(data["identity"]), run.mint)
    checkpoint.load(copy, data)
    return copy


def test_a_wait_whose_time_has_passed_is_left_at_once() -> None:
    run, _ = start(workflow(W={"Type": "Wait", "TimestampPath": "$"}), "2023-11-14T22:14:00Z")
    run.apply(sig.Abort(), NOW, 1)
    step = redrive(run, NOW + MINUTE)
    assert types(step) == ["ExecutionRedriven", "WaitStateExited", "ExecutionSucceeded"]


def test_a_wait_whose_time_is_to_come_waits_for_it() -> None:
    run, begun = start(workflow(W={"Type": "Wait", "TimestampPath": "$"}), "2023-11-14T22:14:00Z")
    run.apply(sig.Abort(), NOW, 1)
    timers = [effect for effect in redrive(run, NOW + 1000).effects if isinstance(effect, fx.SetTimer)]
    assert timers == [effect for effect in begun.effects if isinstance(effect, fx.SetTimer)]


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_what_runs_or_has_succeeded_is_too_late(status: str) -> None:
    run, _ = start(workflow(P={"Type": "Pass"}) if status == "SUCCEEDED" else workflow(T=CALL))
    step = redrive(run)
    assert (run.status, step.entries, step.effects, step.late) == (status, [], [], True)


def test_no_token_is_minted_twice() -> None:
    run, begun = start(workflow(T=CALLBACK | RETRIED))
    steps = [begun]
    for _ in range(2):
        (event,) = run.tasks
        run.apply(sig.TokenFailed(run.frames[0].entered, run.frames[0].serial, "Flaky"), NOW, 1)
        assert run.tasks.get(event) is None
        steps.append(run.apply(sig.TimerFired(*next(iter(run.timers))), NOW, 1))
    run.apply(sig.Abort(), NOW, 1)
    steps.append(redrive(run))
    sent = [effect for step in steps for effect in step.effects if isinstance(effect, fx.StartTask)]
    assert [task.attempt for task in sent] == [0, 1, 2, 0]
    assert len({task.token for task in sent}) == 4
    assert run.apply(sig.TokenSucceeded(2, 0, "1"), NOW, 1).late, "the first attempt's token is good for nothing"
    assert types(run.apply(sig.TokenSucceeded(2, 3, "1"), NOW, 1))[0] == "TaskSucceeded"


def test_a_result_that_had_only_to_flow_on_is_kept() -> None:
    run, begun = start(workflow(T=CALL))
    run.apply(sig.TaskSucceeded(tasks(begun)["T"], '"once"'), NOW, 1, transitions=0)
    run.apply(sig.Abort(), NOW, 1)
    assert types(redrive(run)) == ["ExecutionRedriven", "TaskStateExited", "ExecutionSucceeded"]


def test_variables_count_again() -> None:
    inner = workflow(I={"Type": "Pass", "Assign": {"mine": "12345"}}, T=CALL)
    run, begun = start(workflow(O={"Type": "Pass", "Assign": {"ours": "123"}}, B=branches(inner)))
    before = run.variables_size
    run.apply(sig.TaskFailed(tasks(begun)["T"], "Broken"), NOW, 1)
    assert run.variables_size == 0
    redrive(run)
    assert run.variables_size == before > 0


def test_a_catch_forgets_what_was_stopped() -> None:
    caught = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}
    outer = branches(workflow(B=branches(workflow(T=CALL), workflow(U=CALL))), workflow(V=CALL))
    run, begun = start(workflow(A=outer | caught, C={"Type": "Wait", "Seconds": 9}))
    run.apply(sig.TaskFailed(tasks(begun)["T"], "Broken"), NOW, 1)
    assert (list(run.frames), run.halted) == ([0], {})


def test_a_checkpoint_keeps_what_was_stopped() -> None:
    caught = {"Catch": [{"ErrorEquals": ["Other"], "Next": "C"}]}
    outer = branches(workflow(B=branches(workflow(T=JOB), workflow(U=JOB))), workflow(V=JOB))
    run, begun = start(workflow(A=outer | caught, C={"Type": "Wait", "Seconds": 9}))
    run.apply(sig.TaskFailed(tasks(begun)["T"], "Broken"), NOW, 1, transitions=1)
    copy = woken(run)
    assert run.halted
    assert checkpoint.dump(copy) == checkpoint.dump(run)
    for each in (run, copy):
        each.apply(sig.Continue(), NOW, 1)
        assert each.status == "FAILED"
        assert set(tasks(redrive(each))) == {"T", "U", "V"}
    assert checkpoint.dump(copy) == checkpoint.dump(run)


def test_an_older_checkpoint_has_nothing_of_it() -> None:
    run, _ = start(workflow(T=CALL))
    data = checkpoint.dump(run)
    older = {name: value for name, value in data.items() if name not in ("halted", "redrives")}
    copy = Run(run.definition, IDENTITY, run.mint)
    checkpoint.load(copy, jsontext.decode(jsontext.encode(older)))
    assert checkpoint.dump(copy) == data


def test_a_client_token_is_remembered() -> None:
    run, begun = start(workflow(T=CALL))
    (event,) = tasks(begun).values()
    for number in range(REMEMBERED + 1):
        run.apply(sig.TaskFailed(event, "Broken"), NOW, 1)
        (event,) = tasks(redrive(run, NOW + number, f"token-{number}")).values()
    copy = woken(run)
    for number, known in [(0, False), (1, True), (REMEMBERED, True)]:
        step = redrive(copy, NOW + REMEMBERED_MS, f"token-{number}")
        assert step.entries == []
        assert step.effects == ([fx.Redriven(NOW + number)] if known else [])
    assert redrive(copy, NOW + 1 + REMEMBERED_MS + 1, "token-1").late, "but not for ever"


def test_the_client_token_is_private() -> None:
    run, _ = start(workflow(F={"Type": "Fail"}))
    (event, *_) = redrive(run, token="secret").entries
    assert [key for key, value in event.items() if value == "secret"] == ["_token"]


def test_a_history_with_room_for_two_events_more() -> None:
    run, _ = start(workflow(T=CALL, U=CALL))
    run.apply(sig.Abort(), NOW, 1)
    run.max_events = run.next_event + 1
    step = redrive(run)
    assert types(step) == ["ExecutionRedriven", "ExecutionFailed"]
    assert run.next_event - 1 == run.max_events
    assert run.timers == {}


def test_a_map_begins_no_iteration_twice() -> None:
    fails = {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": workflow(T=CALL)}
    run, begun = start(workflow(M=fails), [1, 2, 3])
    first, second = (effect.event for effect in begun.effects if isinstance(effect, fx.StartTask))
    run.apply(sig.TaskSucceeded(first, "1"), NOW, 1, transitions=0)
    run.apply(sig.TaskFailed(second, "Broken"), NOW, 1)
    step = redrive(run)
    begun_now = [
        entry["mapIterationStartedEventDetails"] for entry in step.entries if "mapIterationStartedEventDetails" in entry
    ]
    assert [details["index"] for details in begun_now] == [2]
    assert types(step).count("TaskScheduled") == 2, "the second's, again, and the third's"
