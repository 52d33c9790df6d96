"""What every store must do, once: a subclass gives `make_store` and runs it all on its own store.

Nothing here knows a database. A lease runs out by a time to live of zero, so that no test waits for a clock.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.store.definitions import MACHINE, DefinitionsContract
from tobiishi.store.contract import (
    Commit,
    ExecutionRow,
    ExpressStart,
    Filter,
    Lease,
    LeaseLostError,
    OutboxEntry,
    Redrive,
    Segment,
    Stop,
    Store,
    StoreError,
    Timer,
)

MakeStore = Callable[[], Awaitable[Store]]

HOUR_MS = 3_600_000


def row(execution: int, name: str | None = None, **changes: Any) -> ExecutionRow:
    name = name or f"run-{execution}"
    fields: dict[str, Any] = {
        "id": execution,
        "arn": f"arn:aws:states:us-east-1:123456789012:execution:orders:{name}",
        "machine_arn": MACHINE,
        "name": name,
        "revision": 1,
        "root": execution,
        "started_ms": 1_000 + execution,
    }
    return ExecutionRow(**fields | changes)


def started(execution: int, name: str | None = None, **changes: Any) -> Commit:
    return Commit(Segment(execution, 1, b'{"first":true}'), start=row(execution, name, **changes))


def more(execution: int, sequence: int, checkpoint: bytes | None = None, **fields: Any) -> Commit:
    return Commit(Segment(execution, sequence, f'{{"n":{sequence}}}'.encode(), checkpoint), **fields)


def express(execution: int) -> ExpressStart:
    arn, name = f"arn:{execution}", f"run-{execution}"
    version, alias = f"{MACHINE}:1", f"{MACHINE}:live"
    return ExpressStart(execution, arn, MACHINE, name, 1, execution, '{"é":1}', 5_000, 0, version, alias, "Root=1-2")


class StoreContract(DefinitionsContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        """Give a function that opens the store; where it is durable, each call opens the same data once more."""
        raise NotImplementedError

    @pytest.fixture
    async def store(self, make_store: MakeStore) -> Store:
        return await make_store()

    @pytest.fixture
    async def lease(self, store: Store) -> Lease:
        lease = await store.acquire("0", "engine-a", HOUR_MS)
        assert lease is not None
        return lease

    # -- secret ----------------------------------------------------------------------------------------------------
    async def test_the_secret_is_made_once(self, store):
        secret = await store.secret()
        assert isinstance(secret, bytes)
        assert len(secret) == 32
        assert await store.secret() == secret

    # -- ownership -------------------------------------------------------------------------------------------------
    async def test_a_free_shard_is_acquired(self, store):
        lease = await store.acquire("0", "engine-a", HOUR_MS)
        assert (lease.shard, lease.owner) == ("0", "engine-a")
        assert lease.epoch >= 1
        assert lease.expires_ms > 0

    async def test_a_held_shard_is_not_acquired(self, store, lease):
        assert await store.acquire("0", "engine-b", HOUR_MS) is None
        await store.commit([started(1)], lease)

    async def test_another_shard_is_free(self, store, lease):
        assert await store.acquire("1", "engine-b", HOUR_MS) is not None

    async def test_its_owner_may_acquire_again_with_a_newer_epoch(self, store, lease):
        again = await store.acquire("0", "engine-a", HOUR_MS)
        assert again.epoch > lease.epoch
        with pytest.raises(LeaseLostError):
            await store.commit([started(1)], lease)
        await store.commit([started(1)], again)

    async def test_an_expired_lease_can_be_taken_over(self, store):
        old = await store.acquire("0", "engine-a", 0)
        new = await store.acquire("0", "engine-b", HOUR_MS)
        assert new.epoch > old.epoch
        with pytest.raises(LeaseLostError):
            await store.renew(old, HOUR_MS)

    async def test_an_expired_lease_that_nobody_took_still_holds(self, store):
        lease = await store.acquire("0", "engine-a", 0)
        await store.commit([started(1)], lease)
        renewed = await store.renew(lease, HOUR_MS)
        assert renewed.epoch == lease.epoch
        assert await store.acquire("0", "engine-b", HOUR_MS) is None

    async def test_renewing_moves_the_expiry(self, store, lease):
        renewed = await store.renew(lease, 2 * HOUR_MS)
        assert renewed.expires_ms > lease.expires_ms + HOUR_MS // 2
        await store.commit([started(1)], lease)
        await store.commit([started(2)], renewed)

    async def test_a_released_shard_is_free_and_its_epoch_grows(self, store, lease):
        await store.release(lease)
        new = await store.acquire("0", "engine-b", HOUR_MS)
        assert new.epoch > lease.epoch

    async def test_a_job_to_be_stopped_outlives_its_execution(self, store, lease):
        entries = [OutboxEntry(1, 5, "stop"), OutboxEntry(1, 5, "task"), OutboxEntry(1, 0, "continue")]
        await store.commit([started(1), more(1, 2, outbox_added=entries)], lease)
        await store.commit([more(1, 3, stop=Stop("FAILED", 9), outbox_added=[OutboxEntry(1, 6, "stop")])], lease)
        assert await store.outbox() == [OutboxEntry(1, 5, "stop"), OutboxEntry(1, 6, "stop")]

    async def test_clear_outbox_deletes_the_entries_given(self, store, lease):
        entries = [OutboxEntry(1, 5, "stop"), OutboxEntry(1, 6, "stop"), OutboxEntry(2, 5, "task")]
        await store.commit([started(1), started(2), more(1, 2, outbox_added=entries)], lease)
        await store.clear_outbox([entries[0], OutboxEntry(1, 6, "task"), OutboxEntry(9, 9, "stop")], lease)
        assert await store.outbox() == entries[1:]

    async def test_nothing_is_written_under_a_released_lease(self, store, lease):
        await store.release(lease)
        with pytest.raises(LeaseLostError):
            await store.commit([started(1)], lease)
        with pytest.raises(LeaseLostError):
            await store.renew(lease, HOUR_MS)
        with pytest.raises(LeaseLostError):
            await store.release(lease)

    async def test_a_lost_lease_writes_nothing_anywhere(self, store):
        old = await store.acquire("0", "engine-a", 0)
        await store.commit([started(1), more(1, 2, timers_set=[Timer(1, 2, "wait", 50)])], old)
        await store.accept_express([express(9)], old)
        assert await store.acquire("0", "engine-b", HOUR_MS)
        for write in (
            store.commit([started(2)], old),
            store.clear_timers([Timer(1, 2, "wait", 50)], old),
            store.clear_outbox([OutboxEntry(1, 2, "stop")], old),
            store.accept_express([express(10)], old),
            store.try_express([9], old),
            store.finish_express([9], old),
        ):
            with pytest.raises(LeaseLostError):
                await write
        assert await store.execution_by_id(2) is None
        assert await store.timers(1) == [Timer(1, 2, "wait", 50)]
        assert await store.express_starts() == [express(9)]

    async def test_a_lease_on_a_shard_that_never_was_is_lost(self, store):
        with pytest.raises(LeaseLostError):
            await store.commit([started(1)], Lease("7", "engine-a", 1, 2**60))

    # -- segments --------------------------------------------------------------------------------------------------
    async def test_a_commit_can_be_read_back(self, store, lease):
        assert await store.commit([started(1)], lease) == frozenset()
        assert await store.last_sequence(1) == 1
        assert await store.segments(1) == [Segment(1, 1, b'{"first":true}')]
        assert await store.execution_by_id(1) == row(1)

    async def test_an_empty_batch_is_no_error(self, store, lease):
        assert await store.commit([], lease) == frozenset()

    async def test_an_unknown_execution_has_nothing(self, store):
        assert await store.last_sequence(1) == 0
        assert await store.tail(1) == (None, [])
        assert await store.segments(1) == []
        assert await store.last_segment(1) is None
        assert await store.execution("arn:nobody") is None
        assert await store.execution_by_id(1) is None
        assert await store.timers(1) == []

    async def test_segments_come_in_order_by_page(self, store, lease):
        await store.commit([started(1)], lease)
        await store.commit([more(1, number) for number in range(2, 13)], lease)
        assert [segment.sequence for segment in await store.segments(1)] == list(range(1, 13))
        assert [segment.sequence for segment in await store.segments(1, after=9)] == [10, 11, 12]
        assert [segment.sequence for segment in await store.segments(1, after=2, limit=3)] == [3, 4, 5]

    async def test_segments_backwards_by_page(self, store, lease):
        await store.commit([started(1), started(2)], lease)
        await store.commit([more(1, number, b"saved") for number in range(2, 6)], lease)
        assert [segment.sequence for segment in await store.segments_back(1)] == [5, 4, 3, 2, 1]
        assert await store.segments_back(1, before=4, limit=2) == [more(1, 3).segment, more(1, 2).segment]
        assert await store.segments_back(1, before=1) == []

    async def test_executions_keep_their_segments_apart(self, store, lease):
        await store.commit([started(1), started(2), more(1, 2), more(2, 2), more(2, 3)], lease)
        assert await store.last_sequence(1) == 2
        assert await store.last_sequence(2) == 3
        assert await store.segments(1) == [started(1).segment, more(1, 2).segment]

    async def test_any_bytes_come_back_as_they_were(self, store, lease):
        body = bytes(range(256)) * 1024
        await store.commit([Commit(Segment(2**63 - 1, 1, body, b"\x00\xff", version=7))], lease)
        assert await store.last_segment(2**63 - 1) == Segment(2**63 - 1, 1, body, b"\x00\xff", version=7)

    async def test_the_tail_begins_after_the_newest_checkpoint(self, store, lease):
        await store.commit([started(1), more(1, 2, b"two"), more(1, 3)], lease)
        assert await store.tail(1) == (b"two", [more(1, 3).segment])
        await store.commit([more(1, 4), more(1, 5, b"five")], lease)
        assert await store.tail(1) == (b"five", [])
        await store.commit([more(1, 6)], lease)
        assert await store.tail(1) == (b"five", [more(1, 6).segment])

    async def test_the_newest_of_two_checkpoints_in_a_batch_counts(self, store, lease):
        await store.commit([started(1), more(1, 2, b"two"), more(1, 3, b"three")], lease)
        assert await store.tail(1) == (b"three", [])

    async def test_without_a_checkpoint_the_tail_is_everything(self, store, lease):
        await store.commit([started(1), more(1, 2)], lease)
        assert await store.tail(1) == (None, [started(1).segment, more(1, 2).segment])

    async def test_a_long_tail_is_complete(self, store, lease):
        await store.commit([started(1), *(more(1, number) for number in range(2, 1502))], lease)
        _, segments = await store.tail(1)
        assert len(segments) == 1501

    async def test_segments_leave_checkpoints_out(self, store, lease):
        await store.commit([started(1), more(1, 2, b"two")], lease)
        assert [segment.checkpoint for segment in await store.segments(1)] == [None, None]

    async def test_the_last_segment_has_its_checkpoint(self, store, lease):
        await store.commit([started(1), more(1, 2, b"two")], lease)
        assert await store.last_segment(1) == more(1, 2, b"two").segment
        await store.commit([more(1, 3)], lease)
        assert await store.last_segment(1) == more(1, 3).segment

    # -- all or nothing --------------------------------------------------------------------------------------------
    async def test_a_sequence_that_exists_is_an_error_and_nothing_is_written(self, store, lease):
        await store.commit([started(1), more(1, 2)], lease)
        with pytest.raises(StoreError):
            await store.commit([started(2), more(1, 3), more(1, 2, timers_set=[Timer(1, 1, "wait", 5)])], lease)
        assert await store.last_sequence(1) == 2
        assert await store.execution_by_id(2) is None
        assert await store.last_sequence(2) == 0
        assert await store.timers(1) == []

    async def test_a_sequence_twice_in_one_batch_is_an_error(self, store, lease):
        with pytest.raises(StoreError):
            await store.commit([started(1), more(1, 2), more(1, 2)], lease)
        assert await store.last_sequence(1) == 0

    async def test_committing_the_same_batch_again_is_an_error(self, store, lease):
        await store.commit([started(1)], lease)
        with pytest.raises(StoreError):
            await store.commit([started(1)], lease)
        assert await store.segments(1) == [started(1).segment]

    async def test_the_store_works_on_after_an_error(self, store, lease):
        await store.commit([started(1)], lease)
        with pytest.raises(StoreError):
            await store.commit([more(1, 1)], lease)
        await store.commit([more(1, 2)], lease)
        assert await store.last_sequence(1) == 2

    # -- starts ----------------------------------------------------------------------------------------------------
    async def test_a_start_whose_arn_is_taken_is_refused_and_the_rest_is_written(self, store, lease):
        await store.commit([started(1, "same")], lease)
        batch = [started(2, "same", status="RUNNING"), started(3), more(2, 2, outbox_added=[OutboxEntry(2, 4, "task")])]
        assert await store.commit(batch, lease) == {2}
        assert await store.execution(row(1, "same").arn) == row(1, "same")
        assert await store.execution_by_id(2) is None
        assert await store.last_sequence(2) == 0
        assert await store.outbox() == []
        assert await store.last_sequence(3) == 1

    async def test_the_first_of_two_starts_in_a_batch_wins(self, store, lease):
        assert await store.commit([started(5, "same"), started(4, "same"), more(5, 2)], lease) == {4}
        assert await store.execution(row(5, "same").arn) == row(5, "same")
        assert await store.last_sequence(5) == 2
        assert await store.last_sequence(4) == 0

    async def test_a_stopped_execution_keeps_its_arn(self, store, lease):
        await store.commit([started(1, "same"), more(1, 2, stop=Stop("SUCCEEDED", 9))], lease)
        assert await store.commit([started(2, "same")], lease) == {2}

    async def test_starting_an_execution_twice_is_an_error(self, store, lease):
        with pytest.raises(StoreError):
            await store.commit([started(1, "a"), Commit(Segment(1, 2, b""), start=row(1, "b"))], lease)
        await store.commit([started(1, "a")], lease)
        with pytest.raises(StoreError):
            await store.commit([Commit(Segment(1, 2, b""), start=row(1, "b"))], lease)
        assert await store.execution(row(1, "b").arn) is None

    async def test_every_start_of_a_batch_may_be_refused(self, store, lease):
        await store.commit([started(1, "a"), started(2, "b")], lease)
        assert await store.commit([started(3, "a"), started(4, "b")], lease) == {3, 4}

    # -- stops -----------------------------------------------------------------------------------------------------
    @pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"])
    async def test_a_stop_changes_the_row(self, store, lease, status):
        await store.commit([started(1), more(1, 2, stop=Stop(status, 99))], lease)
        found = await store.execution_by_id(1)
        assert (found.status, found.stopped_ms) == (status, 99)

    async def test_one_commit_may_start_and_stop(self, store, lease):
        both = started(1)
        both.stop = Stop("SUCCEEDED", 42)
        await store.commit([both], lease)
        assert await store.execution_by_id(1) == row(1, status="SUCCEEDED", stopped_ms=42)

    async def test_a_redrive_opens_the_row_again(self, store, lease):
        await store.commit([started(1), more(1, 2, stop=Stop("FAILED", 99))], lease)
        waiting = OutboxEntry(1, 7, "task")
        await store.commit([more(1, 3, redrive=Redrive(1, 120), outbox_added=[waiting])], lease)
        assert await store.execution_by_id(1) == row(1, redrives=1, redriven_ms=120)
        assert await store.outbox() == [waiting]
        await store.commit([more(1, 4, stop=Stop("SUCCEEDED", 130))], lease)
        assert await store.execution_by_id(1) == row(1, status="SUCCEEDED", stopped_ms=130, redrives=1, redriven_ms=120)

    async def test_one_commit_may_redrive_and_stop(self, store, lease):
        await store.commit([started(1), more(1, 2, stop=Stop("FAILED", 99))], lease)
        await store.commit([more(1, 3, redrive=Redrive(1, 120), stop=Stop("FAILED", 121))], lease)
        assert await store.execution_by_id(1) == row(1, status="FAILED", stopped_ms=121, redrives=1, redriven_ms=120)

    async def test_a_stop_deletes_what_waits(self, store, lease):
        waiting: dict[str, Any] = {"timers_set": [Timer(1, 2, "wait", 50)], "outbox_added": [OutboxEntry(1, 2, "task")]}
        other: dict[str, Any] = {"timers_set": [Timer(2, 2, "wait", 50)], "outbox_added": [OutboxEntry(2, 2, "task")]}
        await store.commit([started(1), started(2), more(1, 2, **waiting), more(2, 2, **other)], lease)
        last: dict[str, Any] = {"timers_set": [Timer(1, 3, "wait", 60)], "outbox_added": [OutboxEntry(1, 3, "task")]}
        await store.commit([more(1, 3, stop=Stop("FAILED", 7), **last)], lease)
        assert await store.due_timers(100) == [Timer(2, 2, "wait", 50)]
        assert await store.outbox() == [OutboxEntry(2, 2, "task")]

    async def test_what_comes_after_a_stop_in_the_same_batch_stays(self, store, lease):
        await store.commit([started(1)], lease)
        stop = more(1, 2, stop=Stop("FAILED", 7), timers_set=[Timer(1, 2, "wait", 50)])
        await store.commit([stop, more(1, 3, timers_set=[Timer(1, 3, "wait", 60)])], lease)
        assert await store.timers(1) == [Timer(1, 3, "wait", 60)]

    # -- timers ----------------------------------------------------------------------------------------------------
    async def test_due_timers_come_earliest_first(self, store, lease):
        timers = [Timer(1, 5, "wait", 300), Timer(1, 6, "timeout", 100), Timer(2, 5, "wait", 200)]
        await store.commit([started(1), started(2), more(1, 2, timers_set=timers)], lease)
        assert await store.due_timers(1_000) == [timers[1], timers[2], timers[0]]
        assert await store.due_timers(300) == [timers[1], timers[2]]
        assert await store.due_timers(1_000, limit=1) == [timers[1]]
        assert await store.timers(1) == [timers[1], timers[0]]

    async def test_due_timers_come_in_pages(self, store, lease):
        timers = [Timer(1, 5, "wait", 100), Timer(1, 6, "wait", 100), Timer(2, 5, "wait", 100), Timer(2, 6, "a", 200)]
        await store.commit([started(1), started(2), more(1, 2, timers_set=timers)], lease)
        assert await store.due_timers(1_000, limit=2) == timers[:2]
        assert await store.due_timers(1_000, limit=2, after=timers[1]) == timers[2:]
        assert await store.due_timers(200, after=timers[1]) == timers[2:3]
        assert await store.due_timers(1_000, after=timers[3]) == []
        assert await store.due_timers(1_000, after=Timer(-1, -1, "", 100)) == timers, "from a moment on"

    async def test_one_event_may_have_timers_for_several_purposes(self, store, lease):
        timers = [Timer(1, 5, "heartbeat", 100), Timer(1, 5, "timeout", 200)]
        await store.commit([started(1), more(1, 2, timers_set=timers)], lease)
        await store.commit([more(1, 3, timers_cleared=[(5, "heartbeat")])], lease)
        assert await store.timers(1) == [timers[1]]

    async def test_setting_a_timer_again_moves_it(self, store, lease):
        await store.commit([started(1), more(1, 2, timers_set=[Timer(1, 5, "wait", 100)])], lease)
        await store.commit([more(1, 3, timers_set=[Timer(1, 5, "wait", 700)])], lease)
        assert await store.timers(1) == [Timer(1, 5, "wait", 700)]
        assert await store.due_timers(700) == []

    async def test_clearing_what_is_not_there_is_no_error(self, store, lease):
        await store.commit([started(1), more(1, 2, timers_cleared=[(5, "wait")], outbox_removed=[(5, "task")])], lease)
        assert await store.last_sequence(1) == 2

    async def test_index_changes_of_a_batch_take_effect_in_order(self, store, lease):
        timer, entry = Timer(1, 5, "wait", 100), OutboxEntry(1, 5, "task")
        put: dict[str, Any] = {"timers_set": [timer], "outbox_added": [entry]}
        take: dict[str, Any] = {"timers_cleared": [(5, "wait")], "outbox_removed": [(5, "task")]}
        await store.commit([started(1), more(1, 2, **put), more(1, 3, **take)], lease)
        assert (await store.timers(1), await store.outbox()) == ([], [])
        await store.commit([more(1, 4, **put), more(1, 5, **take), more(1, 6, **put)], lease)
        assert (await store.timers(1), await store.outbox()) == ([timer], [entry])

    async def test_within_a_commit_adding_comes_before_removing(self, store, lease):
        put: dict[str, Any] = {"timers_set": [Timer(1, 5, "wait", 100)], "outbox_added": [OutboxEntry(1, 5, "task")]}
        take: dict[str, Any] = {"timers_cleared": [(5, "wait")], "outbox_removed": [(5, "task")]}
        await store.commit([started(1), more(1, 2, **put, **take)], lease)
        assert (await store.timers(1), await store.outbox()) == ([], [])

    async def test_clear_timers_deletes_the_timers_given(self, store, lease):
        timers = [Timer(1, 5, "wait", 100), Timer(1, 6, "wait", 200)]
        await store.commit([started(1), more(1, 2, timers_set=timers)], lease)
        await store.clear_timers([timers[0], Timer(9, 9, "wait", 1)], lease)
        assert await store.timers(1) == [timers[1]]

    async def test_clear_timers_leaves_one_that_was_set_anew(self, store, lease):
        read = Timer(1, 5, "wait", 100)
        await store.commit([started(1), more(1, 2, timers_set=[read])], lease)
        await store.commit([more(1, 3, timers_set=[Timer(1, 5, "wait", 900)])], lease)
        await store.clear_timers([read], lease)
        assert await store.timers(1) == [Timer(1, 5, "wait", 900)]

    # -- outbox ----------------------------------------------------------------------------------------------------
    async def test_the_outbox_is_ordered_and_paged(self, store, lease):
        entries = [OutboxEntry(2, 1, "task"), OutboxEntry(1, 10, "task"), OutboxEntry(1, 9, "task")]
        entries.append(OutboxEntry(1, 9, "continue"))
        await store.commit([started(1), started(2), more(1, 2, outbox_added=entries)], lease)
        ordered = [entries[3], entries[2], entries[1], entries[0]]
        assert await store.outbox() == ordered
        assert await store.outbox(limit=2) == ordered[:2]
        assert await store.outbox(limit=2, after=ordered[1]) == ordered[2:]
        assert await store.outbox(after=ordered[3]) == []

    async def test_an_outbox_entry_is_removed_by_its_kind(self, store, lease):
        entries = [OutboxEntry(1, 5, "continue"), OutboxEntry(1, 5, "task")]
        await store.commit([started(1), more(1, 2, outbox_added=entries)], lease)
        await store.commit([more(1, 3, outbox_removed=[(5, "task")])], lease)
        assert await store.outbox() == [entries[0]]

    async def test_adding_an_outbox_entry_again_is_no_error(self, store, lease):
        entry = OutboxEntry(1, 5, "task")
        await store.commit([started(1), more(1, 2, outbox_added=[entry])], lease)
        await store.commit([more(1, 3, outbox_added=[entry])], lease)
        assert await store.outbox() == [entry]

    # -- lists -----------------------------------------------------------------------------------------------------
    async def listed(self, store: Store, **terms: Any) -> list[int]:
        return [found.id for found in await store.executions(Filter(**terms))]

    @pytest.fixture
    async def family(self, store: Store, lease: Lease) -> None:
        """Commit two roots; 1 has a child and a grandchild of its own machine."""
        child: dict[str, Any] = {"root": 1, "machine_arn": "arn:child"}
        batch = [started(1), started(2, "b"), started(3, **child), started(4, "d", **child), started(5)]
        batch += [more(2, 2, stop=Stop("SUCCEEDED", 9)), more(3, 2, stop=Stop("FAILED", 9))]
        await store.commit(batch, lease)

    async def test_executions_come_newest_first(self, store, family):
        assert await self.listed(store) == [5, 4, 3, 2, 1]

    async def test_executions_by_one_term(self, store, family):
        assert await self.listed(store, machine_arn="arn:child") == [4, 3]
        assert await self.listed(store, status="RUNNING") == [5, 4, 1]
        assert await self.listed(store, status="SUCCEEDED") == [2]
        assert await self.listed(store, status="FAILED") == [3]
        assert await self.listed(store, name="d") == [4]
        assert await self.listed(store, root=1) == [4, 3, 1]
        assert await self.listed(store, root=2) == [2]
        assert await self.listed(store, ids=[5, 1, 77]) == [5, 1]

    async def test_terms_are_joined(self, store, family):
        assert await self.listed(store, machine_arn="arn:child", status="RUNNING") == [4]
        assert await self.listed(store, root=1, status="RUNNING", ids=(1, 3, 5)) == [1]
        assert await self.listed(store, machine_arn="arn:child", name="b") == []

    async def test_executions_by_page(self, store, family):
        first = await store.executions(Filter(status="RUNNING"), limit=2)
        assert [found.id for found in first] == [5, 4]
        rest = await store.executions(Filter(status="RUNNING"), limit=2, before=4)
        assert [found.id for found in rest] == [1]

    async def test_open_executions_are_counted(self, store, lease):
        assert await store.open_executions() == {}
        batch = [started(1), started(2), started(3, machine_arn="arn:other"), more(1, 2, stop=Stop("FAILED", 99))]
        await store.commit(batch, lease)
        assert await store.open_executions() == {MACHINE: 1, "arn:other": 1}
        await store.commit([more(1, 3, redrive=Redrive(1, 120)), more(2, 2, stop=Stop("SUCCEEDED", 120))], lease)
        assert await store.open_executions() == {MACHINE: 1, "arn:other": 1}

    async def test_executions_by_what_was_named_map_run_and_redrive(self, store, lease):
        version, alias, map_run = f"{MACHINE}:1", f"{MACHINE}:live", "arn:map"
        rows = [
            started(1, version_arn=version),
            started(2, version_arn=version, alias_arn=alias),
            started(3, map_run=map_run, redrives=2, redriven_ms=9),
            started(4, map_run=map_run),
        ]
        await store.commit(rows, lease)

        async def found(where: Filter) -> list[int]:
            return [row.id for row in await store.executions(where)]

        assert await found(Filter(version_arn=version)) == [2, 1]
        assert await found(Filter(alias_arn=alias)) == [2]
        assert await found(Filter(map_run=map_run)) == [4, 3]
        assert await found(Filter(map_run=map_run, redriven=True)) == [3]
        assert await found(Filter(machine_arn=MACHINE, redriven=False)) == [4, 2, 1]
        assert await store.execution_by_id(3) == rows[2].start

    # -- express ---------------------------------------------------------------------------------------------------
    async def test_express_starts_stay_until_they_finish(self, store, lease):
        await store.accept_express([express(2), express(1)], lease)
        assert await store.express_starts() == [express(1), express(2)]
        await store.finish_express([1], lease)
        assert await store.express_starts() == [express(2)]

    async def test_each_run_of_an_express_start_is_counted(self, store, lease):
        await store.accept_express([express(1), express(2)], lease)
        await store.try_express([1, 2, 3], lease)
        await store.try_express([2], lease)
        assert [start.tries for start in await store.express_starts()] == [1, 2]

    async def test_an_express_id_twice_is_an_error_and_nothing_is_written(self, store, lease):
        await store.accept_express([express(1)], lease)
        with pytest.raises(StoreError):
            await store.accept_express([express(2), express(1)], lease)
        assert await store.express_starts() == [express(1)]

    # -- at once ---------------------------------------------------------------------------------------------------
    async def test_calls_at_once_do_not_mix(self, store, lease):
        batches = [[started(execution), more(execution, 2)] for execution in range(1, 21)]
        await asyncio.gather(*(store.commit(batch, lease) for batch in batches))
        newest = await asyncio.gather(*(store.last_sequence(execution) for execution in range(1, 21)))
        assert newest == [2] * 20


class DurableStoreContract(StoreContract):
    """What a store does that outlives its process: here the store is closed and the same data opened again."""

    async def test_everything_is_there_after_reopening(self, make_store, store, lease):
        waiting: dict[str, Any] = {"timers_set": [Timer(1, 2, "wait", 50)], "outbox_added": [OutboxEntry(1, 2, "task")]}
        await store.commit([started(1), more(1, 2, b"two", **waiting), more(1, 3)], lease)
        await store.accept_express([express(9)], lease)
        machine = await store.put_machine(MACHINE, "orders", "STANDARD", "arn:role", "{}", 500)
        secret = await store.secret()
        await store.close()

        again = await make_store()
        assert await again.secret() == secret
        assert await again.execution_by_id(1) == row(1)
        assert await again.tail(1) == (b"two", [more(1, 3).segment])
        assert await again.due_timers(100) == [Timer(1, 2, "wait", 50)]
        assert await again.outbox() == [OutboxEntry(1, 2, "task")]
        assert await again.machines() == [machine]
        assert await again.express_starts() == [express(9)]

    async def test_a_lease_outlives_the_process_and_epochs_grow_on(self, make_store, store, lease):
        await store.close()
        again = await make_store()
        assert await again.acquire("0", "engine-b", HOUR_MS) is None
        assert (await again.acquire("0", "engine-a", HOUR_MS)).epoch > lease.epoch

    async def test_a_second_store_over_the_same_data_sees_commits(self, make_store, store, lease):
        beside = await make_store()
        await store.commit([started(1)], lease)
        assert await beside.last_sequence(1) == 1

    async def test_taking_the_shard_from_another_store_fences_the_first(self, make_store, store):
        old = await store.acquire("0", "engine-a", 0)
        beside = await make_store()
        new = await beside.acquire("0", "engine-b", HOUR_MS)
        with pytest.raises(LeaseLostError):
            await store.commit([started(1)], old)
        await beside.commit([started(1)], new)

    async def test_a_closed_store_says_so(self, store, lease):
        await store.close()
        with pytest.raises(StoreError):
            await store.last_sequence(1)
        with pytest.raises(StoreError):
            await store.commit([started(1)], lease)
