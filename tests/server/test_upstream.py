"""Requests for other services, passed on to a stand-in for AWS, and to endpoints that misbehave."""

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Self

import pytest
from aiohttp import web
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from tests.server.raw import connect, read, request, send
from tests.serving import Server

CALLS = [
    ("sqs", "list_queues"),
    ("s3", "list_buckets"),
    ("sns", "list_topics"),
    ("ec2", "describe_vpcs"),
    ("cloudwatch", "list_metrics"),
]
"""One of each protocol."""


def signed(service: str) -> str:
    """Return headers that name a service, as a signature does."""
    scope = f"test/20260101/us-east-1/{service}/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return f"X-Amz-Date: 20260101T000000Z\r\nAuthorization: {signature}\r\n"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def passing(moto, tmp_path_factory):
    folder = tmp_path_factory.mktemp("passing")
    limits = {"TOBIISHI_LIMITS_BODY_SECONDS": "0.5"}
    with Server(folder / "data", "--aws", moto, env=limits, folder=folder) as server:
        yield server
        assert "Traceback" not in "".join(server.log)


@pytest.fixture(scope="module")
def lonely(tmp_path_factory):
    """A server whose endpoint is not there."""
    folder = tmp_path_factory.mktemp("lonely")
    with Server(folder / "data", "--aws", "http://127.0.0.1:9", folder=folder) as server:
        yield server


@pytest.fixture(scope="module", params=[[], ["--aws", "real"]], ids=["nowhere", "real"])
def closed(request, tmp_path_factory):
    """A server that passes nothing on."""
    folder = tmp_path_factory.mktemp("closed")
    with Server(folder / "data", *request.param, folder=folder) as server:
        yield server


class Endpoint:
    """Answers every request with what it got, or by not answering."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    async def _answer(self, got: web.BaseRequest) -> web.StreamResponse:
        if "X-Break" in got.headers:
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(got)
            await response.write(b"half")
            assert got.transport is not None
            got.transport.abort()
            return response
        self.requests.append((got.method, got.raw_path, dict(got.headers), await got.read()))
        kept = {"Content-Encoding": "gzip", "X-Amz-Id-2": "id", "Connection": "X-Private", "X-Private": "no"}
        return web.Response(status=418, reason="Teapot", body=b"\x1f\x8bnot really", headers=kept)

    async def _serve(self) -> web.ServerRunner:
        runner = web.ServerRunner(web.Server(self._answer))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def _run(self) -> None:
        runner = self._loop.run_until_complete(self._serve())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def endpoint():
    with Endpoint() as endpoint:
        yield endpoint


# -- a stand-in for AWS ------------------------------------------------------------------------------------------------
def test_one_endpoint_serves_a_whole_application(passing):
    s3 = passing.client("s3")
    s3.create_bucket(Bucket="passing")
    body = bytes(range(256)) * 20_000
    s3.put_object(Bucket="passing", Key="a folder/ü+%41&b", Body=body)
    assert s3.get_object(Bucket="passing", Key="a folder/ü+%41&b")["Body"].read() == body
    assert s3.head_object(Bucket="passing", Key="a folder/ü+%41&b")["ContentLength"] == len(body)
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="passing", Key="another")
    queue = passing.client("sqs").create_queue(QueueName="passing")["QueueUrl"]
    assert queue.startswith(passing.url)
    passing.client("sqs").send_message(QueueUrl=queue, MessageBody="hello")
    assert passing.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    assert passing.client("dynamodb").list_tables()["TableNames"] == []
    assert passing.client("ec2").describe_vpcs()["Vpcs"]
    assert passing.client("cloudwatch").list_metrics()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_is_served_here_goes_nowhere_else(serve, endpoint):
    server = serve("--aws", endpoint.url)
    server.client("stepfunctions").list_state_machines()
    server.client("lambda").list_functions()
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Other.Operation\r\n{signed('states')}\r\n"
    answer = send(server.url, head.encode())
    assert answer is not None
    assert answer.status == 400
    assert endpoint.requests == []


def test_a_slow_body_is_given_up(passing):
    head = f"PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n{signed('s3')}"
    with connect(passing.url) as connection:
        connection.sendall(f"{head}\r\nhalf".encode())
        answer = read(connection)
    assert answer is not None
    assert answer.status == 408
    assert b"<Code>RequestTimeoutException</Code>" in answer.body


# -- what goes over the wire -------------------------------------------------------------------------------------------
def test_a_request_arrives_as_it_was_sent_and_its_answer_too(serve, endpoint):
    server = serve("--aws", endpoint.url)
    path = "/a%2Fb//c/../d%zz?x=%20+&y&x=2"
    given = {
        "Content_Type": "odd/type",
        "X_Amz_Date": "now",
        "Accept_Encoding": "br",
        "Connection": "keep-alive, X-Mine",
    }
    answer = request(server.url, "PATCH", path, b"\x00body", Host="localhost:9", X_Mine="private", Te="gzip", **given)
    ((method, arrived, headers, body),) = endpoint.requests
    assert (method, arrived, body) == ("PATCH", path, b"\x00body")
    assert headers == {
        "Host": "localhost:9",
        "Content-Length": "5",
        "Content-Type": "odd/type",
        "X-Amz-Date": "now",
        "Accept-Encoding": "br",
        "X-Tobiishi-Hop": "1",
    }
    assert (answer.status, answer.body) == (418, b"\x1f\x8bnot really")
    assert (answer.headers["content-encoding"], answer.headers["x-amz-id-2"]) == ("gzip", "id")
    assert "x-private" not in answer.headers


def test_a_request_comes_through_once(serve, endpoint):
    server = serve("--aws", endpoint.url)
    answer = request(server.url, X_Tobiishi_Hop="1", X_Amz_Target="AmazonSQS.ListQueues")
    assert (answer.status, json.loads(answer.body)["__type"]) == (508, "LoopDetectedException")
    assert endpoint.requests == []


def test_an_endpoint_that_leads_back_here_ends_after_one_round(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as held:
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
    with Server(tmp_path / "data", "--aws", url, port=url.rpartition(":")[2]) as server:
        with pytest.raises(ClientError) as raised:
            server.client("sqs").list_queues()
        assert raised.value.response["Error"]["Code"] == "LoopDetectedException"
        assert server.wrote("(?s)operation=ListQueues.*operation=ListQueues")


def test_half_an_answer_is_not_taken_for_a_whole_one(serve, endpoint):
    server = serve("--aws", endpoint.url)
    with connect(server.url) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Break: 1\r\n\r\n")
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65_536):
                received += piece
    assert received.endswith(b"half")
    assert b"Content-Length: 100" in received
    assert request(server.url, "GET", "/ready", b"").status == 200
    assert "Traceback" not in "".join(server.log)


# -- nowhere to pass it on ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("service", "call"), CALLS)
def test_an_endpoint_that_is_not_there_is_an_error_in_the_services_own_form(lonely, service, call):
    with pytest.raises(ClientError) as raised:
        getattr(lonely.client(service), call)()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert raised.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert "--aws" in raised.value.response["Error"]["Message"]


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_without_an_endpoint_the_answer_says_what_to_do(closed, service, call):
    with pytest.raises(ClientError) as raised:
        getattr(closed.client(service), call)()
    assert raised.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "--aws" in raised.value.response["Error"]["Message"]


def test_no_request_is_aimed_past_the_endpoint(serve, endpoint):
    server = serve("--aws", endpoint.url)
    for target in ("@127.0.0.1:9/", "http://127.0.0.1:9/", "*"):
        answer = request(server.url, "GET", target, b"")
        assert answer.status in {400, 403}
    assert endpoint.requests == []
