"""Invoke: a function, run. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

import base64
import binascii
from collections.abc import Mapping
from functools import partial
from typing import Any

from tobiishi import jsontext
from tobiishi.api.lambda_.backend import Backend, function_named, refused
from tobiishi.tasks.function_name import LATEST
from tobiishi.tasks.lambda_ import MAX_CLIENT_CONTEXT, InvokeError
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    return {"Invoke": partial(_invoke, backend)}


async def _invoke(backend: Backend, call: Call) -> Mapping[str, Any]:
    arn = function_named(call).arn
    payload, context = _payload(call), _client_context(call)
    try:
        match call.params.get("InvocationType", "RequestResponse"):
            case "DryRun":
                backend.runner.check(arn)
                return {"StatusCode": 204}
            case "Event":
                backend.runner.invoke_later(arn, payload, invoked_arn=arn, client_context=context)
                return {"StatusCode": 202}
        invocation = await backend.runner.invoke(arn, payload, invoked_arn=arn, client_context=context)
    except InvokeError as error:
        raise refused(error.code, error.message, error.status) from None
    wants_log = call.params.get("LogType") == "Tail"
    return {
        "StatusCode": 200,
        "FunctionError": invocation.function_error,
        "LogResult": base64.b64encode(invocation.log_tail).decode() if wants_log else None,
        "ExecutedVersion": LATEST,
        "Payload": invocation.payload,
    }


def _payload(call: Call) -> bytes:
    payload = bytes(call.params.get("Payload") or b"{}")
    try:
        jsontext.decode(payload)
    except jsontext.JsonError as error:
        text = f"Could not parse request body into json: {error}"
        raise refused("InvalidRequestContentException", text) from None
    return payload


def _client_context(call: Call) -> str | None:
    """Return the context as the JSON text that a worker takes; callers send it in base64."""
    given = call.params.get("ClientContext")
    if given is None:
        return None
    try:
        text = base64.b64decode(given, validate=True).decode()
        usable = len(given) <= MAX_CLIENT_CONTEXT and isinstance(jsontext.decode(text), dict)
    except (binascii.Error, ValueError):
        usable = False
    if not usable:
        message = f"Client context must be an object of JSON, at most {MAX_CLIENT_CONTEXT} bytes in base64"
        raise refused("InvalidRequestContentException", message)
    return text
