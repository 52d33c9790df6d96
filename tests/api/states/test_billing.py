"""What an Express execution would cost."""

import pytest

from tobiishi.api.states.billing import billing
from tobiishi.engine.express import ExpressResult
from tobiishi.engine.queries import Outcome


@pytest.mark.parametrize(("took", "billed"), [(0, 100), (1, 100), (100, 100), (101, 200), (299_999, 300_000)])
def test_durations_are_rounded_up_to_the_tenth_of_a_second(took: int, billed: int) -> None:
    ended = ExpressResult("arn", "name", Outcome("SUCCEEDED", "1"), 1_000, 1_000 + took)
    assert billing(ended, "{}", "{}")["billedDurationInMilliseconds"] == billed


@pytest.mark.parametrize(("length", "billed"), [(0, 64), (13_000_000, 64), (15_000_000, 128)])
def test_memory_is_rounded_up_to_chunks(length: int, billed: int) -> None:
    ended = ExpressResult("arn", "name", Outcome("SUCCEEDED", "x" * length), 0, 1)
    assert billing(ended, "{}", "{}")["billedMemoryUsedInMB"] == billed
