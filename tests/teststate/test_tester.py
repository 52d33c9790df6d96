"""The world around a state that is tested: tasks, time, processes that evaluate."""

import asyncio
from typing import Any

import pytest

from tests.language.bare import IDENTITY, mint
from tests.language.script import Script
from tests.teststate.conftest import CALL, PASS, Lab, mocked, request
from tobiishi import jsontext
from tobiishi.asl.model import Resource
from tobiishi.asl.single import alone, read_single
from tobiishi.engine.errors import DrainingError
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Run
from tobiishi.tasks.contract import TaskRequest

COSTLY = {**PASS, "QueryLanguage": "JSONata", "Output": "{% $sum([1..9000].($ * 2)) %}"}
ENDLESS = {**PASS, "QueryLanguage": "JSONata", "Output": "{% ($f := function($n) { $f($n + 1) }; $f(0)) %}"}


async def test_a_task_is_called_as_in_an_execution(lab: Lab) -> None:
    lab.script = Script({"StateName": [{"output": {"StatusCode": 200}}]})

    answer = await lab.test({**CALL, "Parameters": {"FunctionName": "f"}})

    assert answer["output"] == {"StatusCode": 200}
    ((arn, _event),) = lab.script.sent
    assert arn.startswith("arn:aws:states:eu-west-1:123456789012:express:")


async def test_arguments_that_no_task_can_start_with_fail_the_state(lab: Lab) -> None:
    answer = await lab.test({**CALL, "Parameters": {"refused": "no such parameter"}})

    assert (answer["error"], answer["cause"]) == ("States.Runtime", "no such parameter")
    assert lab.script.sent == []


async def test_a_mock_is_taken_with_any_arguments_and_calls_nobody(lab: Lab) -> None:
    answer = await lab.test({**CALL, "Parameters": {"refused": "no such parameter"}}, mock=mocked({"ok": 1}))

    assert answer["output"] == {"ok": 1}
    assert lab.script.sent == []


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::glue:startJobRun.sync",
        "arn:aws:states:eu-west-1:123456789012:activity:approve",
        "arn:aws:lambda:eu-west-1:123456789012:function:f",
    ],
)
async def test_a_mock_ends_whatever_a_task_would_wait_for(lab: Lab, resource: str) -> None:
    answer = await lab.test({**CALL, "Resource": resource, "HeartbeatSeconds": 5}, mock=mocked({"ok": 1}))

    assert (answer["status"], answer["output"]) == ("SUCCEEDED", {"ok": 1})


async def test_a_task_times_out_after_its_own_time(lab: Lab) -> None:
    lab.script = Script({"StateName": [{"silent": True}]})
    before = lab.clock.now_ms()

    answer = await lab.while_time_passes(lab.test({**CALL, "TimeoutSeconds": 7}))

    assert (answer["status"], answer["error"]) == ("FAILED", "States.Timeout")
    assert lab.clock.now_ms() - before == 7_000


async def test_no_test_takes_longer_than_five_minutes(lab: Lab) -> None:
    lab.script = Script({"StateName": [{"silent": True}]})
    before = lab.clock.now_ms()

    for state in (CALL, {"Type": "Wait", "Seconds": 99_999, "End": True}):
        answer = await lab.while_time_passes(lab.test(state))
        assert (answer["status"], answer["error"]) == ("FAILED", "States.Timeout")
    assert lab.clock.now_ms() - before == 2 * 300_000


async def test_a_wait_waits(lab: Lab) -> None:
    before = lab.clock.now_ms()

    answer = await lab.while_time_passes(lab.test({"Type": "Wait", "Seconds": 20, "Next": "After"}, {"a": 1}))

    assert (answer["output"], answer["nextState"]) == ({"a": 1}, "After")
    assert lab.clock.now_ms() - before == 20_000


async def test_a_costly_expression_is_finished_elsewhere(lab: Lab) -> None:
    assert (await lab.test(COSTLY))["output"] == 9_000 * 9_001


async def test_an_endless_expression_ends(lab: Lab) -> None:
    answer = await lab.test(ENDLESS)

    assert (answer["status"], answer["error"]) == ("FAILED", "States.QueryEvaluationError")


class Endless(Script):
    """Tasks that never end, and say when one has begun."""

    def __init__(self, outcomes: dict[str, list[dict[str, Any]]]) -> None:
        super().__init__(outcomes)
        self.called = asyncio.Event()

    async def call(self, request: TaskRequest) -> Any:
        self.called.set()
        await asyncio.Event().wait()


async def test_a_cancelled_test_leaves_nothing_running(lab: Lab) -> None:
    lab.script = endless = Endless({})
    before = asyncio.all_tasks()
    testing = asyncio.ensure_future(lab.test(CALL))
    await endless.called.wait()

    testing.cancel()
    await asyncio.gather(testing, return_exceptions=True)

    assert asyncio.all_tasks() == before


class Stopping(Script):
    """Integrations of an engine that stops."""

    async def call(self, request: TaskRequest) -> Any:
        raise DrainingError("the engine is stopping")


async def test_an_engine_that_stops_is_not_taken_for_a_task_that_failed(lab: Lab) -> None:
    with pytest.raises(DrainingError):
        await lab.raw(request(CALL), Stopping({}))


class Prepared(Script):
    """Integrations that note what they are to be ready for."""

    def prepare(self, resource: Resource) -> None:
        self.sent.append((resource.arn, 0))


async def test_what_a_task_needs_is_prepared_before_it_is_called(lab: Lab) -> None:
    lab.script = Prepared({})

    await lab.test(CALL)

    assert lab.script.sent[0] == (CALL["Resource"], 0)
    assert len(lab.script.sent) == 2


ALIKE: dict[str, tuple[dict[str, Any], Any]] = {
    "filters": ({**PASS, "InputPath": "$.a", "Parameters": {"n.$": "$.b"}, "ResultPath": "$.c"}, {"a": {"b": 1}}),
    "result": ({**PASS, "Result": [1], "ResultPath": "$.x.y"}, {"x": {}}),
    "jsonata": ({**PASS, "QueryLanguage": "JSONata", "Output": {"sum": "{% $sum($states.input) %}"}}, [1, 2]),
    "choice": ({"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "N"}], "Default": "D"}, None),
    "succeed": ({"Type": "Succeed", "OutputPath": "$.a"}, {"a": 1}),
    "fail": ({"Type": "Fail", "Error": "E", "CausePath": "$.why"}, {"why": "because"}),
    "too large": ({**PASS, "QueryLanguage": "JSONata", "Output": "{% $pad('', 300000, 'x') %}"}, {}),
}
"""States and inputs."""


@pytest.mark.parametrize(("state", "given"), ALIKE.values(), ids=ALIKE)
async def test_a_test_comes_to_what_an_execution_comes_to(lab: Lab, state: dict[str, Any], given: Any) -> None:
    run = Run(alone(read_single(jsontext.encode_text(state)).state), IDENTITY, mint)
    entries = run.apply(sig.Start(jsontext.encode_text(given)), lab.clock.now_ms(), seed=1).entries

    answer = await lab.raw(request(state, jsontext.encode_text(given)))

    if answer["status"] == "FAILED":
        details = entries[-1]["executionFailedEventDetails"]
        assert details["error"] == answer["error"]
        assert details["cause"].endswith(answer["cause"])
    else:
        exited = next(entry for entry in entries if entry.get("type", "").endswith("StateExited"))
        assert exited["stateExitedEventDetails"]["output"] == answer["output"]
