"""Definitions whose tasks are ended from outside, and their tokens as the history shows them."""

from typing import Any

from tests.engine.conftest import Bench
from tobiishi import jsontext
from tobiishi.engine.arns import Place
from tobiishi.engine.engine import Engine
from tobiishi.engine.queries import events

PLACE = Place()
ACTIVITY = PLACE.activity_arn("press")
SUBMITTED = {"T": [{"submitted": {"MessageId": "m"}}]}


def callback(**fields: Any) -> dict[str, Any]:
    """A machine with one callback; its request's parameters carry the token."""
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    task = {"Type": "Task", "Resource": resource, "Parameters": {"token.$": "$$.Task.Token"}, "End": True}
    return {"StartAt": "T", "States": {"T": {**task, **fields}}}


def activity(**fields: Any) -> dict[str, Any]:
    """A machine with one task of the activity `press`."""
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": ACTIVITY, "End": True, **fields}}}


async def create_activity(engine: Engine) -> None:
    await engine.activities.create(PLACE, "press", 0)


async def history(bench: Bench, arn: str) -> list[dict[str, Any]]:
    row = await bench.store.execution(arn)
    assert row is not None
    return [event async for event in events(bench.store, row.id)]


async def sent_tokens(bench: Bench, arn: str) -> list[str]:
    """Return the token of each attempt of a callback."""
    scheduled = [event.get("taskScheduledEventDetails") for event in await history(bench, arn)]
    return [jsontext.decode(details["parameters"])["token"] for details in scheduled if details]
