"""Activity workers and holders of task tokens, against a server process that is left, stopped and killed."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.server.conftest import machine
from tests.server.raw import connect
from tests.serving import Server
from tobiishi import jsontext

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:press"
DEFINITION = jsontext.encode_text(
    {
        "StartAt": "T",
        "States": {"T": {"Type": "Task", "Resource": ACTIVITY, "TimeoutSeconds": 300, "End": True}},
    }
)


def client(url: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=70)
    keys = {"aws_access_key_id": "123456789012", "aws_secret_access_key": "any"}
    return boto3.client("stepfunctions", endpoint_url=url, region_name="us-east-1", config=config, **keys)


def begin(sfn: Any, number: int = 0) -> str:
    """Start an execution that wants a task of the activity done; return its ARN once the task is scheduled."""
    sfn.create_activity(name="press")
    arn = machine(sfn, DEFINITION)
    execution: str = sfn.start_execution(stateMachineArn=arn, input=str(number))["executionArn"]
    return execution


def output(sfn: Any, execution: str) -> str:
    """Wait for an execution's end."""
    while (described := sfn.describe_execution(executionArn=execution))["status"] == "RUNNING":
        pass  # each question takes its time
    assert described["status"] == "SUCCEEDED"
    return str(described["output"])


def poll_and_go(url: str) -> None:
    """Begin to poll as a client that is killed does: the connection breaks, and nobody says anything."""
    body = jsontext.encode({"activityArn": ACTIVITY})
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.GetActivityTask\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/states/aws4_request\r\n\r\n"
    )
    with connect(url) as connection:
        connection.sendall(head.encode() + body)
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)  # it waits


def test_a_worker_that_has_gone_takes_no_task(serve: Callable[..., Server]) -> None:
    server = serve()
    sfn = client(server.url)
    sfn.create_activity(name="press")
    for _ in range(3):
        poll_and_go(server.url)
    execution = begin(sfn)
    task = sfn.get_activity_task(activityArn=ACTIVITY, workerName="alive")
    assert task["input"] == "0"
    sfn.send_task_success(taskToken=task["taskToken"], output="1")
    assert output(sfn, execution) == "1"
    with pytest.raises(sfn.exceptions.TaskTimedOut):
        sfn.send_task_failure(taskToken=task["taskToken"])


def test_a_kill_loses_no_task_and_no_token(serve: Callable[..., Server]) -> None:
    server = serve()
    sfn = client(server.url)
    executions = [begin(sfn, number) for number in range(3)]
    taken = sfn.get_activity_task(activityArn=ACTIVITY)
    server.kill()
    server.start()
    sfn.send_task_heartbeat(taskToken=taken["taskToken"])
    others = [sfn.get_activity_task(activityArn=ACTIVITY) for _ in range(2)]
    assert [task["input"] for task in (taken, *others)] == ["0", "1", "2"]
    for task in (*others, taken):
        sfn.send_task_success(taskToken=task["taskToken"], output=f'"did {task["input"]}"')
    assert [output(sfn, execution) for execution in executions] == ['"did 0"', '"did 1"', '"did 2"']


def test_a_server_that_stops_lets_no_worker_wait(serve: Callable[..., Server]) -> None:
    server = serve()
    sfn = client(server.url)
    sfn.create_activity(name="press")
    answers: list[dict[str, Any]] = []
    worker = threading.Thread(target=lambda: answers.append(sfn.get_activity_task(activityArn=ACTIVITY)))
    worker.start()
    poll_and_go(server.url)  # by then the first one waits
    assert server.stop() == 0
    worker.join(timeout=10)
    assert [answer.get("taskToken") for answer in answers] == [None]
