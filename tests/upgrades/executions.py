"""Open executions of every kind: made with each release and kept, so that every later release must finish them.

    python -m tests.upgrades.executions FOLDER

writes a database with this code's format to FOLDER. It is run once for a release, by hand, and what it made is never
changed again.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.language.script import Script
from tests.language.stores import settle
from tobiishi import jsontext
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.store.sqlite import SqliteStore
from tobiishi.testing import VirtualClock

CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
JOB_ARN = "arn:aws:states:::states:startExecution.sync:2"
JOB = {"Type": "Task", "Resource": JOB_ARN, "Parameters": {"StateMachineArn": "m"}}
RETRIED = {**CALL, "Retry": [{"ErrorEquals": ["Broken"], "IntervalSeconds": 60}]}

Definition = dict[str, Any]


def one(name: str, state: Definition) -> Definition:
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def waiting() -> Definition:
    assign = {"Type": "Pass", "Assign": {"seen.$": "$.n"}, "Next": "Wait"}
    states = {"Keep": assign, "Wait": {"Type": "Wait", "Seconds": 3600, "Next": "Show"}}
    show = {"Type": "Pass", "Parameters": {"seen.$": "$seen"}, "End": True}
    return {"StartAt": "Keep", "States": {**states, "Show": show}}


def jsonata() -> Definition:
    wait = {"Type": "Wait", "Seconds": "{% $states.input.n * 3600 %}", "Output": "{% {'twice': $states.input.n * 2} %}"}
    return {"QueryLanguage": "JSONata", **one("Wait", wait)}


DEFINITIONS: dict[str, Definition] = {
    "waiting": waiting(),
    "jsonata": jsonata(),
    "silent": one("Silent", CALL),
    "job": one("Job", JOB),
    "retried": one("Retried", RETRIED),
    "branches": one("Fork", {"Type": "Parallel", "Branches": [one("Left", CALL), one("Right", {"Type": "Pass"})]}),
    "items": one("Each", {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": one("Item", CALL)}),
    "limited": {**one("Limited", {**CALL, "TimeoutSeconds": 7200, "HeartbeatSeconds": 3600}), "TimeoutSeconds": 9000},
}
"""An open execution is made of each, and named after it."""

OUTPUTS: dict[str, Any] = {
    "waiting": {"seen": 1},
    "jsonata": {"twice": 2},
    "silent": {"done": True},
    "job": {"done": True},
    "retried": {"done": True},
    "branches": [{"done": True}, {"n": 1, "items": [1, 2, 3]}],
    "items": [{"done": True}] * 3,
    "limited": {"done": True},
}
"""How each must end in every release, once its tasks answer `{"done": true}`."""

INPUT = jsontext.encode_text({"n": 1, "items": [1, 2, 3]})
EXPRESS = one("Late", CALL)


def script() -> Script:
    """Tasks as they are when the old release stops: none has answered."""
    silent = [{"silent": True}]
    tasks = dict.fromkeys(("Silent", "Left", "Item", "Limited", "Late"), silent)
    return Script({**tasks, "Job": [{"submitted": {"id": 1}, "silent": True}], "Retried": [{"error": "Broken"}]})


async def make(folder: Path) -> None:
    """Start everything, and stop in the middle of it."""
    store = SqliteStore(folder / "tobiishi.sqlite3")
    await store.open()
    engine = Engine(store, script(), clock=VirtualClock())
    await engine.start()
    for name, definition in DEFINITIONS.items():
        machine = await engine.machines.put(name, jsontext.encode_text(definition), engine.clock.now_ms())
        await engine.start_execution(machine.arn, INPUT, name)
    express = await engine.machines.put("express", jsontext.encode_text(EXPRESS), engine.clock.now_ms(), "EXPRESS")
    await Express(engine).start(express.arn, INPUT)
    await settle(engine)
    await engine.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
