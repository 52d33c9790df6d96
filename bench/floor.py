"""The floor: the same history events, built, encoded and group-committed, with no engine around them.

Nothing here decides, validates, folds or schedules. What an engine adds is the distance to these figures, measured in
the same run on the same machine.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

PAYLOAD = {"user": "u-000001", "n": 5, "tags": ["a", "b"], "order": {"id": 17, "total": 99.5}}
UNCUT = {"truncated": False}
BATCH = 50
"""Executions in one transaction."""

Event = dict[str, Any]


def _entered(events: list[Event], previous: int, now: float, kind: str, name: str, text: str) -> int:
    events.append(
        {
            "id": len(events) + 1,
            "previousEventId": previous,
            "timestamp": now,
            "type": f"{kind}StateEntered",
            "stateEnteredEventDetails": {"name": name, "input": text, "inputDetails": UNCUT},
        }
    )
    return len(events)


def _exited(events: list[Event], previous: int, now: float, kind: str, name: str, text: str) -> int:
    events.append(
        {
            "id": len(events) + 1,
            "previousEventId": previous,
            "timestamp": now,
            "type": f"{kind}StateExited",
            "stateExitedEventDetails": {"name": name, "output": text, "outputDetails": UNCUT},
        }
    )
    return len(events)


def _started(now: float, text: str) -> list[Event]:
    details = {"input": text, "inputDetails": UNCUT, "roleArn": "role"}
    started = {"id": 1, "previousEventId": 0, "timestamp": now, "type": "ExecutionStarted"}
    return [{**started, "executionStartedEventDetails": details}]


def _succeeded(events: list[Event], previous: int, now: float, text: str) -> None:
    details = {"output": text, "outputDetails": UNCUT}
    ended = {"id": len(events) + 1, "previousEventId": previous, "timestamp": now, "type": "ExecutionSucceeded"}
    events.append({**ended, "executionSucceededEventDetails": details})


def chain(states: int) -> bytes:
    """Return the history of a chain of Pass states, each setting a field. Written flat: a floor calls nothing."""
    now = time.time()
    text = orjson.dumps(PAYLOAD).decode()
    events = _started(now, text)
    data, last = PAYLOAD, 0
    for k in range(states):
        entered = len(events) + 1
        events.append(
            {
                "id": entered,
                "previousEventId": last,
                "timestamp": now,
                "type": "PassStateEntered",
                "stateEnteredEventDetails": {"name": f"S{k}", "input": text, "inputDetails": UNCUT},
            }
        )
        data = {**data, "k": k}
        text = orjson.dumps(data).decode()
        last = entered + 1
        events.append(
            {
                "id": last,
                "previousEventId": entered,
                "timestamp": now,
                "type": "PassStateExited",
                "stateExitedEventDetails": {"name": f"S{k}", "output": text, "outputDetails": UNCUT},
            }
        )
    _succeeded(events, last, now, text)
    return orjson.dumps(events)


def fan_out(items: int) -> bytes:
    """Return the history of an inline Map whose iterations are one Pass state each."""
    now = time.time()
    values = [{"n": n} for n in range(items)]
    text = orjson.dumps(values).decode()
    events = _started(now, text)
    last = _entered(events, 0, now, "Map", "M", text)
    started = {"id": len(events) + 1, "previousEventId": last, "timestamp": now, "type": "MapStateStarted"}
    events.append({**started, "mapStateStartedEventDetails": {"length": items}})
    last = len(events)
    for index, value in enumerate(values):
        last = _iteration(events, last, now, index, orjson.dumps(value).decode())
    last = _exited(events, last, now, "Map", "M", text)
    _succeeded(events, last, now, text)
    return orjson.dumps(events)


def _iteration(events: list[Event], previous: int, now: float, index: int, text: str) -> int:
    details = {"name": "M", "index": index}
    begun = {"id": len(events) + 1, "previousEventId": previous, "timestamp": now, "type": "MapIterationStarted"}
    events.append({**begun, "mapIterationStartedEventDetails": details})
    last = _entered(events, len(events), now, "Pass", "P", text)
    last = _exited(events, last, now, "Pass", "P", text)
    ended = {"id": len(events) + 1, "previousEventId": last, "timestamp": now, "type": "MapIterationSucceeded"}
    events.append({**ended, "mapIterationSucceededEventDetails": details})
    return last


def in_memory(history: Callable[[int], bytes], size: int, executions: int) -> float:
    """Return seconds to build and encode that many histories."""
    start = time.perf_counter()
    for _ in range(executions):
        history(size)
    return time.perf_counter() - start


def durable(history: Callable[[int], bytes], size: int, executions: int, folder: Path) -> float:
    """Return seconds to build, encode and commit that many histories, `BATCH` a transaction."""
    db = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=full")
    db.execute(
        "create table segment(execution integer, first_event integer, body blob, primary key(execution, first_event))"
        " without rowid"
    )
    db.execute("create table execution(id integer primary key, name text, status text, started real, output text)")
    start = time.perf_counter()
    for low in range(0, executions, BATCH):
        ids = range(low, min(low + BATCH, executions))
        bodies = [history(size) for _ in ids]
        db.execute("begin")
        db.executemany("insert into segment values(?, 1, ?)", zip(ids, bodies, strict=True))
        rows = [(i, f"e-{i}", 0.0) for i in ids]
        db.executemany("insert into execution values(?, ?, 'SUCCEEDED', ?, '{}')", rows)
        db.execute("commit")
    seconds = time.perf_counter() - start
    db.close()
    return seconds
