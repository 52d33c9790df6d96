"""Many clients at once, and a server that dies under them: nothing accepted is lost, nothing is there twice."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, HTTPClientError

from tests.serving import Server

CLIENTS = 200
STARTS = 10_000
KILLED_AFTER = 3_000
DEFINITION = """{"StartAt": "A", "States": {
    "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}}}"""


def client(url: str) -> Any:
    """Retries what boto3's standard mode retries: throttles, 5xx, connections that break or are refused."""
    return boto3.client(
        "stepfunctions",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=CLIENTS),
    )


GONE = (ConnectionClosedError, EndpointConnectionError, HTTPClientError)


class Starts:
    """The names that are being started, and which of them the server has taken."""

    def __init__(self, sfn: Any, machine: str) -> None:
        self._sfn = sfn
        self._machine = machine
        self._names = itertools.count()
        self._lock = threading.Lock()
        self.accepted: list[str] = []
        self.enough = threading.Event()
        self.back = threading.Event()
        """Set when the server that was killed is there again."""

    def work(self) -> None:
        while (number := next(self._names)) < STARTS:
            arn = self._start(f"n{number}")
            with self._lock:
                self.accepted.append(arn)
                if len(self.accepted) == KILLED_AFTER:
                    self.enough.set()

    def _start(self, name: str) -> str:
        """Start a name; when the connection is lost, again, as soon as the server is back."""
        for _ in range(20):
            try:
                arn: str = self._sfn.start_execution(stateMachineArn=self._machine, name=name, input="{}")[
                    "executionArn"
                ]
            except GONE:
                assert self.back.wait(timeout=60)
            except self._sfn.exceptions.ExecutionAlreadyExists:  # the answer was lost, not the start, and it has ended
                return f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"
            else:
                return arn
        raise AssertionError(f"{name} was never taken")


def statuses(sfn: Any, machine: str) -> dict[str, str]:
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 1000})
    listed = [(each["executionArn"], each["status"]) for page in pages for each in page["executions"]]
    found = dict(listed)
    assert len(found) == len(listed), "an execution is listed twice"
    return found


def test_every_accepted_start_ends_once_though_the_server_is_killed(tmp_path: Path) -> None:
    with Server(tmp_path / "data", "--log-format", "json") as server:
        sfn = client(server.url)
        machine = sfn.create_state_machine(name="m", definition=DEFINITION, roleArn="arn:aws:iam::123456789012:role/r")[
            "stateMachineArn"
        ]
        starts = Starts(sfn, machine)
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = [pool.submit(starts.work) for _ in range(CLIENTS)]
            assert starts.enough.wait(timeout=120)
            server.kill()
            server.start()
            starts.back.set()
            for each in working:
                each.result(timeout=120)
        assert len(set(starts.accepted)) == STARTS
        found = statuses(sfn, machine)
        while "RUNNING" in found.values():
            found = statuses(sfn, machine)  # each question takes its time
        assert found == dict.fromkeys(starts.accepted, "SUCCEEDED")
