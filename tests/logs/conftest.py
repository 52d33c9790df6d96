"""Log groups of a real moto server, and executions that are logged to them."""

import json
from typing import Any

import pytest

from tests.tasks.conftest import aws_url, boto, free_port, moto_server  # noqa: F401 - fixtures
from tobiishi.logs.configuration import LogGroup
from tobiishi.tasks.aws_calls import AwsCalls
from tobiishi.tasks.aws_clients import Endpoint


def group_arn(name: str) -> str:
    return f"arn:aws:logs:eu-central-1:123456789012:log-group:{name}:*"


def settings_for(name: str, level: str = "ALL", *, include_data: bool = True) -> str:
    """Return a revision's settings that log to a group."""
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": group_arn(name)}}
    logging = {"level": level, "includeExecutionData": include_data, "destinations": [destination]}
    return json.dumps({"loggingConfiguration": logging})


@pytest.fixture
def calls(aws_url):  # noqa: F811 - the fixture
    made = AwsCalls(Endpoint(aws_url))
    yield made
    made.close()


@pytest.fixture
def group(boto):  # noqa: F811 - the fixture
    """Make a log group and return it."""
    boto("logs").create_log_group(logGroupName="/aws/vendedlogs/states/orders")
    return LogGroup(group_arn("/aws/vendedlogs/states/orders"))


@pytest.fixture
def logged(boto):  # noqa: F811 - the fixture
    """Return a function that returns what the streams of a group hold: messages as they are, by stream's name."""

    def read(group: LogGroup) -> dict[str, list[str]]:
        client = boto("logs")
        streams = client.describe_log_streams(logGroupName=group.name)["logStreams"]
        return {stream["logStreamName"]: _messages(client, group, stream["logStreamName"]) for stream in streams}

    return read


def _messages(client: Any, group: LogGroup, stream: str) -> list[str]:
    found = client.get_log_events(logGroupName=group.name, logStreamName=stream, startFromHead=True)
    return [event["message"] for event in found["events"]]
