"""The bucket: what it gives, and when."""

from hypothesis import given
from hypothesis import strategies as st

from tobiishi.quotas import Bucket, Rate


def test_a_burst_and_then_the_rate() -> None:
    bucket = Bucket(Rate(burst=3, per_second=2), 1_000)
    assert [bucket.take(1_000) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_ms(1_000) == 500
    assert not bucket.take(1_499)
    assert bucket.take(1_500)
    assert bucket.wait_ms(1_500) == 500


def test_it_never_holds_more_than_a_burst() -> None:
    bucket = Bucket(Rate(burst=2, per_second=100), 0)
    assert bucket.level(3_600_000) == 2
    assert bucket.wait_ms(3_600_000) == 0


def test_what_was_spent_too_much_comes_back_first() -> None:
    bucket = Bucket(Rate(burst=2, per_second=1), 0)
    bucket.spend(5, 0)
    assert bucket.level(0) == -3
    assert bucket.wait_ms(0) == 4_000
    assert not bucket.take(3_000)
    assert bucket.take(4_000)


def test_a_clock_that_goes_back_gives_nothing_and_delays_nothing() -> None:
    bucket = Bucket(Rate(burst=1, per_second=1), 10_000)
    assert bucket.take(10_000)
    assert not bucket.take(5_000)
    assert not bucket.take(5_999)
    assert bucket.take(6_000)


@given(
    st.integers(1, 50),
    st.floats(0.1, 1000),
    st.lists(st.integers(0, 3_000), min_size=1, max_size=200),
)
def test_nobody_gets_more_than_the_rate_allows(burst: int, per_second: float, pauses: list[int]) -> None:
    bucket, now, given_ = Bucket(Rate(burst, per_second), 0), 0, 0
    for pause in pauses:
        now += pause
        given_ += bucket.take(now)
        assert given_ <= burst + per_second * now / 1000 + 1e-6
    assert bucket.take(now + bucket.wait_ms(now) + 1)
