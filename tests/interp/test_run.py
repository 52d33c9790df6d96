"""Turns, limits, and what expressions are told about their execution."""

from dataclasses import replace
from typing import Any

from tests.interp.runs import CALL, NOW, new_run, start, tasks, types, workflow
from tests.language.bare import IDENTITY
from tobiishi import jsontext
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import (
    BYTES_PER_TRANSITION,
    MAX_VARIABLES,
    TRANSITIONS_PER_STEP,
    Identity,
    Run,
    Step,
    iso_time,
)
from tobiishi.quotas import AWS

PASS = {"Type": "Pass"}


def endless(name: str = "") -> dict[str, Any]:
    """A loop with an end that it never reaches."""
    again = {"Choices": [{"Variable": "$", "IsNull": True, "Next": f"{name}End"}], "Default": f"{name}Again"}
    states = {
        f"{name}Again": {"Type": "Pass", "Next": f"{name}Choose"},
        f"{name}Choose": {"Type": "Choice", **again},
        f"{name}End": {"Type": "Succeed"},
    }
    return {"StartAt": f"{name}Again", "States": states}


def exits(step: Step) -> int:
    return sum(kind.endswith("StateExited") for kind in types(step))


def goes_on(step: Step) -> bool:
    return fx.GoOn() in step.effects


def test_a_run_stops_after_its_share_of_transitions() -> None:
    run, step = start(endless())
    assert exits(step) == TRANSITIONS_PER_STEP
    assert goes_on(step)
    following = run.apply(sig.Continue(), NOW, 1)
    assert exits(following) == TRANSITIONS_PER_STEP
    assert following.entries[0]["previousEventId"] == step.entries[-1]["id"]


def test_a_long_input_counts_as_more_transitions() -> None:
    _, step = start(endless(), "x" * (BYTES_PER_TRANSITION * 9))
    assert exits(step) == TRANSITIONS_PER_STEP // 10


def test_without_transitions_a_signal_is_recorded_and_nothing_begins() -> None:
    run, step = start(workflow(T=CALL, P=PASS), transitions=0)
    assert types(step) == ["ExecutionStarted", "TaskStateEntered"]
    assert step.effects == [fx.GoOn()]
    event = tasks(run.apply(sig.Continue(), NOW, 1))["T"]
    step = run.apply(sig.TaskSucceeded(event, "1"), NOW, 1, transitions=0)
    assert types(step) == ["TaskSucceeded"]
    assert run.apply(sig.Continue(), NOW, 1, transitions=0).entries == []
    assert types(run.apply(sig.Continue(), NOW, 1))[-1] == "ExecutionSucceeded"


def test_an_endless_branch_does_not_starve_the_others() -> None:
    quick = workflow(**{f"S{number}": PASS for number in range(5)})
    run, step = start(workflow(B={"Type": "Parallel", "Branches": [endless("X"), quick, endless("Y")]}))
    seen: set[str] = set()
    for _ in range(4):
        seen |= {
            entry["stateExitedEventDetails"]["name"] for entry in step.entries if "stateExitedEventDetails" in entry
        }
        step = run.apply(sig.Continue(), NOW, 1)
    assert {f"S{number}" for number in range(5)} <= seen


def test_a_wide_map_takes_turns_and_keeps_its_order() -> None:
    items = list(range(300))
    run, step = start(workflow(M={"Type": "Map", "ItemProcessor": workflow(P=PASS, Q=PASS)}), items)
    steps = [step]
    while goes_on(steps[-1]):
        steps.append(run.apply(sig.Continue(), NOW, 1))
    assert len(steps) > 3
    assert steps[-1].effects == [fx.Finish("SUCCEEDED", output=jsontext.encode_text(items))]
    history = [entry for step in steps for entry in step.entries if "_r" not in entry]
    assert [entry["id"] for entry in history] == list(range(1, len(history) + 1))


def test_no_more_than_forty_iterations_at_once() -> None:
    _, step = start(workflow(M={"Type": "Map", "ItemProcessor": workflow(T=CALL)}), list(range(100)))
    assert sum(isinstance(effect, fx.StartTask) for effect in step.effects) == 40


def test_a_history_has_its_end() -> None:
    run, step = start(endless(), transitions=50_000)
    assert run.status == "FAILED"
    assert 25_000 - 2 < step.entries[-1]["id"] <= 25_000, "a step that records two events still had room"
    assert step.entries[-1]["executionFailedEventDetails"] == {
        "error": "States.Runtime",
        "cause": "The execution reached the maximum number of history events (25000).",
    }
    assert not goes_on(step)


def test_quotas_are_what_they_are_set_to() -> None:
    run = new_run(endless(), quotas=replace(AWS, history_events=100))
    step = run.apply(sig.Start("{}"), NOW, 1, transitions=50_000)
    assert 100 - 2 < step.entries[-1]["id"] <= 100
    run = new_run(workflow(P=PASS), quotas=replace(AWS, payload_bytes=20))
    step = run.apply(sig.Start('{"a":"more than twenty"}'), NOW, 1)
    assert step.entries[-1]["executionFailedEventDetails"]["error"] == "States.DataLimitExceeded"


def test_a_history_may_be_without_end() -> None:
    run = new_run(endless(), quotas=replace(AWS, history_events=None))
    step = run.apply(sig.Start("{}"), NOW, 1, transitions=13_000)
    assert step.entries[-1]["id"] > 25_000
    assert run.status == "RUNNING"


def test_an_express_execution_has_no_such_end() -> None:
    identity = Identity(**{**{name: getattr(IDENTITY, name) for name in IDENTITY.__slots__}, "type": "EXPRESS"})
    run = new_run(endless(), identity)
    step = run.apply(sig.Start("{}"), NOW, 1, transitions=25_000)
    assert step.entries[-1]["id"] > 25_000
    assert run.status == "RUNNING"


def test_the_same_seed_draws_the_same() -> None:
    definition = workflow(P={"Type": "Pass", "Parameters": {"a.$": "States.UUID()", "b.$": "States.UUID()"}})
    outputs = []
    for seed in (1, 1, 2):
        run = new_run(definition)
        outputs.append(run.apply(sig.Start("{}"), NOW, seed).entries[-1]["executionSucceededEventDetails"]["output"])
    assert outputs[0] == outputs[1] != outputs[2]
    drawn = jsontext.decode(outputs[0])
    assert drawn["a"] != drawn["b"]


def test_the_context_object() -> None:
    definition = workflow(W={"Type": "Wait", "Seconds": 1}, P={"Type": "Pass", "Parameters": {"all.$": "$$"}})
    run, _ = start(definition, {"in": 1})
    step = run.apply(sig.TimerFired(2, "wait"), NOW + 1_000, 1)
    context = jsontext.decode(step.entries[-1]["executionSucceededEventDetails"]["output"])["all"]
    assert context == {
        "Execution": {
            "Id": IDENTITY.arn,
            "Input": {"in": 1},
            "Name": "one",
            "RoleArn": IDENTITY.role_arn,
            "StartTime": "2023-11-14T22:13:20.000Z",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": IDENTITY.machine_arn, "Name": "machine"},
        "State": {"EnteredTime": "2023-11-14T22:13:21.000Z", "Name": "P"},
    }


def test_what_cannot_be_redriven_has_no_count_of_it() -> None:
    run = new_run(
        workflow(P={"Type": "Pass", "Parameters": {"all.$": "$$.Execution"}}), replace(IDENTITY, type="EXPRESS")
    )
    step = run.apply(sig.Start("{}"), NOW, 1)
    execution = jsontext.decode(step.entries[-1]["executionSucceededEventDetails"]["output"])["all"]
    assert execution.keys() == {"Id", "Input", "Name", "RoleArn", "StartTime"}


def test_times_are_written_with_milliseconds() -> None:
    assert iso_time(0) == "1970-01-01T00:00:00.000Z"
    assert iso_time(1_700_000_000_045) == "2023-11-14T22:13:20.045Z"


def test_the_first_record_says_who_the_execution_is() -> None:
    _, step = start(workflow(P=PASS))
    record: dict[str, Any] = jsontext.decode(jsontext.encode(step.entries[0]))
    assert Identity.of(record) == IDENTITY


def test_private_keys_begin_with_an_underscore() -> None:
    _, step = start(workflow(B={"Type": "Parallel", "Branches": [workflow(P=PASS)]}))
    public = {key for entry in step.entries if "_r" not in entry for key in entry if not key.startswith("_")}
    assert {key for key in public if not key.endswith("EventDetails")} == {"id", "previousEventId", "timestamp", "type"}


def test_a_run_of_nothing_waits_for_its_start() -> None:
    run: Run = new_run(workflow(P=PASS))
    assert (run.status, run.pending(), run.next_event) == ("RUNNING", [], 1)


def test_results_put_together_too_deep_fail_the_state() -> None:
    deep: Any = 0
    for _ in range(jsontext.MAX_DEPTH):
        deep = [deep]
    for state in (
        {"Type": "Parallel", "Branches": [workflow(P=PASS)]},
        {"Type": "Parallel", "QueryLanguage": "JSONata", "Branches": [workflow(P=PASS)]},
        {
            "Type": "Map",
            "InputPath": "$",
            "ItemProcessor": workflow(P={"Type": "Pass", "InputPath": "$$.Execution.Input"}),
        },
    ):
        run, step = start(workflow(S=state), deep)
        assert run.status == "FAILED"
        assert step.entries[-1]["executionFailedEventDetails"]["cause"].endswith("JSON nested deeper than 254 levels")


def test_the_variables_of_an_execution_are_bounded_together() -> None:
    """Every Assign is within its own limit; all of them together are not."""
    big, steps = "x" * 200_000, MAX_VARIABLES // 200_000 + 1
    run, step = start(workflow(**{f"P{n}": {**PASS, "Assign": {f"v{n}.$": "$"}} for n in range(steps)}), big)
    entries = step.entries
    while run.status == "RUNNING":
        entries += run.apply(sig.Continue(), NOW, 1).entries
    assert run.status == "FAILED"
    assert entries[-1]["executionFailedEventDetails"]["error"] == "States.DataLimitExceeded"


def test_variables_of_a_frame_that_has_ended_no_longer_count() -> None:
    one = workflow(I={**PASS, "Assign": {"v.$": "$"}})
    run, _ = start(workflow(M={"Type": "Map", "ItemProcessor": one}, T=CALL), ["a" * 1000] * 20)
    assert run.variables_size == 0


def test_the_inputs_of_all_branches_are_bounded_together() -> None:
    branches = [workflow(**{f"B{n}": PASS}) for n in range(400)]
    run, step = start(workflow(F={"Type": "Parallel", "Branches": branches}), "x" * 200_000)
    assert run.status == "FAILED"
    assert "ParallelStateStarted" not in types(step)
