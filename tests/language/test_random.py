"""Random machines on an engine that dies after a random commit and is taken up again."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interp.machines import machines
from tests.language.case import Case
from tests.language.stores import Machine
from tobiishi.store.memory import MemoryStore


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=machines(), crash_after=st.integers(1, 12))
async def test_a_crash_leaves_a_history_that_holds_together(case: Case, crash_after: int) -> None:
    store = MemoryStore()
    await store.open()
    try:
        ended, history = await Machine(case, store).run(crash_after=crash_after)
    finally:
        await store.close()
    assert ended.status in {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert all(event["previousEventId"] < event["id"] for event in history)
    assert history[-1]["type"] == f"Execution{ended.status.title().replace('_', '')}"
