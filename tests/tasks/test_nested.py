"""Nested executions, against an engine that keeps its executions in a dict."""

import json
import uuid
from typing import Any

import pytest

from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.nested import Ended, Started, StartExecution, StartRefusedError, child_name

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:child"
CHILD = "arn:aws:states:eu-central-1:123456789012:execution:child:"


class Kept:
    """Executions as an engine keeps them: one for each name, found again by the parent's event."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[str, str, int]] = {}
        self.ends: dict[str, Ended] = {}
        self.stopped: list[str] = []

    async def start(self, machine_arn: str, name: str, input_text: str, parent: TaskRequest) -> Started:
        if machine_arn != MACHINE:
            raise StartRefusedError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine_arn}'")
        mine = (parent.execution_arn, input_text, parent.event)
        if self.started.setdefault(name, mine) != mine:
            raise StartRefusedError("ExecutionAlreadyExists", f"Execution Already Exists: '{CHILD}{name}'")
        return Started(CHILD + name, 1_700_000_000_123)

    async def wait(self, arn: str) -> Ended:
        return self.ends[arn]

    async def stop(self, arn: str) -> None:
        self.stopped.append(arn)


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def nested(kept):
    return StartExecution(kept)


async def failure(call: Any) -> tuple[str, str]:
    with pytest.raises(TaskError) as caught:
        await call
    return caught.value.error, caught.value.cause or ""


def ended(name: str, **fields: Any) -> Ended:
    settings: dict[str, Any] = {
        "status": "SUCCEEDED",
        "start_ms": 1_700_000_000_123,
        "stop_ms": 1_700_000_001_456,
        "input": '{"a":1}',
        "output": '{"b":[2]}',
    }
    return Ended(CHILD + name, MACHINE, name, **(settings | fields))


async def test_a_start_is_answered_as_the_sdk_answers(nested, task):
    answer = await nested.call(task("states:startExecution", StateMachineArn=MACHINE, Name="one", Input={"a": 1}))
    request_id = answer["SdkResponseMetadata"]["RequestId"]
    assert uuid.UUID(request_id)
    assert answer == {
        "ExecutionArn": CHILD + "one",
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "x-amzn-RequestId": [request_id],
                "connection": ["keep-alive"],
                "Content-Length": ["108"],
                "Date": ["Tue, 14 Nov 2023 22:13:20 GMT"],
                "Content-Type": ["application/x-amz-json-1.0"],
            },
            "HttpHeaders": {
                "connection": "keep-alive",
                "Content-Length": "108",
                "Content-Type": "application/x-amz-json-1.0",
                "Date": "Tue, 14 Nov 2023 22:13:20 GMT",
                "x-amzn-RequestId": request_id,
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
        "StartDate": 1_700_000_000_123,
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [({"a": 1}, '{"a":1}'), (None, "{}"), ('{"already": "text"}', '{"already": "text"}'), ([1], "[1]")],
)
async def test_the_childs_input(nested, kept, task, value, text):
    await nested.call(task("states:startExecution", StateMachineArn=MACHINE, Name="one", Input=value))
    assert kept.started["one"][1] == text


async def test_a_child_without_a_name_gets_the_same_one_each_time(nested, kept, task):
    request = task("states:startExecution.sync", StateMachineArn=MACHINE)
    first, again = await nested.call(request), await nested.call(request)
    assert first["ExecutionArn"] == again["ExecutionArn"] == CHILD + child_name(request)
    other = await nested.call(task("states:startExecution.sync", event=8, StateMachineArn=MACHINE))
    assert other["ExecutionArn"] != first["ExecutionArn"]
    assert len(kept.started) == 2


async def test_a_name_that_is_taken(nested, task):
    await nested.call(task("states:startExecution", StateMachineArn=MACHINE, Name="one"))
    error, cause = await failure(
        nested.call(task("states:startExecution", event=9, StateMachineArn=MACHINE, Name="one"))
    )
    assert error == "StepFunctions.ExecutionAlreadyExistsException"
    assert cause.startswith(f"Execution Already Exists: '{CHILD}one' (Service: AWSStepFunctions; Status Code: 400; ")


async def test_a_machine_that_does_not_exist(nested, task):
    error, cause = await failure(nested.call(task("states:startExecution", StateMachineArn=MACHINE + "2")))
    assert error == "StepFunctions.StateMachineDoesNotExistException"
    message, _, request_id = cause.partition("Request ID: ")
    assert message == (
        f"State Machine Does Not Exist: '{MACHINE}2' (Service: AWSStepFunctions; Status Code: 400; "
        "Error Code: StateMachineDoesNotExist; "
    )
    assert uuid.UUID(request_id.removesuffix("; Proxy: null)"))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "The field 'StateMachineArn' is required but was missing"),
        ({"StateMachineArn": 5}, "The value for the field 'StateMachineArn' must be a STRING"),
        ({"StateMachineArn": MACHINE, "Name": {}}, "The value for the field 'Name' must be a STRING"),
        ({"StateMachineArn": MACHINE, "input": {}}, "The field 'input' is not supported by Step Functions"),
        ([], "The value for the field 'Parameters' must be an OBJECT"),
    ],
)
def test_arguments_that_start_nothing(nested, task, arguments, problem):
    refusal = nested.refusal(task("states:startExecution").resource, arguments)
    assert refusal is not None
    assert refusal.endswith(f"could not be used to start the Task: [{problem}]")


@pytest.mark.parametrize(
    ("pattern", "given", "output"),
    [("sync", '{"a":1}', '{"b":[2]}'), ("sync:2", {"a": 1}, {"b": [2]})],
)
async def test_the_result_of_a_child(nested, kept, task, pattern, given, output):
    kept.ends[CHILD + "one"] = ended("one")
    result = await nested.attend(task(f"states:startExecution.{pattern}"), {"ExecutionArn": CHILD + "one"})
    assert result == {
        "ExecutionArn": CHILD + "one",
        "Input": given,
        "InputDetails": {"Included": True},
        "Name": "one",
        "Output": output,
        "OutputDetails": {"Included": True},
        "StartDate": 1_700_000_000_123,
        "StateMachineArn": MACHINE,
        "Status": "SUCCEEDED",
        "StopDate": 1_700_000_001_456,
    }


@pytest.mark.parametrize("pattern", ["sync", "sync:2"])
@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
async def test_a_child_that_failed(nested, kept, task, pattern, status):
    kept.ends[CHILD + "one"] = ended("one", status=status, output=None, error="Broken")
    error, cause = await failure(
        nested.attend(task(f"states:startExecution.{pattern}"), {"ExecutionArn": CHILD + "one"})
    )
    assert error == "States.TaskFailed"
    assert json.loads(cause) == {
        "Error": "Broken",
        "ExecutionArn": CHILD + "one",
        "Input": '{"a":1}',
        "InputDetails": {"Included": True},
        "Name": "one",
        "StartDate": 1_700_000_000_123,
        "StateMachineArn": MACHINE,
        "Status": status,
        "StopDate": 1_700_000_001_456,
    }


async def test_a_state_that_is_gone_stops_its_child(nested, kept, task):
    await nested.stop(task("states:startExecution.sync"), {"ExecutionArn": CHILD + "one"})
    assert kept.stopped == [CHILD + "one"]


def test_a_start_may_be_repeated(nested, task):
    assert nested.after_crash(task("states:startExecution")) is AfterCrash.RESEND
