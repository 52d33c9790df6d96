"""What an engine's executions leave in a log group and in the process's log."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.language.script import Script
from tests.language.stores import settle
from tests.logs.conftest import settings_for
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.logs.configuration import LogGroup
from tobiishi.logs.delivery import Delivery
from tobiishi.logs.executions import ExecutionLogs
from tobiishi.store.contract import MachineType, Revision
from tobiishi.store.memory import MemoryStore
from tobiishi.testing import VirtualClock

NOW = 1_795_000_000.0
CHARGE = "arn:aws:lambda:eu-central-1:123456789012:function:charge"
ORDER: Final[dict[str, Any]] = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": CHARGE, "End": True}}},
                {
                    "StartAt": "Tell",
                    "States": {"Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}},
                },
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Give up"}],
            "End": True,
        },
        "Give up": {"Type": "Fail", "Error": "Order.Failed", "Cause": "of the customer 4711"},
    },
}


class Bench:
    """An engine whose executions are logged."""

    def __init__(self, delivery: Delivery, outcomes: dict[str, list[dict[str, Any]]]) -> None:
        self.clock = VirtualClock(round(time.time() * 1000))  # CloudWatch Logs takes no record that is far from it
        self.engine = Engine(MemoryStore(), Script(outcomes), clock=self.clock)
        self.express = Express(self.engine)
        self.delivery = delivery
        self.logs = ExecutionLogs(delivery, lambda: NOW)
        self.engine.watchers.append(self.logs.hear)

    async def machine(self, settings: str, definition: dict[str, Any], kind: MachineType = "STANDARD") -> str:
        arn = self.engine.settings.place.machine_arn("orders")
        role = "arn:aws:iam::123456789012:role/r"
        revision = Revision(0, arn, json.dumps(definition), 0, role, settings)
        return (await self.engine.machines.save(revision, kind)).arn

    async def run(self, settings: str, definition: dict[str, Any] = ORDER, given: str = '{"customer":4711}') -> str:
        """Run to the end; return the execution's ARN."""
        started = await self.engine.start_execution(await self.machine(settings, definition), given)
        async with asyncio.timeout(10):
            await self.engine.wait(started.arn)
        await self.delivery.drain(10)
        return started.arn


@pytest.fixture
async def bench(calls):
    delivery = Delivery(calls)
    outcomes: dict[str, list[dict[str, Any]]] = {
        "Pay": [{"error": "Card.Declined", "cause": "customer 4711 is broke"}],
        "Tell": [{"output": {"MessageId": "m"}}],
    }
    made = Bench(delivery, outcomes)
    await made.engine.start()
    yield made
    await made.engine.close()
    await delivery.close()


def records(logged: Callable[[LogGroup], dict[str, list[str]]], group: LogGroup) -> list[dict[str, Any]]:
    (messages,) = logged(group).values()
    return [json.loads(message) for message in messages]


async def test_a_stream_is_named_as_aws_names_it(bench, group, logged):
    await bench.run(settings_for(group.name))
    (name,) = logged(group)
    machine, minute, own = name.removeprefix("states/").split("/")
    assert (machine, minute) == ("orders", "2026-11-18-11-06")
    assert len(own) == 8


async def test_all_of_a_history_is_there_in_order(bench, group, logged):
    arn = await bench.run(settings_for(group.name))
    written = records(logged, group)
    assert [record["id"] for record in written] == [str(at + 1) for at in range(len(written))]
    assert written[0]["details"]["input"] == '{"customer":4711}'
    assert written[-1]["type"] == "ExecutionFailed"
    assert {record["execution_arn"] for record in written} == {arn}
    assert not [key for record in written for key in record if key.startswith("_")]


async def test_errors_alone_without_data(bench, group, logged):
    await bench.run(settings_for(group.name, "ERROR", include_data=False))
    written = records(logged, group)
    assert [record["type"] for record in written][-2:] == ["FailStateEntered", "ExecutionFailed"]
    assert written[0]["type"] == "LambdaFunctionFailed"
    assert written[-2]["details"] == {"name": "Give up"}


async def test_a_level_that_logs_nothing_still_opens_the_stream(bench, group, logged):
    await bench.run(
        settings_for(group.name, "FATAL"), {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}, given="{}"
    )
    assert list(logged(group).values()) == [[]]


@pytest.mark.parametrize(("level", "streams"), [("ERROR", 1), ("OFF", 0)])
async def test_a_machine_that_logs_has_its_stream_before_it_runs(bench, group, logged, level, streams):
    arn = await bench.machine(settings_for(group.name, level), ORDER)
    bench.logs.expect(await bench.engine.store.machine(arn))
    await bench.logs.drain(10)
    assert list(logged(group).values()) == [[]] * streams


async def test_express_executions_are_logged_too(bench, group, logged):
    definition = {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}
    result = await bench.express.start_sync(await bench.machine(settings_for(group.name), definition, "EXPRESS"))
    await bench.delivery.drain(10)
    written = records(logged, group)
    assert [record["type"] for record in written] == [
        "ExecutionStarted",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert written[0]["execution_arn"] == result.arn


async def test_an_execution_keeps_the_settings_that_it_started_with(bench, group, logged):
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    started = await bench.engine.start_execution(await bench.machine(settings_for(group.name), definition))
    await bench.machine("{}", definition)
    await settle(bench.engine)
    bench.clock.advance(60_000)
    async with asyncio.timeout(10):
        await bench.engine.wait(started.arn)
    await bench.delivery.drain(10)
    assert records(logged, group)[-1]["type"] == "ExecutionSucceeded"


# -- lines -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def lines(caplog):
    """Return a function that returns the fields of each line on the executions' logger."""
    caplog.set_level(logging.INFO, "tobiishi.executions")

    def read():
        return [
            {"level": record.levelname, **record.fields}
            for record in caplog.records
            if record.name == "tobiishi.executions"
        ]

    return read


async def test_lines_name_execution_state_resource_and_error(bench, group, lines, caplog):
    arn = await bench.run(settings_for(group.name, include_data=False))
    (failed,) = [line for line in lines() if line["type"] == "LambdaFunctionFailed"]
    assert failed == {
        "level": "WARNING",
        "type": "LambdaFunctionFailed",
        "execution": arn,
        "event": failed["event"],
        "state": "Pay",
        "resource": CHARGE,
        "error": "Card.Declined",
    }
    assert f"LambdaFunctionFailed execution={arn} event={failed['event']} state=Pay" in caplog.text
    scheduled = [line for line in lines() if line["type"] == "TaskScheduled"]
    assert [(line["state"], line["resource"]) for line in scheduled] == [("Tell", "sns:publish")]
    last = lines()[-1]
    assert (last["level"], last["type"], last["state"], last["error"]) == (
        "ERROR",
        "ExecutionFailed",
        "Give up",
        "Order.Failed",
    )
    assert {line["execution"] for line in lines()} == {arn}


async def test_lines_show_no_data_unless_it_is_wanted(bench, group, lines, caplog):
    await bench.run(settings_for(group.name, include_data=False))
    assert "4711" not in caplog.text
    assert "4711" not in json.dumps(lines())


async def test_lines_show_data_where_it_is_wanted(bench, group, lines):
    await bench.run(settings_for(group.name))
    assert lines()[0]["input"] == '{"customer":4711}'
    assert lines()[-1]["cause"] == "of the customer 4711"


async def test_machines_that_log_nothing_write_no_line(bench, lines):
    await bench.run("{}")
    assert lines() == []
