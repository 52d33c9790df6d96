"""Lambda tasks against functions in real worker processes."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tobiishi.functions.catalogue import FunctionDirectory
from tobiishi.functions.pool import FunctionPool, PoolSettings
from tobiishi.tasks.contract import AfterCrash, TaskError
from tobiishi.tasks.lambda_ import Invocation, LambdaFunction, LambdaInvoke

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:"
SOURCES = {
    "echo": "def handler(event, context): return event",
    "fail": "def handler(event, context):\n    raise LookupError('no order ' + str(event))",
    "long": "class E(Exception): pass\nE.__name__ = 'E' * 300\ndef handler(event, context): raise E('x' * 40_000)",
    "raw": "def handler(text, context): return text.encode()",
    "told": "def handler(event, context): return [context.invoked_function_arn, context.client_context.custom['k']]",
    "touch": "def handler(path, context): open(path, 'w').close()",
    "busy": "def handler(event, context): ...",
}


@pytest.fixture
async def pool(tmp_path):
    folder = tmp_path / "functions"
    folder.mkdir()
    for name, source in SOURCES.items():
        (folder / f"{name}.py").write_text(source)
    (folder / "functions.toml").write_text("busy = { concurrency = 0 }")
    pool = FunctionPool(FunctionDirectory(folder), PoolSettings(), tmp_path / "workers")
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
def call(pool, task):
    """Run a plain function ARN: `await call("echo", payload)`."""

    def run(name, payload):
        return LambdaFunction(pool).call(replace(task(FUNCTION + name), arguments=payload))

    return run


@pytest.fixture
def invoke(pool, task):
    """Run `lambda:invoke` with these arguments."""

    def run(**arguments):
        return LambdaInvoke(pool).call(task("lambda:invoke", arguments=arguments))

    return run


async def failure(call: Awaitable[Any]) -> tuple[str, str]:
    """Return the error and the cause with which a call fails."""
    with pytest.raises(TaskError) as caught:
        await call
    return caught.value.error, caught.value.cause or ""


class Scripted:
    """Functions that all do the same, without a process."""

    def __init__(self, act: Callable[[], Awaitable[Invocation]]) -> None:
        self.act = act

    async def invoke(self, name, payload, *, invoked_arn, client_context=None):
        return await self.act()

    def invoke_later(self, name, payload, *, invoked_arn, client_context=None):
        raise AssertionError("not part of the script")

    def check(self, name):
        raise AssertionError("not part of the script")


# -- a function's ARN -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("payload", [None, 0.0, True, "text", [], {"a": [1, {"b": None}]}, 2**70, "あ"])
async def test_the_arguments_are_the_payload_and_the_result_is_the_functions(call, payload):
    assert await call("echo", payload) == payload


async def test_bytes_are_json_text(call):
    assert await call("raw", '{"a": 1}') == {"a": 1}


async def test_the_size_of_a_result_is_looked_at_before_its_form(call):
    error, cause = await failure(call("raw", "x" * 262_145))
    assert error == "States.DataLimitExceeded"
    assert cause.startswith(f"The state/task '{FUNCTION}raw' returned a result with a size exceeding ")


@pytest.mark.parametrize("text", ["not json", "NaN", "[" * 300 + "]" * 300, ""])
async def test_bytes_that_are_not_json(call, text):
    error, cause = await failure(call("raw", text))
    assert error == "States.Runtime"
    assert cause.startswith("The function's result is not JSON: ")


async def test_an_error_keeps_the_text_that_the_runtime_wrote(call):
    error, cause = await failure(call("fail", 7))
    request_id = json.loads(cause)["requestId"]
    assert error == "LookupError"
    assert cause == (
        f'{{"errorMessage": "no order 7", "errorType": "LookupError", "requestId": "{request_id}", "stackTrace": '
        '["  File \\"/var/task/fail.py\\", line 2, in handler\\n    raise LookupError(\'no order \' + str(event))\\n"]}'
    )


async def test_long_errors_are_cut(call):
    error, cause = await failure(call("long", None))
    assert (len(error), len(cause)) == (256, 32_768)


@pytest.mark.parametrize("payload", [b'{"errorMessage":"gone"}', b'"gone"', b'{"errorType":7}', b"\xff gone"])
async def test_an_error_without_a_type(task, payload):
    async def report():
        return Invocation("id", payload, "Unhandled")

    error, cause = await failure(LambdaFunction(Scripted(report)).call(task(FUNCTION + "echo")))
    assert error == "Lambda.Unknown"
    assert cause == (
        "The cause could not be determined because Lambda did not return an error type. Returned payload: "
        + payload.decode(errors="replace")
    )


async def test_a_function_that_is_not_there(call):
    error, cause = await failure(call("nowhere", None))
    assert error == "Lambda.ResourceNotFoundException"
    start, _, rest = cause.partition("; Request ID: ")
    assert start == (
        f"Function not found: {FUNCTION}nowhere:$LATEST "
        "(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException"
    )
    assert rest.endswith("; Proxy: null)")


async def test_too_many_calls(call):
    error, cause = await failure(call("busy", None))
    assert error == "Lambda.TooManyRequestsException"
    assert cause.startswith("Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequests")


def test_a_call_that_a_crash_cut_off_is_lost(pool, task):
    request = task(FUNCTION + "echo")
    for integration in (LambdaFunction(pool), LambdaInvoke(pool)):
        assert integration.after_crash(request) is AfterCrash.LOST
        assert integration.lost_error(request).error == "Lambda.SdkClientException"


async def test_there_is_no_job_behind_an_answer(pool, task):
    integration = LambdaInvoke(pool)
    assert await integration.attend(task("lambda:invoke"), {"StatusCode": 200}) == {"StatusCode": 200}
    await integration.stop(task("lambda:invoke"), {"StatusCode": 200})


# -- lambda:invoke --------------------------------------------------------------------------------------------------
async def test_the_result_is_the_answer_of_invoke(invoke):
    result = await invoke(FunctionName="echo", Payload={"a": 1})
    request_id = result["SdkResponseMetadata"]["RequestId"]
    headers = result["SdkHttpMetadata"]["HttpHeaders"]
    date, trace = headers["Date"], headers["X-Amzn-Trace-Id"]
    assert result == {
        "ExecutedVersion": "$LATEST",
        "Payload": {"a": 1},
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "X-Amz-Executed-Version": ["$LATEST"],
                "x-amzn-Remapped-Content-Length": ["0"],
                "Connection": ["keep-alive"],
                "x-amzn-RequestId": [request_id],
                "Content-Length": ["8"],
                "Date": [date],
                "X-Amzn-Trace-Id": [trace],
                "Content-Type": ["application/json"],
            },
            "HttpHeaders": {
                "Connection": "keep-alive",
                "Content-Length": "8",
                "Content-Type": "application/json",
                "Date": date,
                "X-Amz-Executed-Version": "$LATEST",
                "x-amzn-Remapped-Content-Length": "0",
                "x-amzn-RequestId": request_id,
                "X-Amzn-Trace-Id": trace,
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
        "StatusCode": 200,
    }


@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        (None, {}),
        ("", {}),
        ("0.5", 0.5),
        ('"text"', "text"),
        ("null", None),
        ([1], [1]),
        (3, 3),
        ('{"a": "あ"}', {"a": "あ"}),
    ],
)
async def test_a_payload_is_a_value_or_json_text(invoke, payload, seen):
    assert (await invoke(FunctionName="echo", Payload=payload))["Payload"] == seen


async def test_no_payload_at_all(invoke):
    assert (await invoke(FunctionName="echo"))["Payload"] == {}


async def test_text_that_is_not_json(invoke):
    error, cause = await failure(invoke(FunctionName="echo", Payload="text"))
    assert error == "Lambda.InvalidRequestContentException"
    assert cause.startswith("Could not parse request body into json: ")


async def test_an_error_is_written_compactly(invoke):
    error, cause = await failure(invoke(FunctionName="fail", Payload="7"))
    assert error == "LookupError"
    assert cause.startswith('{"errorMessage":"no order 7","errorType":"LookupError","requestId":"')


async def test_the_log_can_be_asked_for(invoke):
    result = await invoke(FunctionName="echo", LogType="Tail")
    assert base64.b64decode(result["LogResult"]).startswith(b"START RequestId: ")
    assert list(result)[:3] == ["ExecutedVersion", "LogResult", "Payload"]
    metadata = result["SdkHttpMetadata"]
    assert metadata["AllHttpHeaders"]["X-Amz-Log-Result"] == [result["LogResult"]]
    assert metadata["HttpHeaders"]["X-Amz-Log-Result"] == result["LogResult"]
    assert "LogResult" not in await invoke(FunctionName="echo", LogType="None")


@pytest.mark.parametrize(
    ("arguments", "arn"),
    [
        ({"FunctionName": "told"}, f"{FUNCTION}told"),
        ({"FunctionName": "told:live"}, f"{FUNCTION}told:live"),
        ({"FunctionName": f"{FUNCTION}told", "Qualifier": "7"}, f"{FUNCTION}told:7"),
        ({"FunctionName": "000000000000:function:told"}, f"{FUNCTION}told".replace("123456789012", "000000000000")),
    ],
)
async def test_the_function_learns_how_it_was_called(invoke, arguments, arn):
    context = base64.b64encode('{"custom": {"k": "あ"}}'.encode()).decode()
    assert (await invoke(**arguments, ClientContext=context))["Payload"] == [arn, "あ"]


@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
async def test_an_answer_without_a_result(invoke, pool, tmp_path, kind, status):
    path = tmp_path / "ran"
    result = await invoke(FunctionName="touch", Payload=json.dumps(str(path)), InvocationType=kind)
    assert sorted(result) == ["SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]
    assert result["StatusCode"] == result["SdkHttpMetadata"]["HttpStatusCode"] == status
    assert result["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "0"
    await pool.drain(5)
    assert path.exists() == (kind == "Event")


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
async def test_every_kind_of_call_needs_the_function(invoke, kind):
    error, _ = await failure(invoke(FunctionName="nowhere", InvocationType=kind))
    assert error == "Lambda.ResourceNotFoundException"


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({}, "The field 'FunctionName' is required but was missing"),
        (
            {"FunctionName": "echo", "Tail": 1, "LogType": 2},
            (
                "The field 'Tail' is not supported by Step Functions, "
                "The value of the field 'LogType' has an invalid format"
            ),
        ),
        (
            {"FunctionName": "echo", "InvocationType": "Later"},
            "The value of the field 'InvocationType' has an invalid format",
        ),
        ({"FunctionName": None}, "The value of the field 'FunctionName' has an invalid format"),
    ],
)
async def test_arguments_that_do_not_fit(pool, task, arguments, problems):
    text = json.dumps(arguments, separators=(",", ":"))
    refusal = LambdaInvoke(pool).refusal(task("lambda:invoke").resource, arguments)
    assert refusal == f"The Parameters '{text}' could not be used to start the Task: [{problems}]"


async def test_arguments_that_are_no_object(pool, task):
    refusal = LambdaInvoke(pool).refusal(task("lambda:invoke").resource, 3)
    assert refusal is not None
    assert refusal.startswith("The Input '3' could not be used to start the Task: ")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"FunctionName": "a b"}, "Lambda.AWSLambdaException", "'a b' is not the name of a function"),
        (
            {"FunctionName": "echo:a", "Qualifier": "b"},
            "Lambda.InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        ),
        (
            {"FunctionName": "echo", "ClientContext": "{}"},
            "Lambda.InvalidRequestContentException",
            "Could not parse client context into json: Only base64 data is allowed",
        ),
        (
            {"FunctionName": "echo", "ClientContext": base64.b64encode(b"[]").decode()},
            "Lambda.InvalidRequestContentException",
            "Could not parse client context into json: not an object",
        ),
    ],
)
async def test_calls_that_lambda_refuses(invoke, arguments, error, message):
    caught, cause = await failure(invoke(**arguments))
    assert caught == error
    assert cause.startswith(message)


async def test_a_token_travels_in_the_payload(pool, task):
    request = task("lambda:invoke.waitForTaskToken", arguments={"FunctionName": "echo", "Payload": {"token": "t"}})
    answer = await LambdaInvoke(pool).call(request)
    assert (answer["StatusCode"], answer["Payload"]) == (200, {"token": "t"})


async def test_cancelling_reaches_the_function(task):
    cancelled = False

    async def forever():
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        finally:
            cancelled = True

    call = asyncio.create_task(LambdaFunction(Scripted(forever)).call(task(FUNCTION + "echo")))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert cancelled
