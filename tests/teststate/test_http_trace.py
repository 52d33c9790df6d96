"""What a test shows of an HTTP task's request and response."""

from typing import Any

import pytest
from aiohttp import web

from tests.tasks.test_http import ARN, Fixed, serve
from tests.teststate.conftest import CALL, Lab, request
from tobiishi import jsontext
from tobiishi.tasks.connections import ApiKey, Connection, HttpParameters
from tobiishi.tasks.http import HttpInvoke
from tobiishi.tasks.registry import Integrations

__all__ = ["serve"]

SECRET = "s3cr3t-value"
CONNECTION = Connection(
    "api",
    ApiKey("X-Api-Key", SECRET),
    HttpParameters(headers=(("X-Added", "h2"),), query=(("q2", "added"),), body=(("b2", "added"),)),
)


async def echo(received: web.Request) -> web.Response:
    """Answer with what came, the key too."""
    body = {"key": received.headers["x-api-key"], "body": await received.text()}
    return web.json_response(body, status=int(received.query.get("status", "200")), headers={"X-Key": SECRET})


@pytest.fixture
async def integrations():
    http = HttpInvoke(Fixed(CONNECTION))
    yield Integrations(services={"http:invoke": http})
    await http.close()


def asked(url: str, **params: Any) -> Any:
    arguments = {
        "ApiEndpoint": f"{url}/orders",
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": ARN},
        "Headers": {"X-Own": "h1"},
        "QueryParameters": {"q1": "own"},
        "RequestBody": {"b1": 1},
    }
    state = {**CALL, "Resource": "arn:aws:states:::http:invoke", "Parameters": arguments}
    return request(state, **{"inspectionLevel": "TRACE", **params})


async def test_what_the_connection_adds_is_left_out(lab: Lab, serve: Any, integrations: Integrations) -> None:
    url = await serve(echo)

    answer = await lab.raw(asked(url), integrations)

    sent = answer["inspectionData"]["request"]
    assert sent == {
        "protocol": "http",
        "method": "POST",
        "url": f"{url}/orders?q1=own",
        "headers": "[x-own: h1, content-type: application/json; charset=UTF-8, "
        "User-Agent: Amazon|StepFunctions|HttpInvoke|eu-west-1, Range: bytes=0-262144]",
        "body": '{"b1":1}',
    }
    response = answer["inspectionData"]["response"]
    assert (response["protocol"], response["statusCode"], response["statusMessage"]) == ("http", "200", "OK")
    assert "x-key: ***" in response["headers"]
    assert jsontext.decode(response["body"])["key"] == "***"
    assert SECRET not in str(answer)


async def test_secrets_are_shown_to_whoever_asks_for_them(lab: Lab, serve: Any, integrations: Integrations) -> None:
    url = await serve(echo)

    data = (await lab.raw(asked(url, revealSecrets=True), integrations))["inspectionData"]

    assert data["request"]["url"] == f"{url}/orders?q1=own&q2=added"
    assert f"x-api-key: {SECRET}" in data["request"]["headers"]
    assert "x-added: h2" in data["request"]["headers"]
    assert jsontext.decode(data["request"]["body"]) == {"b1": 1, "b2": "added"}
    assert jsontext.decode(data["response"]["body"])["key"] == SECRET


async def test_a_response_is_shown_for_a_task_that_failed_too(lab: Lab, serve: Any, integrations: Integrations) -> None:
    url = await serve(echo)
    state = jsontext.decode(asked(url).definition)
    state["Parameters"]["QueryParameters"]["status"] = "503"

    answer = await lab.raw(request(state, inspectionLevel="TRACE"), integrations)

    assert (answer["status"], answer["error"]) == ("FAILED", "States.Http.StatusCode.503")
    assert answer["inspectionData"]["response"]["statusCode"] == "503"


async def test_a_request_without_an_answer_is_shown_alone(lab: Lab, integrations: Integrations) -> None:
    answer = await lab.raw(asked("http://127.0.0.1:1"), integrations)

    assert answer["error"] == "States.Http.Socket"
    assert answer["inspectionData"]["request"]["method"] == "POST"
    assert "response" not in answer["inspectionData"]


async def test_levels_below_trace_show_neither(lab: Lab, serve: Any, integrations: Integrations) -> None:
    data = (await lab.raw(asked(await serve(echo), inspectionLevel="DEBUG"), integrations))["inspectionData"]

    assert "result" in data
    assert not {"request", "response"} & data.keys()
