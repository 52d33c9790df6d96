"""The order in which executions hear things."""

from tobiishi.engine.inbox import SIGNALS_PER_TURN, Inbox
from tobiishi.interp.signals import Abort, Continue


async def test_signals_come_in_order_and_turns_between_them() -> None:
    inbox = Inbox()
    inbox.put(7, Continue())
    for execution in range(2 * SIGNALS_PER_TURN):
        inbox.put(execution, Abort())
    heard = [await inbox.next() for _ in range(2 * SIGNALS_PER_TURN + 1)]
    assert [execution for execution, signal in heard if isinstance(signal, Abort)] == list(range(2 * SIGNALS_PER_TURN))
    assert heard[SIGNALS_PER_TURN] == (7, Continue())


async def test_a_run_has_one_turn_waiting_however_often_it_asks() -> None:
    """Or one that hears many signals while it goes on would go on ever faster, at the others' cost."""
    inbox = Inbox()
    for execution in (1, 1, 2, 1):
        inbox.put(execution, Continue())
    assert [(await inbox.next())[0] for _ in range(len(inbox))] == [1, 2]
    inbox.put(1, Continue())
    assert len(inbox) == 1, "after its turn it may ask again"
