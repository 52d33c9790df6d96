"""What the engine asks of a store: one contract, one test suite (`tests/store/contract.py`), several stores.

The truth is the `Segment`s. Execution rows, timers, the outbox are indexes beside them, written in the same
transaction, that segments can rebuild. Every commit is made under a `Lease` and checks its epoch inside the
transaction, so an owner that was thought dead can never write.

All times are integer milliseconds since the epoch. All methods may raise `StoreError`; after one that `commit` raises,
the outcome is unknown until it is read back (`last_sequence`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol

FORMAT_VERSION: Final = 2
"""Version of segment bodies, checkpoints and the schema. Older code refuses newer data."""

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
MachineType = Literal["STANDARD", "EXPRESS"]
MachineStatus = Literal["ACTIVE", "DELETING"]


class StoreError(Exception):
    """The store could not do what was asked; the message is fit for a log line."""


class LeaseLostError(StoreError):
    """Another owner has taken the shard: stop, and write nothing more."""


class FormatError(StoreError):
    """The data was written by a newer release."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Ownership of a shard. `epoch` grows with each acquisition; `expires_ms` is by the store's clock."""

    shard: str
    owner: str
    epoch: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Revision:
    """Everything of a state machine that an execution keeps from its start on. `id` is given by the store.

    `settings` is JSON text: `loggingConfiguration`, `tracingConfiguration` and `encryptionConfiguration`, each as AWS
    shapes it and only if given. `tag` is what AWS calls revisionId; None for a machine that was never updated.
    """

    id: int
    machine_arn: str
    definition: str
    created_ms: int
    role_arn: str
    settings: str = "{}"
    tag: str | None = None


def same_content(one: Revision, other: Revision) -> bool:
    """Whether an execution could not tell the two revisions apart."""
    return replace(one, id=0, created_ms=0) == replace(other, id=0, created_ms=0)


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine and the revision that new executions get."""

    arn: str
    name: str
    type: MachineType
    created_ms: int
    revision: Revision
    status: MachineStatus = "ACTIVE"

    @property
    def role_arn(self) -> str:
        return self.revision.role_arn


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """One Standard execution, as lists and describes show it.

    `id` is the engine's own 63-bit key, growing with time; `root` is the id of the execution that started this one,
    directly or not, or its own. `revision` is the definition it started with; `version_arn` and `alias_arn` what its
    caller named. `map_run` is the Map Run that it belongs to. `redriven_ms` is the last of its `redrives`.
    """

    id: int
    arn: str
    machine_arn: str
    name: str
    revision: int
    root: int
    started_ms: int
    status: Status = "RUNNING"
    stopped_ms: int | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    map_run: str | None = None
    redrives: int = 0
    redriven_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """What one signal produced: JSON bytes of history events and private records. `checkpoint` holds the whole run."""

    execution: int
    sequence: int
    body: bytes
    checkpoint: bytes | None = None
    version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Timer:
    """A due time that an execution waits for. (`execution`, `event`, `purpose`) is its key."""

    execution: int
    event: int
    purpose: str
    due_ms: int


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An effect whose outcome is not known yet. `event` is its scheduling event.

    `kind` is `task`, `continue`, `stop` for a job that nobody waits for any more and that may still run, or `activity
    ARN` for a task that no worker has taken.
    """

    execution: int
    event: int
    kind: str


@dataclass(frozen=True, slots=True)
class Stop:
    """An execution's end."""

    status: Status
    stopped_ms: int


@dataclass(frozen=True, slots=True)
class Redrive:
    """A closed execution runs again: its row is RUNNING, without a stop; `count` is how often that has happened."""

    count: int
    redriven_ms: int


@dataclass(slots=True)
class Commit:
    """One segment with the changes of the indexes beside it.

    `start` is set on an execution's first segment. Keys in `timers_cleared` are (event, purpose). With `stop` the
    store also deletes every timer that the execution still has, and every outbox entry but those of kind `stop`.
    """

    segment: Segment
    start: ExecutionRow | None = None
    stop: Stop | None = None
    redrive: Redrive | None = None
    timers_set: Sequence[Timer] = ()
    timers_cleared: Sequence[tuple[int, str]] = ()
    outbox_added: Sequence[OutboxEntry] = ()
    outbox_removed: Sequence[tuple[int, str]] = ()
    """Keys (event, kind)."""


@dataclass(frozen=True, slots=True)
class ExpressStart:
    """An asynchronous start of an Express execution: durable from its acceptance to its end, run again after a crash.

    `tries` counts the runs begun so far.
    """

    id: int
    arn: str
    machine_arn: str
    name: str
    revision: int
    root: int
    input: str
    accepted_ms: int
    tries: int = 0
    version_arn: str | None = None
    alias_arn: str | None = None
    trace_header: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which executions to list; None means any. `redriven` asks whether `redrives` is more than 0."""

    machine_arn: str | None = None
    status: Status | None = None
    name: str | None = None
    root: int | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    map_run: str | None = None
    redriven: bool | None = None
    ids: Sequence[int] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Document:
    """Something small that has a name and changes seldom: a version, an alias, tags, an activity, a function.

    `key` is unique within its `kind`; `body` is JSON text, whose form belongs to whoever wrote it.
    """

    kind: str
    key: str
    body: str


class Store(Protocol):
    """Durable state. All methods are coroutines; a store runs what blocks in threads of its own."""

    # -- life ------------------------------------------------------------------------------------------------------
    async def open(self) -> None:
        """Open or create, migrating older data. Raises `FormatError` for data of a newer release."""

    async def close(self) -> None: ...

    async def secret(self) -> bytes:
        """Return the store's own 32-byte key, made once: what task tokens are signed with."""

    # -- ownership -------------------------------------------------------------------------------------------------
    async def acquire(self, shard: str, owner: str, ttl_ms: int) -> Lease | None:
        """Take the shard if it is free, expired or already this owner's; the epoch grows. None: somebody holds it."""

    async def renew(self, lease: Lease, ttl_ms: int) -> Lease:
        """Raises `LeaseLostError`."""

    async def release(self, lease: Lease) -> None: ...

    # -- the truth -------------------------------------------------------------------------------------------------
    async def commit(self, commits: Sequence[Commit], lease: Lease) -> frozenset[int]:
        """Write all, durably and at once. Returns the ids of starts refused because their ARN is taken.

        All commits of a refused execution are left out, the rest are written. Raises `LeaseLostError` when `lease`
        is no longer the newest epoch, `StoreError` otherwise; a (execution, sequence) that exists already is one.
        """

    async def last_sequence(self, execution: int) -> int:
        """Return the newest committed sequence number, 0 if there is no segment."""

    async def tail(self, execution: int) -> tuple[bytes | None, list[Segment]]:
        """Return the newest checkpoint (None if there is none) and the segments after the one that carries it."""

    async def segments(self, execution: int, after: int = 0, limit: int = 1000) -> list[Segment]:
        """Return segments in order, without checkpoints."""

    async def segments_back(self, execution: int, before: int | None = None, limit: int = 1000) -> list[Segment]:
        """Return segments before that sequence number, newest first, without checkpoints; None: from the newest."""

    async def last_segment(self, execution: int) -> Segment | None: ...

    # -- indexes ---------------------------------------------------------------------------------------------------
    async def execution(self, arn: str) -> ExecutionRow | None: ...

    async def execution_by_id(self, execution: int) -> ExecutionRow | None: ...

    async def executions(self, where: Filter, limit: int = 100, before: int | None = None) -> list[ExecutionRow]:
        """Return rows, newest first (by id); `before` is the last id of the page before."""

    async def open_executions(self) -> dict[str, int]:
        """Return how many executions are RUNNING, by the ARN of their machine."""

    async def due_timers(self, before_ms: int, limit: int = 10_000, after: Timer | None = None) -> list[Timer]:
        """Return timers due before that time, ordered by (due_ms, execution, event, purpose); `after` begins a page."""

    async def timers(self, execution: int) -> list[Timer]: ...

    async def clear_timers(self, timers: Sequence[Timer], lease: Lease) -> None:
        """Delete timers that fired for nobody."""

    async def outbox(self, limit: int = 10_000, after: OutboxEntry | None = None) -> list[OutboxEntry]:
        """Return entries ordered by (execution, event, kind)."""

    async def clear_outbox(self, entries: Sequence[OutboxEntry], lease: Lease) -> None:
        """Delete entries of what is done, without a segment."""

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
        """Create or update, and put `documents` in the same transaction.

        When definition, role, settings and tag are what the newest revision has, that revision stays; otherwise
        there is a new one. A machine that was being deleted is ACTIVE again.
        """

    async def machine(self, arn: str) -> Machine | None: ...

    async def machines(self, prefix: str = "", after: str = "", limit: int | None = None) -> list[Machine]:
        """Return machines whose ARN begins with `prefix` and comes after `after`, in the order of their ARNs."""

    async def count_machines(self, prefix: str = "") -> int:
        """Return how many machines have an ARN that begins with `prefix`."""

    async def mark_deleting(self, arn: str) -> None:
        """Set the machine's status to DELETING; nothing happens if there is none."""

    async def delete_machine(self, arn: str, documents: Sequence[tuple[str, str]] = ()) -> None:
        """Delete the machine and those documents (kind, key) at once. Its revisions stay: executions name them."""

    async def revision(self, revision: int) -> Revision | None: ...

    # -- documents -------------------------------------------------------------------------------------------------
    async def put_documents(self, puts: Sequence[Document], deletes: Sequence[tuple[str, str]] = ()) -> None:
        """Write all, durably and at once; `deletes` are (kind, key), and go first."""

    async def document(self, kind: str, key: str) -> Document | None: ...

    async def documents(self, kind: str, prefix: str = "", after: str = "", limit: int | None = None) -> list[Document]:
        """Return documents whose key begins with `prefix` and comes after `after`, in the order of their keys."""

    # -- express ---------------------------------------------------------------------------------------------------
    async def accept_express(self, starts: Sequence[ExpressStart], lease: Lease) -> None: ...

    async def try_express(self, ids: Sequence[int], lease: Lease) -> None:
        """Count one more run of each."""

    async def finish_express(self, ids: Sequence[int], lease: Lease) -> None:
        """Delete the rows."""

    async def express_starts(self) -> list[ExpressStart]:
        """Return all that were accepted and have not finished."""
