"""The states behind events that do not name them, followed or found again."""

from typing import Any

import pytest

from tests.language.script import Script
from tests.language.stores import settle
from tobiishi import jsontext
from tobiishi.engine.engine import Engine
from tobiishi.engine.watching import Source
from tobiishi.logs.places import Place, Places
from tobiishi.store.memory import MemoryStore
from tobiishi.testing import VirtualClock

PAY = "arn:aws:lambda:eu-central-1:123456789012:function:pay"
TWO = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Pay",
                    "States": {
                        "Pay": {"Type": "Task", "Resource": PAY, "Next": "Paid"},
                        "Paid": {"Type": "Pass", "End": True},
                    },
                },
                {
                    "StartAt": "Tell",
                    "States": {"Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}},
                },
            ],
            "End": True,
        },
    },
}
ONE = {
    "StartAt": "Pay",
    "States": {"Pay": {"Type": "Task", "Resource": PAY, "Next": "Paid"}, "Paid": {"Type": "Pass", "End": True}},
}


class Followed:
    """An engine whose executions are followed, each time by `places`."""

    def __init__(self, store: MemoryStore, script: Script) -> None:
        self.places = Places()
        self.found: list[tuple[str, Place]] = []
        self.engine = Engine(store, script, clock=VirtualClock())
        self.engine.watchers.append(self._hear)

    def _hear(self, source: Source, entries: Any) -> None:
        places = self.places.follow(source, entries)
        self.found += [(entry["type"], place) for entry, place in zip(entries, places, strict=True) if "type" in entry]

    def of(self, kind: str) -> list[tuple[str | None, str | None]]:
        return [(place.state, place.resource) for found, place in self.found if found == kind]


@pytest.fixture
def store():
    return MemoryStore()


async def test_branches_are_told_apart(store):
    followed = Followed(store, Script({"Pay": [{"output": 1}], "Tell": [{"output": 2}]}))
    await followed.engine.start()
    machine = await followed.engine.machines.put("m", jsontext.encode_text(TWO), 0)
    started = await followed.engine.start_execution(machine.arn)
    await followed.engine.wait(started.arn)
    await followed.engine.close()
    assert followed.of("LambdaFunctionScheduled") == [("Pay", PAY)]
    assert followed.of("LambdaFunctionSucceeded") == [("Pay", PAY)]
    assert followed.of("TaskScheduled") == [("Tell", "sns:publish")]
    assert followed.of("TaskSucceeded") == [("Tell", "sns:publish")]
    assert followed.of("ParallelStateStarted") == [("Both", None)]
    assert followed.of("ParallelStateSucceeded") == [("Both", None)]
    assert followed.of("PassStateExited") == [("Paid", None)]
    assert followed.of("ExecutionSucceeded") == [(None, None)]


@pytest.mark.parametrize(
    ("outcome", "kind"), [({"output": 1}, "LambdaFunctionSucceeded"), ({"error": "E"}, "LambdaFunctionFailed")]
)
async def test_after_a_restart_states_are_found_again(store, outcome, kind):
    first = Followed(store, Script({"Pay": [{"silent": True}]}))
    await first.engine.start()
    machine = await first.engine.machines.put("m", jsontext.encode_text(ONE), 0)
    started = await first.engine.start_execution(machine.arn)
    await settle(first.engine)
    await first.engine.close()
    second = Followed(store, Script({"Pay": [outcome]}))
    await second.engine.start()
    await second.engine.wait(started.arn)
    await second.engine.close()
    assert [state for state, _ in second.of(kind)] == ["Pay"]
