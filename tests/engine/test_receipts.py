"""Receipts: whoever sent a signal hears what became of it, once."""

import asyncio

import pytest

from tobiishi.engine.receipts import Receipts
from tobiishi.interp.signals import Heartbeat


async def test_a_receipt_is_given_once() -> None:
    receipts, signal = Receipts(), Heartbeat(1, 0)
    receipt = receipts.expect(signal)
    assert receipts.awaits(signal)
    receipts.give(signal, None)
    receipts.give(signal, ())
    assert await receipt is None
    assert len(receipts) == 0


async def test_equal_signals_are_told_apart() -> None:
    receipts, one, other = Receipts(), Heartbeat(1, 0), Heartbeat(1, 0)
    receipt = receipts.expect(one)
    receipts.give(other, None)
    assert not receipt.done()
    receipts.refuse(one, ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await receipt


async def test_who_cancels_takes_the_signal_back() -> None:
    receipts, signal = Receipts(), Heartbeat(1, 0)
    receipt = receipts.expect(signal)
    assert not receipts.withdrawn(signal)
    receipt.cancel()
    assert receipts.withdrawn(signal)
    assert len(receipts) == 0
    assert not receipts.withdrawn(signal)


async def test_one_that_is_cancelled_too_late_leaves_nothing_behind() -> None:
    receipts, signal = Receipts(), Heartbeat(1, 0)
    receipts.expect(signal).cancel()
    receipts.give(signal, ())
    assert len(receipts) == 0


async def test_an_engine_that_is_gone_answers_everybody() -> None:
    receipts = Receipts()
    before = receipts.expect(Heartbeat(1, 0))
    receipts.fail_all(ValueError("gone"))
    after = receipts.expect(Heartbeat(2, 0))
    results = await asyncio.gather(before, after, return_exceptions=True)
    assert [str(result) for result in results] == ["gone", "gone"]
    assert len(receipts) == 0
