"""A real moto server for the whole session, emptied before each test that uses it."""

import socket
import urllib.request

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from tobiishi.asl.resources import parse_resource
from tobiishi.tasks.contract import TaskRequest


@pytest.fixture(scope="session")
def moto_server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_url(moto_server):
    """Return the URL of an empty AWS."""
    reset = urllib.request.Request(f"{moto_server}/moto-api/reset", method="POST")
    with urllib.request.urlopen(reset):
        return moto_server


@pytest.fixture
def boto(aws_url):
    """Return a function that makes a boto3 client of that AWS, to prepare and to look."""
    clients = []

    def client(service, **settings):
        made = boto3.client(
            service,
            endpoint_url=aws_url,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}),
            **settings,
        )
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


@pytest.fixture
def free_port():
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def task():
    """Return a function that makes a request: `task("aws-sdk:s3:getObject", Bucket="b")`."""

    def make(resource, /, *, attempt=0, event=7, credentials=None, arguments=None, **members):
        return TaskRequest(
            execution_arn="arn:aws:states:eu-central-1:123456789012:execution:nightly:run-1",
            execution_name="run-1",
            machine_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:nightly",
            role_arn="arn:aws:iam::123456789012:role/nightly",
            region="eu-central-1",
            state="Call",
            event=event,
            resource=parse_resource(resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"),
            arguments=members if arguments is None else arguments,
            attempt=attempt,
            credentials=credentials,
        )

    return make
