"""Histories and lists of executions through the API."""

from typing import Any

import pytest

from tests.api.states.conftest import WAITING, Client, passing
from tobiishi import jsontext
from tobiishi.api.states.history import without_data

CHAIN = jsontext.encode_text(
    {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
            "B": {"Type": "Pass", "Next": "C"},
            "C": {"Type": "Pass", "End": True},
        },
    }
)
MAP_RUN = "arn:aws:states:us-east-1:123456789012:mapRun:orders/each:1"


async def all_pages(client: Client, operation: str, members: str, **params: Any) -> list[list[Any]]:
    pages = [await client.call(operation, **params)]
    while "nextToken" in pages[-1]:
        pages.append(await client.call(operation, **params, nextToken=pages[-1]["nextToken"]))
    return [page[members] for page in pages]


async def start(client: Client, arn: str, **params: Any) -> str:
    started = await client.call("StartExecution", stateMachineArn=arn, **params)
    return str(started["executionArn"])


async def ended(client: Client, arn: str, **params: Any) -> str:
    execution = await start(client, arn, **params)
    await client.backend.engine.wait(execution)
    return execution


class TestGetExecutionHistory:
    async def test_pages_in_both_orders(self, client: Client) -> None:
        execution = await ended(client, await client.create(definition=CHAIN))
        of = {"executionArn": execution, "maxResults": 3}
        pages = await all_pages(client, "GetExecutionHistory", "events", **of)
        assert [[event["id"] for event in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7, 8]]
        pages = await all_pages(client, "GetExecutionHistory", "events", **of, reverseOrder=True)
        assert [[event["id"] for event in page] for page in pages] == [[8, 7, 6], [5, 4, 3], [2, 1]]

    async def test_a_hundred_events_unless_asked(self, client: Client) -> None:
        states = {f"S{at}": {"Type": "Pass", "Next": f"S{at + 1}"} for at in range(70)}
        definition = {"StartAt": "S0", "States": {**states, "S70": {"Type": "Succeed"}}}
        execution = await ended(client, await client.create(definition=jsontext.encode_text(definition)))
        for asked in ({}, {"maxResults": 0}):
            pages = await all_pages(client, "GetExecutionHistory", "events", executionArn=execution, **asked)
            assert [len(page) for page in pages] == [100, 44]

    async def test_a_token_is_good_for_its_list_alone(self, client: Client) -> None:
        arn = await client.create(definition=CHAIN)
        one, other = await ended(client, arn), await ended(client, arn)
        token = (await client.call("GetExecutionHistory", executionArn=one, maxResults=2))["nextToken"]
        for misuse in ({"executionArn": other}, {"executionArn": one, "reverseOrder": True}):
            error = await client.error("GetExecutionHistory", **misuse, nextToken=token)
            assert error.code == "InvalidToken"

    async def test_without_execution_data(self, client: Client) -> None:
        execution = await ended(client, await client.create(definition=CHAIN), input='{"secret": 1}')
        answer = await client.call("GetExecutionHistory", executionArn=execution, includeExecutionData=False)
        started, entered, exited = answer["events"][:3]
        assert started["executionStartedEventDetails"].keys() == {"roleArn"}
        assert entered["stateEnteredEventDetails"] == {"name": "A"}
        assert exited["stateExitedEventDetails"] == {"name": "A"}
        assert answer["events"][-1]["executionSucceededEventDetails"] == {}
        assert "secret" not in str(answer)

    def test_what_is_no_data_stays(self) -> None:
        details = {"resource": "invoke", "resourceType": "lambda", "error": "E", "cause": "why"}
        event = {"id": 5, "type": "TaskFailed", "taskFailedEventDetails": details}
        assert without_data(event) == event


class TestListExecutions:
    async def test_the_newest_first_page_by_page(self, client: Client) -> None:
        arn = await client.create()
        started = [await ended(client, arn) for _ in range(7)]
        pages = await all_pages(client, "ListExecutions", "executions", stateMachineArn=arn, maxResults=3)
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [row["executionArn"] for page in pages for row in page] == started[::-1]

    async def test_what_is_told(self, client: Client) -> None:
        arn = await client.create()
        execution = await ended(client, arn, name="one")
        now = client.bench.clock.now_ms() / 1000
        [row] = (await client.call("ListExecutions", stateMachineArn=arn))["executions"]
        assert {key: value for key, value in row.items() if value is not None} == {
            "executionArn": execution,
            "stateMachineArn": arn,
            "name": "one",
            "status": "SUCCEEDED",
            "startDate": now,
            "stopDate": now,
            "redriveCount": 0,
        }

    async def test_by_status(self, client: Client) -> None:
        arn = await client.create(definition=WAITING)
        running, stopped = await start(client, arn), await start(client, arn)
        await client.call("StopExecution", executionArn=stopped)
        for status, found in (("RUNNING", [running]), ("ABORTED", [stopped]), ("FAILED", [])):
            answer = await client.call("ListExecutions", stateMachineArn=arn, statusFilter=status)
            assert [row["executionArn"] for row in answer["executions"]] == found

    async def test_by_version_and_alias(self, client: Client) -> None:
        arn = await client.create()
        version = (await client.call("PublishStateMachineVersion", stateMachineArn=arn))["stateMachineVersionArn"]
        routes = [{"stateMachineVersionArn": version, "weight": 100}]
        made = await client.call("CreateStateMachineAlias", name="live", routingConfiguration=routes)
        alias = made["stateMachineAliasArn"]
        plain, by_version, by_alias = [await ended(client, named) for named in (arn, version, alias)]
        for named, found in (
            (arn, [by_alias, by_version, plain]),
            (version, [by_alias, by_version]),
            (alias, [by_alias]),
        ):
            answer = await client.call("ListExecutions", stateMachineArn=named)
            assert [row["executionArn"] for row in answer["executions"]] == found

    async def test_a_token_is_good_for_its_filters_alone(self, client: Client) -> None:
        arn, other = await client.create(), await client.create("other", passing(2))
        for _ in range(2):
            await ended(client, arn)
        token = (await client.call("ListExecutions", stateMachineArn=arn, maxResults=1))["nextToken"]
        for misuse in ({"stateMachineArn": other}, {"stateMachineArn": arn, "statusFilter": "FAILED"}):
            assert (await client.error("ListExecutions", **misuse, nextToken=token)).code == "InvalidToken"

    async def test_express_executions_are_in_no_list(self, client: Client) -> None:
        error = await client.error("ListExecutions", stateMachineArn=await client.create(type="EXPRESS"))
        assert error.code == "StateMachineTypeNotSupported"
        assert error.message == "This operation is not supported by this type of state machine"

    @pytest.mark.parametrize("qualifier", ["", ":7", ":live"])
    async def test_what_does_not_exist(self, client: Client, qualifier: str) -> None:
        arn = (await client.create())[:-1] + ("" if qualifier == "" else "s") + qualifier
        error = await client.error("ListExecutions", stateMachineArn=arn)
        assert (error.code, error.message) == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")

    @pytest.mark.parametrize(
        ("params", "reason"),
        [
            ({}, "MISSING_REQUIRED_PARAMETER"),
            ({"stateMachineArn": "m", "mapRunArn": "r"}, None),
            ({"stateMachineArn": "m", "statusFilter": "PENDING_REDRIVE"}, "MISSING_REQUIRED_PARAMETER"),
            ({"stateMachineArn": "m", "redriveFilter": "REDRIVEN"}, "MISSING_REQUIRED_PARAMETER"),
        ],
    )
    async def test_filters_that_do_not_go_together(
        self, client: Client, params: dict[str, str], reason: str | None
    ) -> None:
        error = await client.error("ListExecutions", **params)
        assert error.code == "ValidationException"
        assert error.members.get("reason") == reason

    async def test_map_runs_that_are_not_there(self, client: Client) -> None:
        assert (await client.error("ListExecutions", mapRunArn=MAP_RUN)).code == "ResourceNotFound"
        assert (await client.error("ListExecutions", mapRunArn="arn:aws:states:r:1:activity:a:b")).code == "InvalidArn"
