"""Folding recorded entries: the same run, without its effects."""

from typing import Any

from tests.interp.runs import CALL, NOW, start, tasks, types, workflow
from tests.language.bare import IDENTITY
from tobiishi.interp import checkpoint
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Run

FAIL = {"Type": "Fail", "Error": "Broken"}
WAIT = {"Type": "Wait", "Seconds": 60}
CAUGHT = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}


def branches(*each: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(each)}


def test_a_failed_branch_stops_its_siblings_tasks_and_timers() -> None:
    inner = branches(workflow(Deep={**CALL, "TimeoutSeconds": 9}), workflow(W=WAIT))
    outer = branches(workflow(Inner=inner), workflow(T=CALL), workflow(First=CALL))
    run, begun = start(workflow(B=outer | CAUGHT, C=WAIT))
    started = tasks(begun)
    waiting = {(effect.event, effect.purpose) for effect in begun.effects if isinstance(effect, fx.SetTimer)}
    step = run.apply(sig.TaskFailed(started["First"], "Broken"), NOW, 1)
    stopped = [effect.event for effect in step.effects if isinstance(effect, fx.StopTask)]
    cleared = {(effect.event, effect.purpose) for effect in step.effects if isinstance(effect, fx.ClearTimer)}
    assert sorted(stopped) == sorted((started["Deep"], started["T"]))
    assert cleared == waiting
    assert (list(run.frames), run.tasks) == ([0], {})


def test_a_failed_iteration_stops_the_others() -> None:
    tasks_of = {"Type": "Map", "ItemProcessor": workflow(T=CALL)}
    run, begun = start(workflow(M=tasks_of | CAUGHT, C=WAIT), [1, 2, 3])
    events = [effect.event for effect in begun.effects if isinstance(effect, fx.StartTask)]
    step = run.apply(sig.TaskFailed(events[1], "Broken"), NOW, 1)
    assert [effect.event for effect in step.effects if isinstance(effect, fx.StopTask)] == [events[0], events[2]]
    assert types(run.apply(sig.TaskSucceeded(events[0], "1"), NOW, 1)) == []


def test_folding_asks_for_nothing_but_pending_does() -> None:
    run, begun = start(workflow(B=branches(workflow(T={**CALL, "TimeoutSeconds": 9}), workflow(W=WAIT))))
    folded = Run.fold(run.definition, IDENTITY, run.mint, begun.entries)
    assert folded.effects == []
    assert checkpoint.dump(folded) == checkpoint.dump(run)
    pending = folded.pending()
    assert [effect for effect in pending if isinstance(effect, fx.StartTask)] == [
        effect for effect in begun.effects if isinstance(effect, fx.StartTask)
    ]
    assert {effect for effect in pending if isinstance(effect, fx.SetTimer)} == {
        effect for effect in begun.effects if isinstance(effect, fx.SetTimer)
    }
