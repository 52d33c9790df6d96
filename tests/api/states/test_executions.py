"""Executions through the API: started, stopped and described."""

from typing import Any

import pytest

from tests.api.states.conftest import ROLE, WAITING, Client, passing
from tests.language.stores import settle
from tobiishi import jsontext

FAILING = jsontext.encode_text({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "why"}}})
SLOW = jsontext.encode_text({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3, "End": True}}})


async def run(client: Client, definition: str | None = None, **params: Any) -> str:
    """Start an execution of a new machine, wait for its end, and return its ARN."""
    arn = await client.create(definition=definition)
    started = await client.call("StartExecution", stateMachineArn=arn, **params)
    await client.backend.engine.wait(started["executionArn"])
    return str(started["executionArn"])


class TestStartExecution:
    async def test_names_and_dates(self, client: Client) -> None:
        arn = await client.create()
        started = await client.call("StartExecution", stateMachineArn=arn, name="one", input="[1]")
        assert started == {
            "executionArn": "arn:aws:states:us-east-1:123456789012:execution:orders:one",
            "startDate": client.bench.clock.now_ms() / 1000,
        }

    async def test_the_same_start_while_it_runs_is_answered_the_same(self, client: Client) -> None:
        arn = await client.create(definition=WAITING)
        first = await client.call("StartExecution", stateMachineArn=arn, name="one", input="[1]")
        client.bench.clock.advance(1000)
        assert await client.call("StartExecution", stateMachineArn=arn, name="one", input="[1]") == first

    @pytest.mark.parametrize(("definition", "given"), [(WAITING, "[2]"), (passing(), "[1]")])
    async def test_a_name_that_is_taken(self, client: Client, definition: str, given: str) -> None:
        arn = await client.create(definition=definition)
        started = await client.call("StartExecution", stateMachineArn=arn, name="one", input="[1]")
        await settle(client.backend.engine)
        error = await client.error("StartExecution", stateMachineArn=arn, name="one", input=given)
        assert (error.code, error.message) == (
            "ExecutionAlreadyExists",
            f"Execution Already Exists: '{started['executionArn']}'",
        )

    async def test_the_same_name_for_a_version_is_the_same_execution(self, client: Client) -> None:
        arn = await client.create(definition=WAITING)
        version = (await client.call("PublishStateMachineVersion", stateMachineArn=arn))["stateMachineVersionArn"]
        first = await client.call("StartExecution", stateMachineArn=arn, name="one")
        assert await client.call("StartExecution", stateMachineArn=version, name="one") == first

    @pytest.mark.parametrize(
        ("params", "code", "message"),
        [
            ({"name": "a b"}, "InvalidName", "Invalid Name: 'a b'"),
            (
                {"input": ""},
                "InvalidExecutionInput",
                "Invalid State Machine Execution Input: 'Invalid execution input.'",
            ),
            ({"stateMachineArn": "orders"}, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: orders'"),
            (
                {"stateMachineArn": "arn:aws:states:us-east-1:123456789012:activity:a"},
                "InvalidArn",
                "Invalid Arn: 'Resource type not valid in this context: activity'",
            ),
            (
                {"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:none"},
                "StateMachineDoesNotExist",
                "State Machine Does Not Exist: 'arn:aws:states:us-east-1:123456789012:stateMachine:none'",
            ),
        ],
    )
    async def test_what_cannot_be_started(
        self, client: Client, params: dict[str, str], code: str, message: str
    ) -> None:
        arn = await client.create()
        error = await client.error("StartExecution", **{"stateMachineArn": arn, **params})
        assert (error.code, error.message) == (code, message)

    async def test_an_express_machine_is_started_too(self, client: Client) -> None:
        arn = await client.create(type="EXPRESS")
        started = await client.call("StartExecution", stateMachineArn=arn, name="one")
        assert started["executionArn"].startswith("arn:aws:states:us-east-1:123456789012:express:orders:one:")

    async def test_other_regions_and_accounts(self, client: Client) -> None:
        client.region, client.account = "eu-central-1", "000000000042"
        arn = await client.create()
        started = await client.call("StartExecution", stateMachineArn=arn, name="one")
        assert started["executionArn"] == "arn:aws:states:eu-central-1:000000000042:execution:orders:one"

    @pytest.mark.parametrize(
        ("header", "shown"),
        [
            ("Root=2", "Root=2"),
            ("", "Root=1"),
            ("Root=\u00fc", "Root=1"),
            ("R" * 256, "R" * 256),
            ("R" * 257, "Root=1"),
        ],
    )
    async def test_the_trace_of_the_request_goes_before_that_of_its_body(
        self, client: Client, header: str, shown: str
    ) -> None:
        client.trace_header = header
        execution = await run(client, traceHeader="Root=1")
        assert (await client.call("DescribeExecution", executionArn=execution))["traceHeader"] == shown


class TestStartSyncExecution:
    async def test_an_execution_that_succeeds(self, client: Client) -> None:
        arn = await client.create(type="EXPRESS", definition=passing({"a": 1}))
        answer = await client.call("StartSyncExecution", stateMachineArn=arn, name="one", traceHeader="Root=1")
        now = client.bench.clock.now_ms() / 1000
        assert answer.pop("executionArn").startswith("arn:aws:states:us-east-1:123456789012:express:orders:one:")
        assert answer == {
            "stateMachineArn": arn,
            "name": "one",
            "startDate": now,
            "stopDate": now,
            "status": "SUCCEEDED",
            "input": "{}",
            "inputDetails": {"included": True},
            "output": '{"a":1}',
            "outputDetails": {"included": True},
            "traceHeader": "Root=1",
            "billingDetails": {"billedDurationInMilliseconds": 100, "billedMemoryUsedInMB": 64},
        }

    async def test_the_trace_of_the_request(self, client: Client) -> None:
        arn = await client.create(type="EXPRESS")
        client.trace_header = "Root=2"
        answer = await client.call("StartSyncExecution", stateMachineArn=arn, traceHeader="Root=1")
        assert answer["traceHeader"] == "Root=2"

    async def test_an_execution_that_fails(self, client: Client) -> None:
        arn = await client.create(type="EXPRESS", definition=FAILING)
        answer = await client.call("StartSyncExecution", stateMachineArn=arn)
        assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "why")
        assert answer["outputDetails"] == {"included": True}
        assert "output" not in answer

    async def test_metadata_alone(self, client: Client) -> None:
        arn = await client.create(type="EXPRESS", definition=FAILING)
        answer = await client.call("StartSyncExecution", stateMachineArn=arn, includedData="METADATA_ONLY")
        assert answer["inputDetails"] == answer["outputDetails"] == {"included": False}
        assert not answer.keys() & {"input", "output", "error", "cause"}

    async def test_a_standard_machine_cannot(self, client: Client) -> None:
        error = await client.error("StartSyncExecution", stateMachineArn=await client.create())
        assert error.code == "StateMachineTypeNotSupported"
        assert error.message == "This operation is not supported by this type of state machine"


class TestStopExecution:
    async def test_a_running_execution_is_aborted(self, client: Client) -> None:
        arn = await client.create(definition=WAITING)
        execution = (await client.call("StartExecution", stateMachineArn=arn))["executionArn"]
        client.bench.clock.advance(1000)
        stopped = await client.call("StopExecution", executionArn=execution, error="E", cause="why")
        assert stopped == {"stopDate": client.bench.clock.now_ms() / 1000}
        told = await client.call("DescribeExecution", executionArn=execution)
        assert (told["status"], told["error"], told["cause"]) == ("ABORTED", "E", "why")

    async def test_one_that_has_ended_stays_as_it_is(self, client: Client) -> None:
        execution = await run(client)
        before = await client.call("DescribeExecution", executionArn=execution)
        client.bench.clock.advance(1000)
        stopped = await client.call("StopExecution", executionArn=execution)
        assert stopped == {"stopDate": before["stopDate"]}


class TestDescribeExecution:
    async def test_one_that_succeeded(self, client: Client) -> None:
        execution = await run(client, input='{"b": 2}', name="one", traceHeader="Root=1")
        now = client.bench.clock.now_ms() / 1000
        assert await client.call("DescribeExecution", executionArn=execution) == {
            "executionArn": execution,
            "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders",
            "name": "one",
            "status": "SUCCEEDED",
            "startDate": now,
            "stopDate": now,
            "input": '{"b": 2}',
            "inputDetails": {"included": True},
            "output": "1",
            "outputDetails": {"included": True},
            "traceHeader": "Root=1",
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        }

    async def test_one_that_runs(self, client: Client) -> None:
        arn = await client.create(definition=WAITING)
        execution = (await client.call("StartExecution", stateMachineArn=arn))["executionArn"]
        told = await client.call("DescribeExecution", executionArn=execution)
        assert told["status"] == "RUNNING"
        assert told["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
        assert not told.keys() & {"stopDate", "output", "outputDetails", "error", "cause"}

    async def test_one_that_failed_can_be_redriven_for_fourteen_days(self, client: Client) -> None:
        execution = await run(client, FAILING)
        told = await client.call("DescribeExecution", executionArn=execution)
        assert (told["redriveStatus"], told["error"], told["cause"]) == ("REDRIVABLE", "E", "why")
        assert "redriveStatusReason" not in told
        client.bench.clock.advance(14 * 86_400_000 + 1)
        told = await client.call("DescribeExecution", executionArn=execution)
        assert told["redriveStatusReason"] == "Execution redrivable period exceeded"

    async def test_metadata_alone(self, client: Client) -> None:
        execution = await run(client, FAILING)
        told = await client.call("DescribeExecution", executionArn=execution, includedData="METADATA_ONLY")
        assert told["inputDetails"] == {"included": False}
        assert not told.keys() & {"input", "output", "outputDetails", "error", "cause"}

    async def test_metadata_says_that_there_is_an_output(self, client: Client) -> None:
        execution = await run(client)
        told = await client.call("DescribeExecution", executionArn=execution, includedData="METADATA_ONLY")
        assert told["inputDetails"] == told["outputDetails"] == {"included": False}
        assert not told.keys() & {"input", "output"}

    async def test_the_version_and_the_alias_that_were_named(self, client: Client) -> None:
        arn = await client.create()
        version = (await client.call("PublishStateMachineVersion", stateMachineArn=arn))["stateMachineVersionArn"]
        routes = [{"stateMachineVersionArn": version, "weight": 100}]
        made = await client.call("CreateStateMachineAlias", name="live", routingConfiguration=routes)
        alias = made["stateMachineAliasArn"]
        for named, known in ((version, {version}), (alias, {version, alias}), (arn, set())):
            execution = (await client.call("StartExecution", stateMachineArn=named))["executionArn"]
            told = await client.call("DescribeExecution", executionArn=execution)
            assert told["stateMachineArn"] == arn
            assert {told.get("stateMachineVersionArn"), told.get("stateMachineAliasArn")} - {None} == known
            history = await client.call("GetExecutionHistory", executionArn=execution, maxResults=1)
            details = history["events"][0]["executionStartedEventDetails"]
            assert {details.get("stateMachineVersionArn"), details.get("stateMachineAliasArn")} - {None} == known


class TestDescribeStateMachineForExecution:
    async def test_what_the_execution_started_with(self, client: Client) -> None:
        arn = await client.create(definition=SLOW)
        execution = (await client.call("StartExecution", stateMachineArn=arn))["executionArn"]
        begun = client.bench.clock.now_ms() / 1000
        client.bench.clock.advance(1000)
        await client.call("UpdateStateMachine", stateMachineArn=arn, definition=passing(2), roleArn=ROLE + "2")
        told = await client.call("DescribeStateMachineForExecution", executionArn=execution)
        assert told == {
            "stateMachineArn": arn,
            "name": "orders",
            "definition": SLOW,
            "roleArn": ROLE,
            "updateDate": begun,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
            "tracingConfiguration": {"enabled": False},
            **{key: told[key] for key in told.keys() & {"encryptionConfiguration"}},
        }

    async def test_without_the_definition(self, client: Client) -> None:
        execution = await run(client)
        params = {"executionArn": execution, "includedData": "METADATA_ONLY"}
        assert (await client.call("DescribeStateMachineForExecution", **params))["definition"] == "{}"


ONE_EXECUTION = [
    "StopExecution",
    "DescribeExecution",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "ListMapRuns",
]


@pytest.mark.parametrize("operation", ONE_EXECUTION)
@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("execution", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: execution'"),
        (
            "arn:aws:states:us-east-1:123456789012:express:orders:one:two",
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: express'",
        ),
        (
            "arn:aws:states:us-east-1:123456789012:execution:orders:none",
            "ExecutionDoesNotExist",
            "Execution Does Not Exist: 'arn:aws:states:us-east-1:123456789012:execution:orders:none'",
        ),
    ],
)
async def test_arns_that_name_no_standard_execution(
    client: Client, operation: str, arn: str, code: str, message: str
) -> None:
    error = await client.error(operation, executionArn=arn)
    assert (error.code, error.message) == (code, message)
