"""The store in plain dicts: for Express executions and for tests. Nothing outlives the process.

A batch is all or nothing here too: it is checked as a whole, and only then applied, which cannot fail.
"""

import heapq
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from tobiishi.store.contract import (
    Commit,
    Document,
    ExecutionRow,
    ExpressStart,
    Filter,
    Lease,
    LeaseLostError,
    Machine,
    MachineType,
    OutboxEntry,
    Revision,
    Segment,
    StoreError,
    Timer,
    same_content,
)

_BEFORE_ALL: Final = OutboxEntry(-1, -1, "")


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class MemoryStore:
    """The store contract without a disk. `now_ms` is the clock that leases expire by."""

    def __init__(self, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self._now_ms = now_ms
        self._secret = secrets.token_bytes(32)
        self._leases: dict[str, Lease] = {}
        self._executions: dict[int, ExecutionRow] = {}
        self._ids: dict[str, int] = {}
        self._segments: defaultdict[int, dict[int, Segment]] = defaultdict(dict)
        self._checkpoints: dict[int, tuple[int, bytes]] = {}
        self._timers: defaultdict[int, dict[tuple[int, str], Timer]] = defaultdict(dict)
        self._outbox: defaultdict[int, dict[tuple[int, str], OutboxEntry]] = defaultdict(dict)
        self._machines: dict[str, Machine] = {}
        self._revisions: dict[int, Revision] = {}
        self._documents: dict[tuple[str, str], Document] = {}
        self._express: dict[int, ExpressStart] = {}

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def secret(self) -> bytes:
        """Return the store's own 32-byte key."""
        return self._secret

    # -- ownership -------------------------------------------------------------------------------------------------
    async def acquire(self, shard: str, owner: str, ttl_ms: int) -> Lease | None:
        """Take the shard if it is free, expired or already this owner's; the epoch grows. None: somebody holds it."""
        now = self._now_ms()
        held = self._leases.get(shard) or Lease(shard, "", 0, 0)
        if held.owner not in ("", owner) and held.expires_ms > now:
            return None
        return self._put_lease(Lease(shard, owner, held.epoch + 1, now + ttl_ms))

    async def renew(self, lease: Lease, ttl_ms: int) -> Lease:
        """Raises `LeaseLostError`."""
        self._check(lease)
        return self._put_lease(replace(lease, expires_ms=self._now_ms() + ttl_ms))

    async def release(self, lease: Lease) -> None:
        """Give the shard up, so that nothing can be written under this lease again. Raises `LeaseLostError`."""
        self._check(lease)
        self._put_lease(Lease(lease.shard, "", lease.epoch + 1, 0))

    def _put_lease(self, lease: Lease) -> Lease:
        self._leases[lease.shard] = lease
        return lease

    def _check(self, lease: Lease) -> None:
        newest = self._leases.get(lease.shard)
        if newest is None or newest.epoch != lease.epoch:
            raise LeaseLostError(f"shard {lease.shard}: {lease.owner} no longer owns it (epoch {lease.epoch})")

    # -- the truth -------------------------------------------------------------------------------------------------
    async def commit(self, commits: Sequence[Commit], lease: Lease) -> frozenset[int]:
        """Write all, at once. Returns the ids of starts refused because their ARN is taken."""
        self._check(lease)
        refused = self._refused([commit.start for commit in commits if commit.start is not None])
        kept = [commit for commit in commits if commit.segment.execution not in refused]
        self._check_keys(kept)
        for commit in kept:
            self._apply(commit)
        return refused

    def _refused(self, starts: Sequence[ExecutionRow]) -> frozenset[int]:
        if len({start.id for start in starts}) < len(starts):
            raise StoreError("an execution is started twice in one batch")
        claimed: dict[str, int] = {}
        holders = [self._ids.get(start.arn, claimed.setdefault(start.arn, start.id)) for start in starts]
        return frozenset(start.id for start, holder in zip(starts, holders, strict=True) if holder != start.id)

    def _check_keys(self, commits: Iterable[Commit]) -> None:
        added = set()
        for commit in commits:
            key = execution, sequence = commit.segment.execution, commit.segment.sequence
            if key in added or sequence in self._segments.get(execution, ()):
                raise StoreError(f"segment {sequence} of execution {execution} exists already")
            added.add(key)
            if commit.start is not None and commit.start.id in self._executions:
                raise StoreError(f"execution {commit.start.id} exists already")

    def _apply(self, commit: Commit) -> None:
        segment, execution = commit.segment, commit.segment.execution
        if commit.start is not None:
            self._executions[execution] = commit.start
            self._ids[commit.start.arn] = execution
        self._segments[execution][segment.sequence] = replace(segment, checkpoint=None)
        if segment.checkpoint is not None and segment.sequence > self._checkpoints.get(execution, (0, b""))[0]:
            self._checkpoints[execution] = (segment.sequence, segment.checkpoint)
        self._apply_indexes(commit)

    def _apply_indexes(self, commit: Commit) -> None:
        execution = commit.segment.execution
        for timer in commit.timers_set:
            self._timers[timer.execution][timer.event, timer.purpose] = timer
        for key in commit.timers_cleared:
            self._timers[execution].pop(key, None)
        for entry in commit.outbox_added:
            self._outbox[entry.execution][entry.event, entry.kind] = entry
        for key in commit.outbox_removed:
            self._outbox[execution].pop(key, None)
        if commit.redrive is not None and (row := self._executions.get(execution)) is not None:
            count, redriven_ms = commit.redrive.count, commit.redrive.redriven_ms
            self._executions[execution] = replace(
                row, status="RUNNING", stopped_ms=None, redrives=count, redriven_ms=redriven_ms
            )
        if commit.stop is not None:
            self._timers.pop(execution, None)
            kept = {key: entry for key, entry in self._outbox[execution].items() if entry.kind == "stop"}
            self._outbox[execution] = kept
            if (row := self._executions.get(execution)) is not None:
                stop = commit.stop
                self._executions[execution] = replace(row, status=stop.status, stopped_ms=stop.stopped_ms)

    async def last_sequence(self, execution: int) -> int:
        """Return the newest committed sequence number, 0 if there is no segment."""
        return max(self._segments.get(execution, ()), default=0)

    async def tail(self, execution: int) -> tuple[bytes | None, list[Segment]]:
        """Return the newest checkpoint and the segments after the one that carries it."""
        sequence, checkpoint = self._checkpoints.get(execution, (0, None))
        return checkpoint, self._after(execution, sequence)

    async def segments(self, execution: int, after: int = 0, limit: int = 1000) -> list[Segment]:
        """Return segments in order, without checkpoints."""
        return self._after(execution, after)[:limit]

    async def segments_back(self, execution: int, before: int | None = None, limit: int = 1000) -> list[Segment]:
        """Return segments before that sequence number, newest first, without checkpoints; None: from the newest."""
        earlier = [one for one in self._after(execution, 0) if before is None or one.sequence < before]
        return earlier[::-1][:limit]

    def _after(self, execution: int, sequence: int) -> list[Segment]:
        segments = self._segments.get(execution, {})
        return [segments[number] for number in sorted(segments) if number > sequence]

    async def last_segment(self, execution: int) -> Segment | None:
        """Return the newest segment, with its checkpoint if it carries the newest."""
        newest = await self.last_sequence(execution)
        if not newest:
            return None
        sequence, checkpoint = self._checkpoints.get(execution, (0, None))
        return replace(self._segments[execution][newest], checkpoint=checkpoint if sequence == newest else None)

    # -- indexes ---------------------------------------------------------------------------------------------------
    async def execution(self, arn: str) -> ExecutionRow | None:
        return self._executions.get(self._ids.get(arn, -1))

    async def execution_by_id(self, execution: int) -> ExecutionRow | None:
        return self._executions.get(execution)

    async def executions(self, where: Filter, limit: int = 100, before: int | None = None) -> list[ExecutionRow]:
        """Return rows, newest first (by id); `before` is the last id of the page before."""
        rows = (row for row in self._executions.values() if _matches(row, where))
        page = (row for row in rows if before is None or row.id < before)
        return heapq.nlargest(limit, page, key=lambda row: row.id)

    async def open_executions(self) -> dict[str, int]:
        """Return how many executions are RUNNING, by the ARN of their machine."""
        return dict(Counter(row.machine_arn for row in self._executions.values() if row.status == "RUNNING"))

    async def due_timers(self, before_ms: int, limit: int = 10_000, after: Timer | None = None) -> list[Timer]:
        """Return timers due before that time, earliest first; `after` is the last one of the page before."""
        every = (timer for timers in self._timers.values() for timer in timers.values())
        due = (timer for timer in every if timer.due_ms < before_ms and (after is None or _due(timer) > _due(after)))
        return heapq.nsmallest(limit, due, key=_due)

    async def timers(self, execution: int) -> list[Timer]:
        """Return the execution's timers, earliest first."""
        return sorted(self._timers.get(execution, {}).values(), key=_due)

    async def clear_timers(self, timers: Sequence[Timer], lease: Lease) -> None:
        """Delete timers that fired for nobody; one that was set anew since it was read stays."""
        self._check(lease)
        for timer in timers:
            pending = self._timers.get(timer.execution, {})
            if pending.get((timer.event, timer.purpose)) == timer:
                del pending[timer.event, timer.purpose]

    async def outbox(self, limit: int = 10_000, after: OutboxEntry | None = None) -> list[OutboxEntry]:
        """Return entries ordered by (execution, event, kind)."""
        last = _key(after or _BEFORE_ALL)
        every = (entry for entries in self._outbox.values() for entry in entries.values())
        return heapq.nsmallest(limit, (entry for entry in every if _key(entry) > last), key=_key)

    async def clear_outbox(self, entries: Sequence[OutboxEntry], lease: Lease) -> None:
        """Delete entries of what is done."""
        self._check(lease)
        for entry in entries:
            self._outbox[entry.execution].pop((entry.event, entry.kind), None)

    # -- definitions -----------------------------------------------------------------------------------------------
    async def put_machine(
        self,
        arn: str,
        name: str,
        machine_type: MachineType,
        role_arn: str,
        definition: str,
        now_ms: int,
        *,
        settings: str = "{}",
        tag: str | None = None,
        documents: Sequence[Document] = (),
    ) -> Machine:
        """Create or update, with `documents`; what changes nothing keeps the newest revision."""
        held = self._machines.get(arn)
        wanted = Revision(len(self._revisions) + 1, arn, definition, now_ms, role_arn, settings, tag)
        revision = held.revision if held is not None and same_content(held.revision, wanted) else wanted
        self._revisions[revision.id] = revision
        created_ms = now_ms if held is None else held.created_ms
        self._machines[arn] = Machine(arn, name, machine_type, created_ms, revision)
        await self.put_documents(documents)
        return self._machines[arn]

    async def machine(self, arn: str) -> Machine | None:
        return self._machines.get(arn)

    async def machines(self, prefix: str = "", after: str = "", limit: int | None = None) -> list[Machine]:
        """Return machines whose ARN begins with `prefix` and comes after `after`, in the order of their ARNs."""
        arns = sorted(arn for arn in self._machines if arn.startswith(prefix) and arn > after)
        return [self._machines[arn] for arn in arns[:limit]]

    async def count_machines(self, prefix: str = "") -> int:
        """Return how many machines have an ARN that begins with `prefix`."""
        return sum(arn.startswith(prefix) for arn in self._machines)

    async def mark_deleting(self, arn: str) -> None:
        """Set the machine's status to DELETING; nothing happens if there is none."""
        if (machine := self._machines.get(arn)) is not None:
            self._machines[arn] = replace(machine, status="DELETING")

    async def delete_machine(self, arn: str, documents: Sequence[tuple[str, str]] = ()) -> None:
        """Delete the machine and those documents (kind, key) at once; its revisions stay."""
        self._machines.pop(arn, None)
        await self.put_documents((), documents)

    async def revision(self, revision: int) -> Revision | None:
        return self._revisions.get(revision)

    # -- documents -------------------------------------------------------------------------------------------------
    async def put_documents(self, puts: Sequence[Document], deletes: Sequence[tuple[str, str]] = ()) -> None:
        """Write all at once; `deletes` are (kind, key), and go first."""
        for key in deletes:
            self._documents.pop(key, None)
        self._documents.update(((document.kind, document.key), document) for document in puts)

    async def document(self, kind: str, key: str) -> Document | None:
        return self._documents.get((kind, key))

    async def documents(self, kind: str, prefix: str = "", after: str = "", limit: int | None = None) -> list[Document]:
        """Return documents whose key begins with `prefix` and comes after `after`, in the order of their keys."""
        keys = (key for of_kind, key in self._documents if of_kind == kind)
        page = sorted(key for key in keys if key.startswith(prefix) and key > after)[:limit]
        return [self._documents[kind, key] for key in page]

    # -- express ---------------------------------------------------------------------------------------------------
    async def accept_express(self, starts: Sequence[ExpressStart], lease: Lease) -> None:
        self._check(lease)
        ids = {start.id for start in starts}
        if len(ids) < len(starts) or ids & self._express.keys():
            raise StoreError("an Express start exists already")
        self._express.update((start.id, start) for start in starts)

    async def try_express(self, ids: Sequence[int], lease: Lease) -> None:
        """Count one more run of each."""
        self._check(lease)
        for id_ in ids:
            if (start := self._express.get(id_)) is not None:
                self._express[id_] = replace(start, tries=start.tries + 1)

    async def finish_express(self, ids: Sequence[int], lease: Lease) -> None:
        """Delete the rows."""
        self._check(lease)
        for id_ in ids:
            self._express.pop(id_, None)

    async def express_starts(self) -> list[ExpressStart]:
        """Return all that were accepted and have not finished, by id."""
        return sorted(self._express.values(), key=lambda start: start.id)


def _matches(row: ExecutionRow, where: Filter) -> bool:
    return (
        where.machine_arn in (None, row.machine_arn)
        and where.status in (None, row.status)
        and where.name in (None, row.name)
        and where.root in (None, row.root)
        and where.version_arn in (None, row.version_arn)
        and where.alias_arn in (None, row.alias_arn)
        and where.map_run in (None, row.map_run)
        and where.redriven in (None, row.redrives > 0)
        and (not where.ids or row.id in where.ids)
    )


def _due(timer: Timer) -> tuple[int, int, int, str]:
    return (timer.due_ms, timer.execution, timer.event, timer.purpose)


def _key(entry: OutboxEntry) -> tuple[int, int, str]:
    return (entry.execution, entry.event, entry.kind)
