"""Clients that are slow, many, huge, or speak no HTTP: answered as AWS would, or cut off, and nothing is held."""

import json
import socket
from contextlib import ExitStack
from typing import Any, NoReturn

import pytest

from tests.server.raw import Answer, connect, read, request, send
from tests.serving import Server

LIST: dict[str, Any] = {"X_Amz_Target": "AWSStepFunctions.ListStateMachines"}
ROLE = "arn:aws:iam::123456789012:role/any"
HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.ListStateMachines\r\n"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A server that waits for nobody."""
    flags = {"IDLE_SECONDS": "0.5", "BODY_SECONDS": "0.5", "CONNECTIONS": "4", "BODY_BYTES": "2048"}
    environment = {f"TOBIISHI_LIMITS_{name}": value for name, value in flags.items()}
    folder = tmp_path_factory.mktemp("hasty")
    with Server(folder / "data", env=environment, folder=folder) as server:
        yield server
        assert "Traceback" not in "".join(server.log)


def is_well(server: Server) -> bool:
    return request(server.url, "GET", "/ready", b"").status == 200


def send_for_ever(connection: socket.socket, text: bytes) -> NoReturn:
    while True:
        connection.sendall(text)


def code(answer: Answer) -> Any:
    return json.loads(answer.body)["__type"]


@pytest.mark.parametrize(
    "text",
    [
        "GARBAGE\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "POST / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nNo colon here\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        HEAD + "Transfer-Encoding: chunked\r\n\r\nnothex\r\n",
        "GET /" + "a" * 20_000 + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + "X-Long: " + "a" * 20_000 + "\r\n\r\n",
        HEAD + "".join(f"X-{n}: {n}\r\n" for n in range(200)) + "\r\n",
        "GET http://elsewhere/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=range(13),
)
def test_what_is_no_request_gets_an_error_in_json(server, text):
    answer = send(server.url, text.encode("latin-1"))
    assert answer is not None
    assert 400 <= answer.status < 500
    assert code(answer)
    assert "aiohttp" not in answer.body.decode()
    assert is_well(server)


def test_headers_up_to_the_limits_are_taken(server):
    many: dict[str, Any] = {f"X-{n}": "v" for n in range(100)}
    assert request(server.url, X_Long="a" * 16_000, **LIST, **many).status == 200


def test_a_body_that_is_announced_too_large_is_not_waited_for(server):
    text = f"{HEAD}Content-Length: 9000000\r\n\r\n"
    answer = send(server.url, text.encode())
    assert answer is not None
    assert (answer.status, code(answer)) == (413, "RequestEntityTooLargeException")


def test_a_body_that_grows_too_large_ends_there(hasty):
    chunk = b"400\r\n" + b" " * 0x400 + b"\r\n"
    answer = send(hasty.url, (HEAD + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunk * 3)
    assert answer is not None
    assert answer.status == 413
    assert is_well(hasty)


def test_a_client_that_asks_first_is_told_whether_to_send(hasty):
    expecting = HEAD + "Expect: 100-continue\r\nContent-Length: "
    with connect(hasty.url) as connection:
        connection.sendall(f"{expecting}2\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(b"{}")
        answer = read(connection)
    assert answer is not None
    assert answer.status == 200
    refused = send(hasty.url, f"{expecting}9999\r\n\r\n".encode())
    assert refused is not None
    assert refused.status == 413


@pytest.mark.parametrize("sent", ["", "POST / HT", HEAD, HEAD + "X-Slow: "])
def test_slow_headers_end_in_a_closed_connection(hasty, sent):
    assert send(hasty.url, sent.encode()) is None
    assert is_well(hasty)


def test_a_slow_body_ends_in_an_answer_and_a_closed_connection(hasty):
    with connect(hasty.url) as connection:
        connection.sendall(f"{HEAD}Content-Length: 100\r\n\r\n{{".encode())
        answer = read(connection)
        assert answer is not None
        assert (answer.status, code(answer)) == (408, "RequestTimeoutException")
        assert connection.recv(100) == b""


def test_whoever_reads_no_answer_is_cut_off(hasty):
    """The answers are more than the connection itself holds: they would wait in memory for ever."""
    machine = {"definition": '{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}', "name": "m", "roleArn": ROLE}
    arn = hasty.client("stepfunctions").create_state_machine(**machine)["stateMachineArn"]
    asked = json.dumps({"stateMachineArn": arn}).encode()
    text = HEAD.replace("ListStateMachines", "DescribeStateMachine") + f"Content-Length: {len(asked)}\r\n\r\n"
    with connect(hasty.url) as connection, pytest.raises(ConnectionError):
        send_for_ever(connection, (text.encode() + asked) * 100)
    assert is_well(hasty)


def test_half_a_body_harms_nobody(hasty):
    with connect(hasty.url) as connection:
        connection.sendall(f"{HEAD}Content-Length: 100\r\n\r\n{{".encode())
    assert is_well(hasty)


def test_more_connections_than_allowed_are_told_to_come_again(hasty):
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(connect(hasty.url))
        with connect(hasty.url) as one_more:
            answer = read(one_more)
        assert answer is not None
        assert (answer.status, code(answer)) == (503, "ServiceUnavailable")
    while not is_well(hasty):
        pass  # the server sees each connection close in its own time, and every question takes some


def test_requests_that_are_sent_together_are_answered_in_order(server):
    whole = f"{HEAD}Content-Length: 2\r\n\r\n{{}}"
    probe = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(server.url) as connection:
        connection.sendall((whole + probe).encode())
        received = b""
        while b"alive" not in received:
            received += connection.recv(65_536)
    assert received.index(b"stateMachines") < received.index(b"alive")


def test_the_server_does_not_say_what_it_is_made_of(server):
    answer = request(server.url, "GET", "/health", b"")
    assert answer.headers["server"] == "tobiishi"
    refused = send(server.url, b"GARBAGE\r\n\r\n")
    assert refused is not None
    assert refused.headers["server"] == "tobiishi"
