"""A run as one JSON value, and back."""

from typing import Any

from tests.interp.runs import CALL, JOB, NOW, start, tasks, workflow
from tests.language.bare import IDENTITY
from tobiishi import jsontext
from tobiishi.interp import checkpoint
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Identity, Run

RETRY = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 9}]


def eventful() -> Run:
    """Return a run with something of everything: variables, a Map in a branch, a retry, a job, a wait."""
    inner = workflow(
        I={"Type": "Pass", "Assign": {"mine.$": "$"}},
        T={**CALL, "TimeoutSeconds": 30, "Retry": RETRY},
    )
    iterations = {"Type": "Map", "MaxConcurrency": 2, "ItemsPath": "$.list", "ItemProcessor": inner}
    both: dict[str, Any] = {
        "Type": "Parallel",
        "Branches": [workflow(M=iterations), workflow(J=JOB), workflow(W={"Type": "Wait", "Seconds": 5})],
    }
    definition = workflow(A={"Type": "Pass", "Assign": {"out": 1}}, B=both) | {"TimeoutSeconds": 1000}
    run, begun = start(definition, {"list": [1, "é", None]})
    events = [effect.event for effect in begun.effects if isinstance(effect, fx.StartTask) and effect.state == "T"]
    run.apply(sig.TaskSubmitted(tasks(begun)["J"], '{"job":1}'), NOW, 1)
    run.apply(sig.TaskFailed(events[0], "Broken", "once"), NOW, 1)
    run.apply(sig.TaskSucceeded(events[1], '"done"'), NOW, 1)
    return run


def woken(run: Run, data: dict[str, Any]) -> Run:
    copy = Run(run.definition, Identity.of(data["identity"]), run.mint)
    checkpoint.load(copy, data)
    return copy


def test_dump_and_load_are_inverse() -> None:
    run = eventful()
    data = jsontext.encode(checkpoint.dump(run))
    copy = woken(run, jsontext.decode(data))
    assert jsontext.encode(checkpoint.dump(copy)) == data
    assert copy.identity == IDENTITY
    assert (set(copy.ready), copy.tasks, copy.timers) == (set(run.ready), run.tasks, run.timers)
    assert copy.pending() == run.pending()


def test_a_woken_run_goes_on_as_the_live_one() -> None:
    run = eventful()
    copy = woken(run, jsontext.decode(jsontext.encode(checkpoint.dump(run))))
    for signal in [sig.TimerFired(event, purpose) for event, purpose in list(run.timers) if purpose != "execution"]:
        assert run.apply(signal, NOW + 9_000, 3) == copy.apply(signal, NOW + 9_000, 3)
    assert checkpoint.dump(run) == checkpoint.dump(copy)


def test_an_ended_run_has_nothing_left() -> None:
    run = eventful()
    run.apply(sig.Abort(), NOW, 1)
    data = checkpoint.dump(run)
    assert (data["status"], data["frames"], data["timers"]) == ("ABORTED", [], [])
    assert woken(run, data).pending() == []


def test_values_nested_as_deep_as_json_may_be() -> None:
    deep: Any = 0
    for _ in range(jsontext.MAX_DEPTH - 1):
        deep = [deep]
    definition = workflow(P={"Type": "Pass", "Assign": {"deep.$": "$"}}, W={"Type": "Wait", "Seconds": 1})
    run, _ = start(definition, deep)
    copy = woken(run, jsontext.decode(jsontext.encode(checkpoint.dump(run))))
    assert copy.frames[0].variables == {"deep": deep}
