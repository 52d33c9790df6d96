"""Both protocols against botocore's own serializers, validator and parsers: every operation, drawn from its shapes."""

import asyncio
import json
from functools import cache
from typing import Any

import pytest
from botocore.model import OperationModel, StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire import shapes
from tests.wire.serving import REACHED, Everything, as_parsed, as_sent
from tobiishi.wire.contract import Request

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
OPERATIONS = shapes.operations()
FEW = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@cache
def everything(service: str) -> Everything:
    return Everything(service)


def send(service: str, request: Request) -> tuple[int, Any]:
    """Return the status of the answer, and the parameters that reached a handler, if one was reached."""
    api = everything(service)
    response = asyncio.run(api.answer(request, REACHED))
    assert response is not None
    assert 400 <= response.status < 500
    return response.status, api.calls[0].params if api.calls else None


def as_arriving(shape: StructureShape | None, params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters as a server can know them: botocore sends an empty object for a body that is left out."""
    payload = shape.serialization.get("payload") if shape is not None else None
    if shape is None or payload is None or not isinstance(shape.members[payload], StructureShape):
        return params
    return {payload: {}, **params}


def as_readable(model: OperationModel, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer as a client can know it: every answer has a status, and a body that is left out is empty."""
    members = model.output_shape.members if model.output_shape is not None else {}
    always = {
        name: model.http["responseCode"]
        for name, member in members.items()
        if member.serialization.get("location") == "statusCode"
    }
    if model.has_streaming_output:
        always[model.output_shape.serialization["payload"]] = b""
    return {**always, **answer}


@pytest.mark.parametrize(("service", "name"), OPERATIONS, ids=[name for _, name in OPERATIONS])
@FEW
@given(data=st.data())
def test_parameters_arrive_exactly_when_they_are_acceptable(service, name, data):
    model = shapes.operation(service, name)
    params = data.draw(shapes.members(model.input_shape, lacking=data.draw(st.integers(0, 9)) == 9))
    status, arrived = send(service, as_sent(model, params))
    if shapes.acceptable(model.input_shape, params):
        assert (status, arrived) == (418, as_arriving(model.input_shape, params))
    else:
        assert (status, arrived) == (400, None)


@pytest.mark.parametrize(("service", "name"), OPERATIONS, ids=[name for _, name in OPERATIONS])
@FEW
@given(data=st.data())
def test_answers_are_read_as_they_were_given(service, name, data):
    model = shapes.operation(service, name)
    answer = data.draw(shapes.members(model.output_shape))
    request = as_sent(model, data.draw(shapes.fewest_members(model.input_shape)))
    response = asyncio.run(everything(service).answer(request, answer))
    assert response is not None
    parsed = as_parsed(model, response)
    assert 200 <= parsed.pop("ResponseMetadata")["HTTPStatusCode"] < 300
    assert parsed == as_readable(model, answer)


def scrambled(draw: Any, value: Any) -> Any:
    """Return a JSON value with something else somewhere inside."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: scrambled(draw, value[name])}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [scrambled(draw, value[0]), *value[1:]]
    return draw(JSON)


@settings(max_examples=1000, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_scrambled_members_are_refused_or_read(data):
    service, name = data.draw(st.sampled_from(OPERATIONS))
    model = shapes.operation(service, name)
    request = as_sent(model, data.draw(shapes.members(model.input_shape)))
    if not model.has_streaming_input and request.body[:1] == b"{":
        body = json.dumps(scrambled(data.draw, json.loads(request.body))).encode()
        request = Request(request.method, request.path, request.query, request.headers, body)
    send(service, request)


PATHS = st.sampled_from(
    [shapes.operation("lambda", name).http["requestUri"] for _, name in OPERATIONS if _ == "lambda"]
)


@settings(max_examples=1000)
@given(st.data())
def test_noise_is_refused(data):
    service, name = data.draw(st.sampled_from(OPERATIONS))
    headers = {"x-amz-target": data.draw(st.sampled_from([f"AWSStepFunctions.{name}", "AWSStepFunctions"]) | st.text())}
    method = data.draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]))
    path = data.draw(PATHS) if data.draw(st.booleans()) else data.draw(st.text())
    body = data.draw(st.binary() | st.builds(lambda value: json.dumps(value).encode(), JSON))
    response = asyncio.run(
        everything(service).answer(Request(method, path, data.draw(st.text()), headers, body), REACHED)
    )
    if response is None:
        assert service == "lambda"
    else:
        assert 400 <= response.status < 500
