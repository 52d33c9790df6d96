"""Queues of activity tasks: first in, first out, for tasks and for those who wait for one."""

import asyncio

import pytest

from tobiishi.engine.queues import ActivityQueues
from tobiishi.testing import VirtualClock

A, B = "activity:a", "activity:b"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def queues(clock: VirtualClock) -> ActivityQueues:
    return ActivityQueues(clock)


async def pause() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_tasks_come_in_the_order_in_which_they_went(queues: ActivityQueues, clock: VirtualClock) -> None:
    for event in range(3):
        queues.add(A, (1, event))
    queues.add(B, (2, 0))
    queues.remove((1, 1))
    queues.add(A, (1, 9), first=True)
    until = clock.now_ms() + 1
    assert [await queues.next(A, until) for _ in range(3)] == [(1, 9), (1, 0), (1, 2)]
    assert await queues.next(B, until) == (2, 0)
    assert len(queues) == 0


async def test_what_is_removed_need_not_be_there(queues: ActivityQueues) -> None:
    queues.remove((1, 1))
    assert len(queues) == 0


async def test_who_waits_longest_is_served_first(queues: ActivityQueues, clock: VirtualClock) -> None:
    polls = [asyncio.ensure_future(queues.next(A, clock.now_ms() + 1000)) for _ in range(3)]
    await pause()
    queues.add(A, (1, 1))
    queues.add(A, (1, 2))
    await pause()
    assert [poll.done() for poll in polls] == [True, True, False]
    clock.advance(1000)
    assert [await poll for poll in polls] == [(1, 1), (1, 2), None]


async def test_a_task_that_arrives_for_one_who_has_gone_wakes_the_next(
    queues: ActivityQueues, clock: VirtualClock
) -> None:
    polls = [asyncio.ensure_future(queues.next(A, clock.now_ms() + 1000)) for _ in range(2)]
    await pause()
    queues.add(A, (1, 1))
    polls[0].cancel()
    assert await polls[1] == (1, 1)
    with pytest.raises(asyncio.CancelledError):
        await polls[0]


async def test_closing_ends_every_wait(queues: ActivityQueues, clock: VirtualClock) -> None:
    polls = [asyncio.ensure_future(queues.next(arn, clock.now_ms() + 1000)) for arn in (A, A, B)]
    await pause()
    queues.close()
    assert await asyncio.gather(*polls) == [None, None, None]
    queues.add(A, (1, 1))
    assert await queues.next(A, clock.now_ms() + 1000) is None


async def test_nothing_is_kept_of_an_empty_queue(queues: ActivityQueues, clock: VirtualClock) -> None:
    for number in range(50):
        await queues.next(f"activity:{number}", clock.now_ms())
    poll = asyncio.ensure_future(queues.next(A, clock.now_ms() + 1000))
    await pause()
    poll.cancel()
    await asyncio.wait([poll])
    queues.add(B, (1, 1))
    queues.remove((1, 1))
    assert queues.activities == 0
