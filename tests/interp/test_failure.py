"""What ErrorEquals catches, and how long a retry waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interp.runs import CALL, NOW, start, tasks, workflow
from tobiishi.asl.model import Retrier
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.failure import MAX_DELAY_SECONDS, delay_seconds, matches
from tobiishi.interp.frame import Failure

OWN = Failure("Broken", "cause")
TIMEOUT = Failure("States.Timeout", None)
HEARTBEAT = Failure("States.Timeout", None, heartbeat=True)
RUNTIME = Failure("States.Runtime", "cause")
TOO_LARGE = Failure("States.DataLimitExceeded", "from a task")
OVER_LIMIT = Failure("States.DataLimitExceeded", "found by the interpreter", terminal=True)
NAMELESS = Failure(None, None)


@pytest.mark.parametrize(
    ("failure", "caught_by"),
    [
        (OWN, {"States.ALL", "States.TaskFailed", "Broken"}),
        (TIMEOUT, {"States.ALL", "States.Timeout"}),
        (HEARTBEAT, {"States.ALL", "States.Timeout", "States.HeartbeatTimeout"}),
        (RUNTIME, set()),
        (TOO_LARGE, {"States.ALL", "States.TaskFailed", "States.DataLimitExceeded"}),
        (OVER_LIMIT, {"States.DataLimitExceeded"}),
        (NAMELESS, {"States.ALL", "States.TaskFailed"}),
    ],
)
def test_what_catches_a_failure(failure: Failure, caught_by: set[str]) -> None:
    names = {
        *("States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout"),
        *("States.Runtime", "States.DataLimitExceeded", "Broken", "Other"),
    }
    assert {name for name in names if matches((name,), failure)} == caught_by
    assert matches(("Other", *caught_by), failure) == bool(caught_by)


@pytest.mark.parametrize(
    ("retrier", "delays"),
    [
        (Retrier(("E",)), [1, 2, 4, 8]),
        (Retrier(("E",), interval_seconds=3, backoff_rate=1.0), [3, 3, 3, 3]),
        (Retrier(("E",), interval_seconds=2, backoff_rate=3.0, max_delay_seconds=10), [2, 6, 10, 10]),
        (Retrier(("E",), interval_seconds=1, backoff_rate=1.5), [1, 1.5, 2.25, 3.375]),
    ],
)
def test_delays(retrier: Retrier, delays: list[float]) -> None:
    assert [delay_seconds(retrier, retried) for retried in range(4)] == delays


@given(
    interval=st.integers(1, 99_999_999),
    rate=st.floats(1.0, 1e308),
    most=st.none() | st.integers(1, 31_622_400),
    retried=st.integers(0, 99_999_999),
)
def test_delays_grow_and_stay_bounded(interval: int, rate: float, most: int | None, retried: int) -> None:
    retrier = Retrier(("E",), interval, 99_999_999, rate, most)
    delay = delay_seconds(retrier, retried)
    assert 0 < delay <= (MAX_DELAY_SECONDS if most is None else most)
    assert delay <= delay_seconds(retrier, retried + 1)


@given(seed=st.integers(0, 2**64 - 1))
def test_full_jitter_waits_at_most_the_delay(seed: int) -> None:
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 10, "JitterStrategy": "FULL"}]
    run, begun = start(workflow(T={**CALL, "Retry": retry}))
    step = run.apply(sig.TaskFailed(tasks(begun)["T"], "Broken"), NOW, seed)
    (timer,) = (effect for effect in step.effects if isinstance(effect, fx.SetTimer))
    assert 0 <= timer.due_ms - NOW <= 10_000


def test_long_errors_and_causes_are_cut() -> None:
    run, begun = start(workflow(T=CALL))
    step = run.apply(sig.TaskFailed(tasks(begun)["T"], "e" * 1_000, "c" * 100_000), NOW, 1)
    details = step.entries[0]["taskFailedEventDetails"]
    assert (len(details["error"]), len(details["cause"])) == (256, 32_768)
