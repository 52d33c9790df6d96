"""A user's first day, with boto3 and with the AWS CLI, against a server that runs as its users run it.

Each walk uses nothing but the endpoint, credentials of any kind, and the one setting that the how-to names.
"""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.walks.callers import AwsCli, Boto3, RefusedError, Tool, environment, is_time

ROLE = "arn:aws:iam::123456789012:role/any"


def machine(states: dict[str, Any], start: str, **fields: Any) -> str:
    return json.dumps({"StartAt": start, "States": states, **fields})


GREETING = machine({"Greet": {"Type": "Pass", "Result": "hello", "End": True}}, "Greet")
GREETING_2 = machine({"Greet": {"Type": "Pass", "Result": "hello again", "End": True}}, "Greet")
WAITING = machine({"Rest": {"Type": "Wait", "Seconds": 3600, "End": True}}, "Rest")


@pytest.fixture(params=["boto3", "aws"])
def tool(request: pytest.FixtureRequest, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    if request.param == "aws":
        return AwsCli(served, tmp_path)
    for name, value in environment(served).items():
        monkeypatch.setenv(name, value)
    return Boto3()


def until_closed(tool: Tool, arn: str) -> dict[str, Any]:
    """Ask until the execution is over, as a user's script does; each question takes its time."""
    for _ in range(200):
        answer = tool("DescribeExecution", executionArn=arn)
        if answer["status"] != "RUNNING":
            return answer
    raise AssertionError(answer)


def until_state(tool: Tool, arn: str, name: str) -> None:
    for _ in range(200):
        events = tool("GetExecutionHistory", executionArn=arn)["events"]
        if any(event.get("stateEnteredEventDetails", {}).get("name") == name for event in events):
            return
    raise AssertionError(events)


def refusal(tool: Tool, operation: str, **params: Any) -> str:
    with pytest.raises(RefusedError) as raised:
        tool(operation, **params)
    return raised.value.code


def test_create_publish_alias_and_start(tool: Tool) -> None:
    made = tool("CreateStateMachine", name="greeting", definition=GREETING, roleArn=ROLE, publish=True)
    arn = made["stateMachineArn"]
    assert arn == "arn:aws:states:eu-west-1:123456789012:stateMachine:greeting"
    assert made["stateMachineVersionArn"] == f"{arn}:1"
    updated = tool("UpdateStateMachine", stateMachineArn=arn, definition=GREETING_2)
    published = tool("PublishStateMachineVersion", stateMachineArn=arn, revisionId=updated["revisionId"])
    assert published["stateMachineVersionArn"] == f"{arn}:2"
    routes = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = tool("CreateStateMachineAlias", name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    first = until_closed(tool, tool("StartExecution", stateMachineArn=alias)["executionArn"])
    assert (first["output"], first["stateMachineAliasArn"]) == ('"hello"', alias)
    assert first["stateMachineVersionArn"] == f"{arn}:1"
    routes = [{"stateMachineVersionArn": f"{arn}:2", "weight": 100}]
    assert is_time(
        tool("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=routes)["updateDate"]
    )
    second = until_closed(tool, tool("StartExecution", stateMachineArn=alias)["executionArn"])
    assert second["output"] == '"hello again"'
    assert refusal(tool, "DeleteStateMachineVersion", stateMachineVersionArn=f"{arn}:2") == "ConflictException"
    listed = tool("ListExecutions", stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]
    assert [each["executionArn"] for each in listed] == [second["executionArn"], first["executionArn"]]


def test_start_describe_history_and_stop(tool: Tool) -> None:
    arn = tool("CreateStateMachine", name="waiting", definition=WAITING, roleArn=ROLE)["stateMachineArn"]
    started = tool("StartExecution", stateMachineArn=arn, name="one", input='{"a": 1}')
    again = tool("StartExecution", stateMachineArn=arn, name="one", input='{"a": 1}')
    assert again["executionArn"] == started["executionArn"]
    other = {"stateMachineArn": arn, "name": "one", "input": "{}"}
    assert refusal(tool, "StartExecution", **other) == "ExecutionAlreadyExists"
    execution = started["executionArn"]
    described = tool("DescribeExecution", executionArn=execution)
    assert (described["status"], described["input"]) == ("RUNNING", '{"a": 1}')
    until_state(tool, execution, "Rest")
    tool("StopExecution", executionArn=execution, error="Enough", cause="of waiting")
    stopped = tool("DescribeExecution", executionArn=execution)
    assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Enough", "of waiting")
    backwards = tool("GetExecutionHistory", executionArn=execution, reverseOrder=True, maxResults=1)["events"]
    assert backwards[0]["type"] == "ExecutionAborted"
    definition = tool("DescribeStateMachineForExecution", executionArn=execution)["definition"]
    assert json.loads(definition) == json.loads(WAITING)


def test_an_activity_fails_and_the_execution_is_redriven(tool: Tool) -> None:
    activity = tool("CreateActivity", name="approve")["activityArn"]
    definition = machine({"Approve": {"Type": "Task", "Resource": activity, "End": True}}, "Approve")
    arn = tool("CreateStateMachine", name="approval", definition=definition, roleArn=ROLE)["stateMachineArn"]
    execution = tool("StartExecution", stateMachineArn=arn, input='{"n": 7}')["executionArn"]
    task = tool("GetActivityTask", activityArn=activity, workerName="me")
    assert json.loads(task["input"]) == {"n": 7}
    tool("SendTaskHeartbeat", taskToken=task["taskToken"])
    tool("SendTaskFailure", taskToken=task["taskToken"], error="No", cause="not today")
    failed = until_closed(tool, execution)
    assert (failed["status"], failed["error"], failed["redriveStatus"]) == ("FAILED", "No", "REDRIVABLE")
    assert refusal(tool, "SendTaskSuccess", taskToken=task["taskToken"], output="{}") == "TaskTimedOut"
    assert is_time(tool("RedriveExecution", executionArn=execution)["redriveDate"])
    again = tool("GetActivityTask", activityArn=activity, workerName="me")
    tool("SendTaskSuccess", taskToken=again["taskToken"], output='{"ok": true}')
    done = until_closed(tool, execution)
    assert (done["status"], json.loads(done["output"]), done["redriveCount"]) == ("SUCCEEDED", {"ok": True}, 1)
    kinds = [event["type"] for event in tool("GetExecutionHistory", executionArn=execution)["events"]]
    assert kinds.count("ExecutionRedriven") == 1
    assert kinds[-1] == "ExecutionSucceeded"


def test_a_worker_may_wait_before_there_is_work(tool: Tool) -> None:
    activity = tool("CreateActivity", name="early")["activityArn"]
    definition = machine({"Do": {"Type": "Task", "Resource": activity, "End": True}}, "Do")
    arn = tool("CreateStateMachine", name="early", definition=definition, roleArn=ROLE)["stateMachineArn"]
    given: list[dict[str, Any]] = []
    worker = threading.Thread(target=lambda: given.append(tool("GetActivityTask", activityArn=activity)))
    worker.start()
    execution = tool("StartExecution", stateMachineArn=arn, input="[1]")["executionArn"]
    worker.join(timeout=60)
    assert json.loads(given[0]["input"]) == [1]
    tool("SendTaskSuccess", taskToken=given[0]["taskToken"], output="2")
    assert until_closed(tool, execution)["output"] == "2"


def test_states_are_tested_and_express_answers_at_once(tool: Tool) -> None:
    state = json.dumps({"Type": "Pass", "Parameters": {"b.$": "$.a"}, "Next": "Then"})
    tested = tool("TestState", definition=state, roleArn=ROLE, input='{"a": 1}', inspectionLevel="DEBUG")
    assert (tested["status"], tested["nextState"], json.loads(tested["output"])) == ("SUCCEEDED", "Then", {"b": 1})
    assert json.loads(tested["inspectionData"]["afterParameters"]) == {"b": 1}
    call = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}, "End": True}
    mock = {"result": '{"MessageId": "m", "MD5OfMessageBody": "x"}', "fieldValidationMode": "NONE"}
    assert tool("TestState", definition=json.dumps(call), roleArn=ROLE, mock=mock)["status"] == "SUCCEEDED"
    made = tool("CreateStateMachine", name="quick", definition=GREETING, roleArn=ROLE, type="EXPRESS")
    done = tool("StartSyncExecution", stateMachineArn=made["stateMachineArn"], input="{}")
    assert (done["status"], done["output"]) == ("SUCCEEDED", '"hello"')
    assert done["billingDetails"]["billedMemoryUsedInMB"] >= 64


def test_definitions_are_checked_and_machines_tagged_listed_and_deleted(tool: Tool) -> None:
    checked = tool("ValidateStateMachineDefinition", definition=machine({"A": {"Type": "Pass", "Next": "B"}}, "A"))
    assert checked["result"] == "FAIL"
    assert checked["diagnostics"][0]["severity"] == "ERROR"
    made = tool(
        "CreateStateMachine", name="tagged", definition=GREETING, roleArn=ROLE, tags=[{"key": "a", "value": "b"}]
    )
    arn = made["stateMachineArn"]
    tool("TagResource", resourceArn=arn, tags=[{"key": "c", "value": "d"}])
    tool("UntagResource", resourceArn=arn, tagKeys=["a"])
    assert tool("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "c", "value": "d"}]
    assert arn in [each["stateMachineArn"] for each in tool("ListStateMachines")["stateMachines"]]
    tool("DeleteStateMachine", stateMachineArn=arn)
    assert refusal(tool, "StartExecution", stateMachineArn=arn) in {"StateMachineDeleting", "StateMachineDoesNotExist"}
