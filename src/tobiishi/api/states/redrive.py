"""RedriveExecution.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

from collections.abc import Mapping
from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.engine.arns import resource_of
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> Mapping[str, Handler]:
    """Return the operation by its name."""

    async def redrive_execution(call: Call) -> Mapping[str, Any]:
        arn = call.params["executionArn"]
        resource_of(arn, "execution")
        redriven_ms = await backend.engine.redrives.redrive(arn, call.params.get("clientToken"))
        return {"redriveDate": redriven_ms / 1000}

    return {"RedriveExecution": redrive_execution}
