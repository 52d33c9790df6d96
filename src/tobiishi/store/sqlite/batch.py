"""The hot path of the whole engine: a batch of commits as few statements, grouped by kind over all executions.

Rows of different executions never meet, so their order is free. Of one execution the index changes must take effect
in the order of its commits (a timer set by one and cleared by the next), hence rounds: the first commit of every
execution, then the second of every execution that has one, and so on. Most batches have a single round.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from operator import attrgetter

from tobiishi.store.contract import Commit, ExecutionRow, StoreError
from tobiishi.store.sqlite.database import QUERY

_values = attrgetter(*ExecutionRow.__dataclass_fields__)


def write_commits(connection: sqlite3.Connection, commits: Sequence[Commit]) -> frozenset[int]:
    """Write the batch inside the caller's transaction. Returns the ids of starts refused because their ARN is taken."""
    refused = _add_executions(connection, [commit.start for commit in commits if commit.start is not None])
    if refused:
        commits = [commit for commit in commits if commit.segment.execution not in refused]
    _add_segments(connection, commits)
    for batch in _rounds(commits):
        _write_timers(connection, batch)
        _write_outbox(connection, batch)
        _write_redrives(connection, batch)
        _write_stops(connection, batch)
    return refused


def _add_executions(connection: sqlite3.Connection, starts: list[ExecutionRow]) -> frozenset[int]:
    if not starts:
        return frozenset()
    rows = [_values(row) for row in starts]
    missing = len(rows) - connection.executemany(QUERY["add_execution"], rows).rowcount
    if not missing:
        return frozenset()
    refused = frozenset(_refused(connection, starts))
    if len(refused) < missing or len({row.id for row in starts}) < len(rows):
        raise StoreError("an execution of this batch was started already")
    return refused


def _refused(connection: sqlite3.Connection, starts: list[ExecutionRow]) -> Iterator[int]:
    """Yield the ids of starts whose ARN belongs to another execution."""
    for row in starts:
        (holder,) = connection.execute(QUERY["arn_holder"], (row.arn,)).fetchone()
        if holder != row.id:
            yield row.id


def _add_segments(connection: sqlite3.Connection, commits: Sequence[Commit]) -> None:
    segments = [commit.segment for commit in commits]
    rows = [(segment.execution, segment.sequence, segment.body, segment.version) for segment in segments]
    connection.executemany(QUERY["add_segment"], rows)
    checkpoints = [
        (segment.execution, segment.sequence, segment.checkpoint)
        for segment in segments
        if segment.checkpoint is not None
    ]
    if checkpoints:
        connection.executemany(QUERY["put_checkpoint"], checkpoints)


def _rounds(commits: Sequence[Commit]) -> list[list[Commit]]:
    rounds: list[list[Commit]] = []
    counts: dict[int, int] = {}
    for commit in commits:
        execution = commit.segment.execution
        earlier = counts.get(execution, 0)
        counts[execution] = earlier + 1
        if earlier == len(rounds):
            rounds.append([])
        rounds[earlier].append(commit)
    return rounds


def _write_timers(connection: sqlite3.Connection, commits: list[Commit]) -> None:
    added = [
        (timer.execution, timer.event, timer.purpose, timer.due_ms)
        for commit in commits
        if commit.timers_set
        for timer in commit.timers_set
    ]
    if added:
        connection.executemany(QUERY["set_timer"], added)
    removed = [
        (commit.segment.execution, event, purpose)
        for commit in commits
        if commit.timers_cleared
        for event, purpose in commit.timers_cleared
    ]
    if removed:
        connection.executemany(QUERY["clear_timer"], removed)


def _write_outbox(connection: sqlite3.Connection, commits: list[Commit]) -> None:
    added = [
        (entry.execution, entry.event, entry.kind)
        for commit in commits
        if commit.outbox_added
        for entry in commit.outbox_added
    ]
    if added:
        connection.executemany(QUERY["add_outbox"], added)
    removed = [
        (commit.segment.execution, event, kind)
        for commit in commits
        if commit.outbox_removed
        for event, kind in commit.outbox_removed
    ]
    if removed:
        connection.executemany(QUERY["remove_outbox"], removed)


def _write_redrives(connection: sqlite3.Connection, commits: list[Commit]) -> None:
    redrives = [
        (commit.redrive.count, commit.redrive.redriven_ms, commit.segment.execution)
        for commit in commits
        if commit.redrive is not None
    ]
    if redrives:
        connection.executemany(QUERY["redrive_execution"], redrives)


def _write_stops(connection: sqlite3.Connection, commits: list[Commit]) -> None:
    stops = [
        (commit.stop.status, commit.stop.stopped_ms, commit.segment.execution)
        for commit in commits
        if commit.stop is not None
    ]
    if stops:
        ids = [(execution,) for _, _, execution in stops]
        connection.executemany(QUERY["stop_execution"], stops)
        connection.executemany(QUERY["clear_timers_of"], ids)
        connection.executemany(QUERY["clear_outbox_of"], ids)
