"""ValidateStateMachineDefinition: everything that is wrong with a definition, without making a machine of it."""

import asyncio
from typing import Any, Final

from tobiishi.api.states.backend import Backend
from tobiishi.asl.validate import validate
from tobiishi.problem import Problem
from tobiishi.wire.contract import Call, Handler

_MOST: Final = 100
_LARGE: Final = 16_384
"""Characters from which a definition is read off the loop."""


def handlers(backend: Backend) -> dict[str, Handler]:  # noqa: ARG001 - a definition needs nothing around it
    """Return the operation that validates."""
    return {"ValidateStateMachineDefinition": validate_definition}


async def validate_definition(call: Call) -> dict[str, Any]:
    params = call.params
    definition, machine_type = params["definition"], params.get("type", "STANDARD")
    if len(definition) < _LARGE and ":aws-sdk:" not in definition:
        problems = validate(definition, machine_type)
    else:
        problems = await asyncio.to_thread(validate, definition, machine_type)
    shown = [problem for problem in problems if problem.severity == "ERROR" or params.get("severity") == "WARNING"]
    most = params.get("maxResults") or _MOST
    return {
        "result": "FAIL" if any(problem.severity == "ERROR" for problem in problems) else "OK",
        "diagnostics": [_diagnostic(problem) for problem in shown[:most]],
        "truncated": len(shown) > most,
    }


def _diagnostic(problem: Problem) -> dict[str, Any]:
    """Return a problem as AWS shapes it; one without a place has no location."""
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "location": problem.location or None,
    }
