"""No web page reaches an operation: asked of the real server, as a browser would ask."""

import base64
import json

import pytest

from tests.server.conftest import machine
from tests.server.raw import request, send
from tobiishi.server.guard import Guard
from tobiishi.server.refusals import RefusedError
from tobiishi.wire.contract import Request

PASS = '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}'
FROM_A_PAGE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "evil.example:8083"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "sync-evil.example"},
    {"Host": ""},
    {"Host": "localhost:80@evil.example"},
    {"Host": "[::1].evil.example"},
    {"Host": "evil.example,x.localhost"},
    {"Host": "evil.example .localhost"},
]


@pytest.fixture(scope="module")
def sfn(server):
    return server.client("stepfunctions")


@pytest.fixture(scope="module")
def arn(sfn):
    return machine(sfn, PASS)


@pytest.mark.parametrize("headers", FROM_A_PAGE, ids=str)
def test_a_page_starts_no_execution(server, sfn, arn, headers):
    body = json.dumps({"stateMachineArn": arn}).encode()
    answer = request(server.url, body=body, X_Amz_Target="AWSStepFunctions.StartExecution", **headers)
    assert answer.status == 403
    assert json.loads(answer.body)["__type"] == "AccessDeniedException"
    assert sfn.list_executions(stateMachineArn=arn)["executions"] == []


@pytest.mark.parametrize("headers", FROM_A_PAGE, ids=str)
def test_a_page_makes_no_function(server, headers):
    function = {
        "FunctionName": "evil",
        "Runtime": "python3.11",
        "Role": "arn:aws:iam::123456789012:role/any",
        "Handler": "index.handler",
        "Code": {"ZipFile": base64.b64encode(b"code").decode()},
    }
    headers = {"Content_Type": "text/plain", "User_Agent": "Mozilla/5.0", **headers}
    answer = request(server.url, path="/2015-03-31/functions", body=json.dumps(function).encode(), **headers)
    assert answer.status == 403
    assert server.client("lambda").list_functions()["Functions"] == []


@pytest.mark.parametrize("path", ["/", "/2015-03-31/functions", "/health"])
def test_no_preflight_is_granted(server, path):
    wanted = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "x-amz-target"}
    answer = request(server.url, "OPTIONS", path, b"", Origin="https://evil.example", **wanted)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_probes_are_guarded_too(server):
    assert request(server.url, "GET", "/ready", b"", Host="evil.example").status == 403


def test_without_a_host_nothing_is_answered(server):
    answer = send(server.url, b"GET /health HTTP/1.0\r\n\r\n")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.8.8:1", "[::1]:8083", "LOCALHOST:1", "sync-localhost"]
)
def test_loopback_is_served_by_any_of_its_names(server, host):
    assert request(server.url, "GET", "/ready", b"", Host=host).status == 200


def test_hosts_can_be_allowed_with_and_without_sync(serve):
    server = serve("--allowed-host", "engine.internal", "--allowed-host", "other.internal")
    for host in ("engine.internal", "sync-engine.internal:80", "Other.Internal."):
        assert request(server.url, "GET", "/ready", b"", Host=host).status == 200
    assert request(server.url, "GET", "/ready", b"", Host="third.internal").status == 403


@pytest.mark.parametrize("operation", ["StartSyncExecution", "TestState"])
@pytest.mark.parametrize("prefix", ["", "sync-"])
def test_sync_operations_are_served_on_any_allowed_host(server, sfn, operation, prefix):
    express = machine(sfn, PASS, "express", type="EXPRESS")
    asked = {
        "StartSyncExecution": {"stateMachineArn": express},
        "TestState": {"definition": '{"Type":"Pass","End":true}', "roleArn": "arn:aws:iam::123456789012:role/any"},
    }
    host, target = f"{prefix}localhost:8083", f"AWSStepFunctions.{operation}"
    answer = request(server.url, body=json.dumps(asked[operation]).encode(), X_Amz_Target=target, Host=host)
    assert answer.status == 200
    assert json.loads(answer.body)["status"] == "SUCCEEDED"


def test_the_servers_own_pages_may_ask():
    headers = {"host": "localhost:8083", "origin": "http://localhost:8083", "sec-fetch-site": "same-origin"}
    Guard().check(Request("POST", "/", "", headers, b""))


def test_an_origin_is_another_one_when_its_port_is():
    headers = {"host": "localhost:8083", "origin": "http://localhost:8084"}
    with pytest.raises(RefusedError):
        Guard().check(Request("POST", "/", "", headers, b""))
