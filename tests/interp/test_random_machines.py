"""Whatever the machine, its run ends and its history holds together.

`Bare` checks after every signal that folding the entries, and a checkpoint with its tail, both equal the live run.
"""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings

from tests.interp.machines import machines
from tests.language.bare import Bare
from tests.language.case import Case
from tobiishi.interp.fold import Entry

ENDINGS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(machines())
def test_a_run_ends_and_its_history_holds_together(case: Case) -> None:
    bare = Bare(case)
    bare.to_the_end()
    history = bare.history()
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert all(event["previousEventId"] < event["id"] for event in history)
    followed = [after["type"] for before, after in pairwise(history) if before["type"] in ENDINGS]
    assert followed == ["ExecutionRedriven"] * bare.run.redrives.count
    assert history[-1]["type"] in ENDINGS
    assert bare.run.status != "RUNNING"
    assert bare.run.pending() == []
    check_frames(history)


def check_frames(history: list[Entry]) -> None:
    """In every frame, states are entered and left in turn; where nothing failed, all of them are left."""
    frames: dict[int, list[tuple[str, str]]] = {}
    for event in history:
        for step in ("Entered", "Exited"):
            if event["type"].endswith(f"State{step}"):
                name = event[f"state{step}EventDetails"]["name"]
                frames.setdefault(event.get("_f", 0), []).append((step, name))
    for steps in frames.values():
        assert steps[0][0] == "Entered"
        for (before, name), (after, following) in pairwise(steps):
            assert before != after
            assert before == "Exited" or name == following
    if not any(
        event["type"].endswith(("Failed", "TimedOut", "Aborted")) or "FailState" in event["type"] for event in history
    ):
        assert all(steps[-1][0] == "Exited" for steps in frames.values())
