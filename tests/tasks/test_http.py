"""HTTP tasks against a real server, and against sockets that misbehave."""

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tobiishi.tasks import http
from tobiishi.tasks.connections import ApiKey, Basic, Connection, HttpParameters, OAuth
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.tasks.http import HttpInvoke

ARN = "arn:aws:events:eu-central-1:123456789012:connection/api/0a1b2c3d-0000-0000-0000-000000000000"


class Fixed:
    """One connection, whatever the ARN."""

    def __init__(self, connection: Connection) -> None:
        self.kept = connection

    async def connection(self, arn: str) -> Connection:
        assert arn == ARN
        return self.kept


class Turned:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
async def serve():
    """Return a function that serves a handler at every path and returns the URL."""
    runners = []

    async def start(handler):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def invoke(task):
    """Return a function that calls: `await invoke(connection, **arguments)`."""
    made = []

    async def call(connection, /, clock=None, **arguments):
        http_invoke = HttpInvoke(Fixed(connection), *([clock] if clock else []))
        made.append(http_invoke)
        arguments = {"InvocationConfig": {"ConnectionArn": ARN}, "Method": "GET"} | arguments
        return await http_invoke.call(task("http:invoke", arguments=arguments))

    yield call
    for each in made:
        await each.close()


NOTHING = HttpParameters()
BASIC = Connection("api", Basic("me", "hush-hush"))


async def echo(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "method": request.method,
            "path": request.raw_path,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": await request.text(),
        }
    )


async def failure(call: Awaitable[Any]) -> tuple[str, str]:
    with pytest.raises(TaskError) as caught:
        await call
    return caught.value.error, caught.value.cause or ""


async def test_the_result_has_headers_body_and_status(serve, invoke):
    async def answer(request):
        response = web.json_response({"a": [1]})
        response.headers.add("X-Twice", "one")
        response.headers.add("X-Twice", "two")
        return response

    result = await invoke(BASIC, ApiEndpoint=await serve(answer))
    assert result["ResponseBody"] == {"a": [1]}
    assert result["StatusCode"] == 200
    assert result["StatusText"] == "OK"
    assert result["Headers"]["x-twice"] == ["one", "two"]
    assert result["Headers"]["content-type"] == ["application/json; charset=utf-8"]


async def test_what_is_sent(serve, invoke):
    result = await invoke(
        Connection("api", ApiKey("X-Key", "key-value"), HttpParameters(query=(("q", "from connection"),))),
        ApiEndpoint=f"{await serve(echo)}/v1/things",
        Method="POST",
        Headers={"X-Mine": "1"},
        QueryParameters={"q": "mine", "tag": ["a b", "c"]},
        RequestBody={"n": 1},
    )
    seen = result["ResponseBody"]
    assert (seen["method"], seen["path"]) == ("POST", "/v1/things?tag=a%20b&tag=c&q=from%20connection")
    assert json.loads(seen["body"]) == {"n": 1}
    headers = seen["headers"]
    assert headers["x-mine"] == "1"
    assert headers["content-type"] == "application/json; charset=UTF-8"
    assert headers["user-agent"] == "Amazon|StepFunctions|HttpInvoke|eu-central-1"
    assert headers["range"] == "bytes=0-262144"
    assert "accept-encoding" not in headers


async def test_secrets_that_an_endpoint_echoes_do_not_show(serve, invoke):
    async def answer(request):
        response = await echo(request)
        response.headers["X-Echo"] = request.headers["X-Key"]
        return response

    result = await invoke(Connection("api", ApiKey("X-Key", 'ke"y-value')), ApiEndpoint=await serve(answer))
    assert result["ResponseBody"]["headers"]["x-key"] == "***"
    assert result["Headers"]["x-echo"] == ["***"]


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("secret", ['a"b&c/d', "pa/ss wörd", "back\\slash", "plain-text"])
async def test_secrets_in_a_body_that_is_echoed_within_json_do_not_show(serve, invoke, secret, status):
    async def answer(request):
        return web.json_response({"body": await request.text(), "url": str(request.raw_path)}, status=status)

    parameters = HttpParameters(query=(("q", secret),), body=(("token", secret),), secrets=frozenset({secret}))
    connection = Connection("api", ApiKey("X-Key", "key-value"), parameters)
    call = invoke(connection, ApiEndpoint=await serve(answer), Method="POST", RequestBody={"a": 1})
    if status == 200:
        body = (await call)["ResponseBody"]
        assert json.loads(body["body"]) == {"a": 1, "token": "***"}
        assert body["url"] == "/?q=***"
    else:
        _, cause = await failure(call)
        assert json.loads(cause) == {"body": '{"a":1,"token":"***"}', "url": "/?q=***"}


async def test_nor_do_they_in_a_cause(serve, invoke):
    async def refuse(request):
        return web.Response(status=403, text=f"wrong: {request.headers['Authorization']}")

    assert await failure(invoke(BASIC, ApiEndpoint=await serve(refuse))) == (
        "States.Http.StatusCode.403",
        "wrong: Basic ***",
    )


async def test_an_error_without_a_body_has_its_reason(serve, invoke):
    async def gone(request):
        return web.Response(status=410)

    assert await failure(invoke(BASIC, ApiEndpoint=await serve(gone))) == ("States.Http.StatusCode.410", "Gone")


async def test_redirects_are_not_followed(serve, invoke):
    seen = []

    async def redirect(request):
        seen.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    error, _ = await failure(invoke(BASIC, ApiEndpoint=await serve(redirect)))
    assert error == "States.Http.StatusCode.302"
    assert seen == ["/"]


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        ("text/plain", b"hi", "hi"),
        ("text/plain; charset=latin-1", b"\xe9", "é"),
        ("application/problem+json", b'{"a":1}', {"a": 1}),
        ("application/json", b"not json", "not json"),
        ("application/json", b"", ""),
    ],
)
async def test_bodies(serve, invoke, content_type, body, value):
    async def answer(request):
        return web.Response(body=body, headers={"Content-Type": content_type})

    assert (await invoke(BASIC, ApiEndpoint=await serve(answer)))["ResponseBody"] == value


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/octet-stream", b"text"),
        ("image/png", b"text"),
        ("text/plain", b"\xff\xfe"),
        ("text/plain; charset=klingon", b"text"),
        ("application/json", bytes.fromhex("1f8b0800")),
    ],
)
async def test_binary_answers_fail(serve, invoke, content_type, body):
    async def answer(request):
        return web.Response(body=body, headers={"Content-Type": content_type})

    error, _ = await failure(invoke(BASIC, ApiEndpoint=await serve(answer)))
    assert error == "States.Runtime"


async def test_an_endless_answer_is_not_read_to_its_end(serve, invoke):
    sent = 0

    async def pour(request):
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        while sent < 100_000_000:
            await response.write(b"x" * 65536)
            sent += 65536
        return response

    error, cause = await failure(invoke(BASIC, ApiEndpoint=await serve(pour)))
    assert error == "States.DataLimitExceeded"
    assert cause == (
        "The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit."
    )
    assert sent < 100_000_000


async def test_nobody_listens(free_port, invoke):
    error, cause = await failure(invoke(BASIC, ApiEndpoint=f"http://127.0.0.1:{free_port}"))
    assert error == "States.Http.Socket"
    assert "127.0.0.1" in cause


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"nonsense\r\n\r\n"])
async def test_a_connection_that_drops(invoke, answer):
    async def drop(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(drop, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error, _ = await failure(invoke(BASIC, ApiEndpoint=f"http://127.0.0.1:{port}"))
    assert error == "States.Http.Socket"


async def test_a_slow_endpoint_runs_into_the_limit(serve, invoke, monkeypatch):
    never = asyncio.Event()

    async def hang(request):
        await never.wait()

    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.05)
    error, cause = await failure(invoke(BASIC, ApiEndpoint=await serve(hang)))
    never.set()
    assert error == "States.Http.Socket"
    assert cause.startswith("No answer within")


@pytest.fixture
def self_signed(tmp_path):
    """Return a server's TLS context with a certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = tmp_path / "server.pem"
    file.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_certificate_that_nobody_vouches_for_is_refused(invoke, self_signed):
    seen = []

    async def accept(reader, writer):
        seen.append(await reader.read())

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=self_signed) as server:
        port = server.sockets[0].getsockname()[1]
        error, cause = await failure(invoke(BASIC, ApiEndpoint=f"https://127.0.0.1:{port}"))
    assert error == "States.Http.Socket"
    assert "certificate" in cause.lower()
    assert b"".join(seen) == b""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"Method": "TRACE"}, "The field 'Method' should have one of these values"),
        ({"InvocationConfig": {}}, "The field 'ConnectionArn' is required but was missing"),
        ({"Headers": {"Host": "elsewhere"}}, "The header 'Host' is not supported by Step Functions"),
    ],
)
async def test_arguments_that_make_no_request(task, arguments, problem):
    usable = {"ApiEndpoint": "http://127.0.0.1", "Method": "GET", "InvocationConfig": {"ConnectionArn": ARN}}
    request = task("http:invoke", arguments=usable | arguments)
    http = HttpInvoke(Fixed(BASIC))
    refusal = http.refusal(request.resource, request.arguments)
    assert refusal is not None
    assert f"could not be used to start the Task: [{problem}" in refusal
    assert http.refusal(request.resource, usable) is None


async def test_a_body_that_the_connections_own_does_not_go_with(invoke):
    connection = replace(BASIC, parameters=HttpParameters(body=(("tenant", "t1"),)))
    error, cause = await failure(invoke(connection, ApiEndpoint="http://127.0.0.1", Method="POST", RequestBody="text"))
    assert error == "States.Runtime"
    assert "could not be used to start the Task: [The field 'RequestBody' must be an object" in cause
    assert "t1" not in cause


# -- OAuth -------------------------------------------------------------------------------------------------------------
class Issuer:
    """An authorization endpoint and an API that takes its tokens."""

    def __init__(self, expires_in: int = 100) -> None:
        self.expires_in = expires_in
        self.forms: list[dict[str, Any]] = []
        self.revoked: set[str] = set()
        self.calls = 0

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/token":
            self.forms.append(dict(await request.post()))
            return web.json_response({"access_token": f"token-{len(self.forms)}", "expires_in": self.expires_in})
        self.calls += 1
        if request.headers["Authorization"].removeprefix("Bearer ") in self.revoked:
            return web.Response(status=401, text="who is " + request.headers["Authorization"])
        return web.json_response({"seen": request.headers["Authorization"]})


def oauth(url: str, parameters: HttpParameters = NOTHING) -> Connection:
    return Connection("api", OAuth(f"{url}/token", "POST", "client", "client-secret", parameters))


@pytest.fixture
async def issued(serve, task):
    """Return an issuer, a clock, and a function that calls the API."""
    issuer, clock = Issuer(), Turned()
    url = await serve(issuer.answer)
    http_invoke = HttpInvoke(Fixed(oauth(url, HttpParameters(body=(("scope", "all"),)))), clock)
    request: TaskRequest = task(
        "http:invoke", arguments={"InvocationConfig": {"ConnectionArn": ARN}, "Method": "POST", "ApiEndpoint": url}
    )
    yield issuer, clock, lambda: http_invoke.call(request)
    await http_invoke.close()


async def test_a_token_is_fetched_once_and_never_shows(issued):
    issuer, _, call = issued
    results = await asyncio.gather(*(call() for _ in range(5)))
    assert issuer.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "client",
            "client_secret": "client-secret",
            "scope": "all",
        }
    ]
    assert [result["ResponseBody"] for result in results] == [{"seen": "Bearer ***"}] * 5


async def test_a_token_is_fetched_again_before_it_expires(issued):
    issuer, clock, call = issued
    await call()
    clock.now = 69
    await call()
    assert len(issuer.forms) == 1
    clock.now = 71
    await call()
    assert len(issuer.forms) == 2


async def test_a_refused_token_is_replaced_once(issued):
    issuer, _, call = issued
    issuer.revoked = {"token-1"}
    assert (await call())["StatusCode"] == 200
    assert (len(issuer.forms), issuer.calls) == (2, 2)


async def test_a_second_refusal_is_the_answer(issued):
    issuer, _, call = issued
    issuer.revoked = {"token-1", "token-2"}
    assert await failure(call()) == ("States.Http.StatusCode.401", "who is Bearer ***")
    assert issuer.calls == 2


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (400, '{"error":"invalid_client client-secret"}', "the authorization endpoint answered 400"),
        (200, "no json", "the authorization endpoint gave no token"),
        (200, "[]", "the authorization endpoint gave no token"),
        (200, "{}", "the authorization endpoint gave no token"),
    ],
)
async def test_no_token(serve, invoke, status, text, reason):
    async def refuse(request):
        return web.Response(status=status, text=text)

    url = await serve(refuse)
    assert await failure(invoke(oauth(url), ApiEndpoint=url)) == (
        "Events.ConnectionResource.InvalidConnectionState",
        f"The connection is not authorized: {reason}.",
    )


async def test_no_authorization_endpoint(free_port, invoke):
    url = f"http://127.0.0.1:{free_port}"
    signed = HttpParameters(query=(("pw", "hush-hush"),), secrets=frozenset({"hush-hush"}))
    error, cause = await failure(invoke(oauth(url, signed), ApiEndpoint=url))
    assert error == "Events.ConnectionResource.InvalidConnectionState"
    assert "hush-hush" not in cause


# -- after a crash -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("GET", "RESEND"),
        ("HEAD", "RESEND"),
        ("OPTIONS", "RESEND"),
        ("POST", "LOST"),
        ("PUT", "LOST"),
        ("DELETE", "LOST"),
    ],
)
def test_what_recovery_does(task, method, expected):
    http_invoke = HttpInvoke(Fixed(BASIC))
    request = task("http:invoke", arguments={"Method": method})
    assert http_invoke.after_crash(request) is AfterCrash[expected]
    assert http_invoke.lost_error(request).error == "States.Http.Socket"
