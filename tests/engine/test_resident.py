"""Which runs may leave memory."""

from tests.interp.runs import NOW, start, workflow
from tobiishi.engine.resident import Resident, Residents
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Run

HEAVY = "{% $sum($map([1..5000], function($n) { $n * 2 })) %}"


def waiting() -> Run:
    return start(workflow(W={"Type": "Wait", "Seconds": 5}))[0]


def test_a_run_with_nothing_unsaved_may_leave() -> None:
    resident = Resident(1, waiting(), 1)
    assert resident.idle
    resident.sequence = 1
    assert not resident.idle
    resident.durable = 1
    assert resident.idle
    assert not Resident(1, waiting(), 1, volatile=True).idle


def test_a_run_that_waits_for_a_worker_stays() -> None:
    run, step = start({"QueryLanguage": "JSONata", **workflow(P={"Type": "Pass", "Output": HEAVY})})
    (question,) = (effect for effect in step.effects if isinstance(effect, fx.Evaluate))
    resident = Resident(1, run, 1)
    assert not resident.idle
    run.apply(sig.Evaluated(question, 7), NOW, 1)
    assert resident.idle


def test_the_least_recently_used_idle_runs_leave_first() -> None:
    residents = Residents(limit=2)
    for execution in range(4):
        residents.add(Resident(execution, waiting(), execution, sequence=int(execution == 1)))
    residents.get(0)
    residents.shrink()
    assert [execution for execution in range(4) if residents.get(execution)] == [0, 1]
