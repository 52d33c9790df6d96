"""Workflows that call Step Functions and Lambda themselves: this very server answers, whatever --aws says."""

import json
from typing import Any

import pytest

from tests.functions.test_packages import archive
from tests.serving import Server
from tests.walks.callers import Boto3, environment

ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.fixture
def sfn(server: Server, monkeypatch: pytest.MonkeyPatch) -> Boto3:
    for name, value in environment(server.url).items():
        monkeypatch.setenv(name, value)
    return Boto3()


@pytest.fixture
def functions(sfn: Boto3) -> Boto3:
    """Lambda, in the environment that `sfn` has set."""
    return Boto3("lambda")


def run(sfn: Boto3, name: str, states: dict[str, Any], given: Any) -> dict[str, Any]:
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    machine = sfn("CreateStateMachine", name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    execution = sfn("StartExecution", stateMachineArn=machine, input=json.dumps(given))["executionArn"]
    return ended(sfn, execution)


def ended(sfn: Boto3, execution: str) -> dict[str, Any]:
    answer = sfn("DescribeExecution", executionArn=execution)
    while answer["status"] == "RUNNING":
        answer = sfn("DescribeExecution", executionArn=execution)  # each question takes its time
    return answer


def sdk(action: str, parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{action}", "Parameters": parameters, **fields}


def test_a_workflow_works_for_an_activity(sfn: Boto3) -> None:
    activity = sfn("CreateActivity", name="a")["activityArn"]
    definition = {"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": activity, "End": True}}}
    asking = sfn("CreateStateMachine", name="asking", definition=json.dumps(definition), roleArn=ROLE)
    execution = sfn("StartExecution", stateMachineArn=asking["stateMachineArn"], input="[7]")["executionArn"]
    answer = {"TaskToken.$": "$.TaskToken", "Output.$": "$.Input"}
    states = {
        "Take": sdk("sfn:getActivityTask", {"ActivityArn": activity, "WorkerName": "w"}, Next="Answer"),
        "Answer": sdk("sfn:sendTaskSuccess", answer, End=True),
    }
    assert run(sfn, "working", states, {})["status"] == "SUCCEEDED"
    assert ended(sfn, execution)["output"] == "[7]"


def test_a_workflow_invokes_a_function_and_reads_executions(sfn: Boto3, functions: Boto3) -> None:
    code = archive({"index.py": "def handler(event, context): return {'got': event}"})
    given = {"Runtime": "python3.12", "Role": ROLE, "Handler": "index.handler", "Code": {"ZipFile": code}}
    functions("CreateFunction", FunctionName="f", **given)
    payload = {"FunctionName": "f", "Payload": {"a": 1}}
    done = run(sfn, "invoking", {"Call": sdk("lambda:invoke", payload, End=True)}, {})
    answer = json.loads(done["output"])
    assert (answer["StatusCode"], json.loads(answer["Payload"])) == (200, {"got": {"a": 1}})
    described = sdk("sfn:describeExecution", {"ExecutionArn.$": "$$.Execution.Id"}, End=True)
    mine = json.loads(run(sfn, "looking", {"Look": described}, {"b": 2})["output"])
    assert (mine["Status"], json.loads(mine["Input"])) == ("RUNNING", {"b": 2})
    assert mine["StartDate"].endswith("Z")


def test_errors_are_the_services(sfn: Boto3) -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:nothing"
    failed = run(sfn, "failing", {"Start": sdk("sfn:startExecution", {"StateMachineArn": arn}, End=True)}, {})
    assert failed["error"] == "Sfn.StateMachineDoesNotExistException"
    assert "(Service: Sfn, Status Code: 400, Request ID: " in failed["cause"]


def test_a_server_without_aws_says_so_of_other_services(server: Server, sfn: Boto3) -> None:
    failed = run(sfn, "listing", {"List": sdk("s3:listBuckets", {}, End=True)}, {})
    assert failed["status"] == "FAILED"
    assert "--aws" in failed["cause"]
    assert server.ready()
