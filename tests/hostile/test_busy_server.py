"""A server that somebody keeps as busy as they can still serves everybody else."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.hostile.attacks import PROBE, operation
from tests.server.conftest import machine
from tests.server.raw import connect
from tests.serving import Server

PASS = '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}'
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("busy")
    with Server(folder / "data", folder=folder) as server:
        yield server
        assert "Traceback" not in "".join(server.log)


@pytest.fixture(scope="module")
def sfn(server: Server) -> Any:
    return server.client("stepfunctions")


def walk(sfn: Any) -> float:
    """Have an execution run to its end; return how many seconds it took."""
    began = time.monotonic()
    started = sfn.start_execution(stateMachineArn=machine(sfn, PASS, "walk"))["executionArn"]
    while sfn.describe_execution(executionArn=started)["status"] == "RUNNING":
        pass  # each question takes its time
    return time.monotonic() - began


def bomb(name: str, pattern: str) -> str:
    """Return a machine that starts itself twice."""
    start = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Parameters": {"StateMachineArn": f"{ARN}:{name}"},
        "End": True,
    }
    branches = [{"StartAt": side, "States": {side: start}} for side in ("left", "right")]
    return json.dumps({"StartAt": "B", "States": {"B": {"Type": "Parallel", "End": True, "Branches": branches}}})


@pytest.mark.parametrize("pattern", ["", ".sync"])
def test_a_machine_that_starts_itself_leaves_room_and_can_be_deleted(sfn: Any, pattern: str) -> None:
    name = f"bomb{pattern.replace('.', '-')}"
    arn = machine(sfn, bomb(name, pattern), name)
    sfn.start_execution(stateMachineArn=arn)
    until = time.monotonic() + 3
    while time.monotonic() < until:
        assert walk(sfn) < 5
    sfn.delete_state_machine(stateMachineArn=arn)
    while any(each["name"] == name for each in sfn.list_state_machines()["stateMachines"]):
        assert walk(sfn) < 5


def test_a_thousand_polls_keep_nobody_waiting(server: Server, sfn: Any) -> None:
    arn = sfn.create_activity(name="idle")["activityArn"]
    poll = operation("GetActivityTask", json.dumps({"activityArn": arn}).encode())
    with ExitStack() as stack:
        polls = [stack.enter_context(connect(server.url)) for _ in range(1000)]
        for each in polls:
            each.sendall(poll)
        assert max(walk(sfn) for _ in range(5)) < 2
        with pytest.raises(sfn.exceptions.ActivityWorkerLimitExceeded):
            sfn.get_activity_task(activityArn=arn)
    assert walk(sfn) < 2


def test_requests_without_end_on_one_connection_are_not_hoarded(server: Server, sfn: Any) -> None:
    """A client that sends and never reads is not read from either, once its answers fill the connection."""
    with connect(server.url) as connection:
        connection.settimeout(1)
        sent = 0
        try:
            while sent < 200_000_000:
                sent += connection.send(PROBE * 1000)
        except TimeoutError:
            pass  # the server has stopped reading
        assert sent < 200_000_000
        assert walk(sfn) < 5
