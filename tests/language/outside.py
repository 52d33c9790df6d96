"""The world outside an engine: workers that take the tasks of activities, and whoever holds a task token."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tobiishi import jsontext
from tobiishi.engine.activities import Activity
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import TaskTimedOutError
from tobiishi.engine.tokens import TaskToken, mint
from tobiishi.store.contract import ExecutionRow, Store

WORKER = "a worker"
_ENDED = ("Succeeded", "Failed", "TimedOut")


@dataclass(frozen=True)
class Attempt:
    """An attempt that its token ends, as the history shows it. `activity` is the ARN of one that no worker has taken.

    `ready`: somebody outside may have the token.
    """

    state: str
    event: int
    entered: int
    number: int
    ready: bool
    activity: str | None


def attempts(history: list[dict[str, Any]]) -> Iterator[Attempt]:
    """Yield every attempt that waits for its token's answer."""
    events = {event["id"]: event for event in history}
    followers = {event["previousEventId"]: event for event in history}
    for event in history:
        if not _has_token(event):
            continue
        last = event
        while "StateExited" not in last["type"] and last["id"] in followers:
            last = followers[last["id"]]
            if last["type"].endswith(_ENDED):
                break
        else:
            yield _attempt(events, event, last)


def _has_token(event: dict[str, Any]) -> bool:
    resource: str = event.get("taskScheduledEventDetails", {}).get("resource", "")
    return event["type"] == "ActivityScheduled" or resource.endswith(".waitForTaskToken")


def _attempt(events: dict[int, dict[str, Any]], scheduled: dict[str, Any], last: dict[str, Any]) -> Attempt:
    number, entered = 0, events[scheduled["previousEventId"]]
    while "stateEnteredEventDetails" not in entered:
        number += entered["type"].endswith("Scheduled")
        entered = events[entered["previousEventId"]]
    details = scheduled.get("activityScheduledEventDetails", {})
    return Attempt(
        state=entered["stateEnteredEventDetails"]["name"],
        event=scheduled["id"],
        entered=entered["id"],
        number=number,
        ready=last["type"] in ("TaskSubmitted", "ActivityStarted"),
        activity=details["resource"] if last is scheduled and details else None,
    )


async def token_of(store: Store, row: ExecutionRow, attempt: Attempt) -> str:
    return mint(await store.secret(), TaskToken(row.id, attempt.entered, attempt.number))


async def answer(engine: Engine, token: str, outcome: dict[str, Any]) -> None:
    """Answer as an outcome says; whoever was cut off before may answer twice."""
    try:
        if "error" in outcome:
            await engine.callbacks.fail(token, outcome["error"], outcome.get("cause"))
        else:
            await engine.callbacks.succeed(token, jsontext.encode_text(outcome["output"]))
    except TaskTimedOutError:
        return


async def create_activity(store: Store, arn: str) -> None:
    await store.put_documents([Activity(arn, 0, {}).document()])
