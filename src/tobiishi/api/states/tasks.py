"""SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat."""

from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations of whoever holds a task's token. Each is answered once it is durable."""
    callbacks = backend.engine.callbacks

    async def succeed(call: Call) -> dict[str, Any]:
        await callbacks.succeed(call.params["taskToken"], call.params["output"])
        return {}

    async def fail(call: Call) -> dict[str, Any]:
        await callbacks.fail(call.params["taskToken"], call.params.get("error"), call.params.get("cause"))
        return {}

    async def heartbeat(call: Call) -> dict[str, Any]:
        await callbacks.heartbeat(call.params["taskToken"])
        return {}

    return {"SendTaskSuccess": succeed, "SendTaskFailure": fail, "SendTaskHeartbeat": heartbeat}
