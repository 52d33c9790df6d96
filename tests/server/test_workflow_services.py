"""A server with an AWS endpoint: optimized integrations, callbacks through a queue, and logs in a log group."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from tests.server.conftest import machine

GROUP = "/aws/vendedlogs/states/orders"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    emulator = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    emulator.start()
    host, port = emulator.get_host_and_port()
    yield f"http://{host}:{port}"
    emulator.stop()


@pytest.fixture
def aws(moto: str) -> Callable[[str], Any]:
    """Return a function that makes clients of the endpoint."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return lambda service: boto3.client(service, endpoint_url=moto, region_name="us-east-1", **keys)


def ended(states: Any, arn: str) -> dict[str, Any]:
    """Return an execution's description once it has ended."""
    deadline = time.monotonic() + 20
    while (described := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return dict(described)


def submitted_by(states: Any, arn: str) -> dict[str, Any]:
    """Return what an execution's task was answered when it was submitted, once that is recorded."""
    deadline = time.monotonic() + 20
    while True:
        for event in states.get_execution_history(executionArn=arn)["events"]:
            if event["type"] == "TaskSubmitted":
                return dict(json.loads(event["taskSubmittedEventDetails"]["output"]))
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_message_carries_a_token_and_its_answer_ends_the_task(serve, moto, aws):
    states = serve("--aws", moto).client("stepfunctions")
    queue = aws("sqs").create_queue(QueueName="orders")["QueueUrl"]
    body = {"Order": 7, "Token.$": "$$.Task.Token"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
    task["Parameters"] = {"QueueUrl": queue, "MessageBody": body}
    arn = machine(states, json.dumps({"StartAt": "Ask", "States": {"Ask": task}}))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    (message,) = aws("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    order = json.loads(message["Body"])
    assert order["Order"] == 7
    submitted = submitted_by(states, execution)  # an answer before that is heard too, and nothing is submitted then
    assert submitted["MessageId"] == message["MessageId"]
    states.send_task_success(taskToken=order["Token"], output='{"paid":true}')
    assert json.loads(ended(states, execution)["output"]) == {"paid": True}


def test_logs_reach_their_group_before_the_server_ends(serve, moto, aws):
    server = serve("--aws", moto)
    states, logs = server.client("stepfunctions"), aws("logs")
    destination = {"logGroupArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"}
    logging = {"level": "ALL", "includeExecutionData": True, "destinations": [{"cloudWatchLogsLogGroup": destination}]}
    definition = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})
    with pytest.raises(ClientError, match=r"InvalidLoggingConfiguration.*Log Destination not found\.$"):
        machine(states, definition, loggingConfiguration=logging)
    logs.create_log_group(logGroupName=GROUP)
    arn = machine(states, definition, loggingConfiguration=logging)
    started = [states.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(20)]
    for execution in started:
        ended(states, execution)
    assert server.stop() == 0
    streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="states/machine/")["logStreams"]
    (name,) = [stream["logStreamName"] for stream in streams]
    events = logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True)["events"]
    records = [json.loads(event["message"]) for event in events]
    assert sorted(record["execution_arn"] for record in records) == sorted(started * 4)
    assert "not delivered" not in "".join(server.log)
