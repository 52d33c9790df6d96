"""AWS REST JSON: how requests for Lambda find their operation, and how their members and answers are spread."""

import json
import logging
from typing import Any

import pytest

from tests.wire.serving import CALLER, Answer, Served
from tobiishi.wire.contract import ApiError, Request, Response
from tobiishi.wire.rest_json import RestService

FUNCTIONS = "/2015-03-31/functions"


async def ask(
    api: Served, method: str, path: str, *, query: str = "", headers: dict[str, str] | None = None, body: bytes = b""
) -> Response:
    response = await RestService(api).answer(Request(method, path, query, headers or {}, body), CALLER)
    assert response is not None
    return response


def served(**answers: Answer) -> Served:
    return Served("lambda", answers)


async def arrived(operation: str, method: str, path: str, **rest: Any) -> Any:
    """Return the parameters that reach the handler of an operation."""
    api = served(**{operation: {}})
    response = await ask(api, method, path, **rest)
    assert response.status < 300, response.body
    return api.calls[0].params


async def test_members_come_from_path_query_headers_and_body():
    headers = {"x-amz-invocation-type": "Event", "x-amz-log-type": "Tail"}
    path = f"{FUNCTIONS}/my-function/invocations"
    params = await arrived("Invoke", "POST", path, query="Qualifier=live", headers=headers, body=b"\xffraw")
    assert params == {
        "FunctionName": "my-function",
        "Qualifier": "live",
        "InvocationType": "Event",
        "LogType": "Tail",
        "Payload": b"\xffraw",
    }


async def test_the_handler_knows_who_asks():
    api = served(GetAccountSettings={})
    response = await ask(api, "GET", "/2016-08-19/account-settings/")
    (call,) = api.calls
    assert (call.operation, call.region, call.account) == ("GetAccountSettings", "eu-west-1", "123456789012")
    assert response.headers["x-amzn-RequestId"] == call.request_id


async def test_a_label_is_decoded_after_the_path_is_split():
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    params = await arrived("ListTags", "GET", f"/2017-03-31/tags/{arn.replace(':', '%3A')}")
    assert params == {"Resource": arn}
    params = await arrived("GetPolicy", "GET", f"{FUNCTIONS}/f/policy", query="Qualifier=a%2Db")
    assert params == {"FunctionName": "f", "Qualifier": "a-b"}


async def test_a_query_gives_lists_numbers_and_truth_values():
    params = await arrived(
        "UntagResource",
        "DELETE",
        "/2017-03-31/tags/arn:aws:lambda:eu-west-1:123456789012:function:f",
        query="tagKeys=a&tagKeys=b+c",
    )
    assert params["TagKeys"] == ["a", "b c"]
    assert await arrived("ListFunctions", "GET", FUNCTIONS, query="MaxItems=7") == {"MaxItems": 7}


async def test_a_query_in_the_template_tells_operations_apart():
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:l:1"
    params = await arrived("GetLayerVersionByArn", "GET", "/2018-10-31/layers", query=f"find=LayerVersion&Arn={arn}")
    assert params == {"Arn": arn}
    assert await arrived("ListLayers", "GET", "/2018-10-31/layers", query="MaxItems=1") == {"MaxItems": 1}


async def test_a_body_cannot_set_what_stands_in_the_path():
    params = await arrived(
        "UpdateFunctionCode", "PUT", f"{FUNCTIONS}/f/code", body=b'{"FunctionName": 5, "DryRun": true}'
    )
    assert params == {"FunctionName": "f", "DryRun": True}


async def test_an_answer_is_spread_over_status_headers_and_body():
    answer = {"StatusCode": 202, "FunctionError": "Unhandled", "LogResult": None, "Payload": b'{"a":1}'}
    response = await ask(served(Invoke=answer), "POST", f"{FUNCTIONS}/f/invocations")
    assert (response.status, response.body) == (202, b'{"a":1}')
    assert response.headers["X-Amz-Function-Error"] == "Unhandled"
    assert "X-Amz-Log-Result" not in response.headers
    assert response.headers["Content-Type"] == "application/json"


async def test_the_model_says_the_status():
    body = b'{"FunctionVersion": "1", "Name": "live"}'
    response = await ask(served(CreateAlias={"Name": "live"}), "POST", f"{FUNCTIONS}/f/aliases", body=body)
    assert (response.status, response.body) == (201, b'{"Name":"live"}')
    response = await ask(served(DeleteAlias={}), "DELETE", f"{FUNCTIONS}/f/aliases/live")
    assert (response.status, response.body) == (204, b"")
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            ApiError("ResourceNotFoundException", "Function not found: f"),
            404,
            {"Type": "User", "Message": "Function not found: f"},
        ),
        (ApiError("ServiceException", "down"), 500, {"Type": "Service", "Message": "down"}),
        (ApiError("ResourceConflictException", "busy"), 409, {"Type": "User", "message": "busy"}),
        (
            ApiError("Unmodelled", "hm", 418, Detail="d", None_=None),
            418,
            {"Type": "User", "message": "hm", "Detail": "d"},
        ),
    ],
    ids=lambda value: value.code if isinstance(value, ApiError) else "",
)
async def test_errors_are_written_as_the_model_has_them(error, status, body):
    response = await ask(served(GetFunction=error), "GET", f"{FUNCTIONS}/f")
    assert (response.status, json.loads(response.body)) == (status, body)
    assert response.headers["x-amzn-ErrorType"] == error.code


async def test_a_member_of_an_error_may_stand_in_a_header():
    error = ApiError("TooManyRequestsException", "slow down", retryAfterSeconds="3", Reason="CallerRateLimitExceeded")
    response = await ask(served(GetFunction=error), "GET", f"{FUNCTIONS}/f")
    assert response.status == 429
    assert response.headers["Retry-After"] == "3"
    assert json.loads(response.body)["Reason"] == "CallerRateLimitExceeded"


async def test_a_fault_is_logged_and_answered_without_details(caplog):
    with caplog.at_level(logging.ERROR, "tobiishi.wire"):
        response = await ask(served(GetFunction=RuntimeError("inner workings")), "GET", f"{FUNCTIONS}/f")
    assert response.status == 500
    assert response.headers["x-amzn-ErrorType"] == "InternalFailure"
    assert b"inner" not in response.body
    assert response.headers["x-amzn-RequestId"] in caplog.text


@pytest.mark.parametrize(
    "path", ["/", "/2015-03-31", "/2015-03-31/functions/f/nothing", "/2015-03-31/functions/a/b", "x"]
)
async def test_a_path_that_no_operation_has_is_for_somebody_else(path):
    assert await RestService(served()).answer(Request("GET", path, "", {}, b""), CALLER) is None


async def test_a_method_that_a_path_does_not_have():
    response = await ask(served(), "PATCH", f"{FUNCTIONS}/f")
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")


async def test_an_operation_that_is_not_served_says_so():
    response = await ask(served(), "GET", f"{FUNCTIONS}/f")
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, "UnsupportedOperation")
    assert b"GetFunction" in response.body


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", FUNCTIONS, "MaxItems=many", b""),
        ("GET", FUNCTIONS, "MaxItems=1_0", b""),
        ("GET", FUNCTIONS, "MaxItems=%ff", b""),
        ("GET", FUNCTIONS, "&".join(["a=b"] * 1001), b""),
        ("GET", f"{FUNCTIONS}/%ff", "", b""),
        ("POST", FUNCTIONS, "", b"{"),
        ("POST", FUNCTIONS, "", b"[]"),
        ("PUT", f"{FUNCTIONS}/f/code", "", b'{"ZipFile": 5}'),
    ],
)
async def test_what_cannot_be_read(method, path, query, body):
    response = await ask(
        served(ListFunctions={}, GetFunction={}, CreateFunction={}, UpdateFunctionCode={}),
        method,
        path,
        query=query,
        body=body,
    )
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, "SerializationException")


async def test_constraints_name_their_place_in_lower_camel_case():
    response = await ask(served(GetFunction={}), "GET", f"{FUNCTIONS}/f", query="Qualifier=%20")
    assert json.loads(response.body)["message"].startswith(
        "1 validation error detected: Value ' ' at 'qualifier' failed"
    )


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [("Timeout", 901, 900), ("MemorySize", 10_241, 10_240), ("EphemeralStorage", {"Size": 10_241}, 10_240)],
)
async def test_functions_are_no_larger_than_those_that_lambda_itself_runs(name, value, most):
    api, body = served(UpdateFunctionConfiguration={}), json.dumps({name: value}).encode()
    response = await ask(api, "PUT", f"{FUNCTIONS}/f/configuration", body=body)
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert f"less than or equal to {most}" in json.loads(response.body)["message"]
