"""States put to the test, with integrations that answer from a script and a clock that stands still."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.language.script import Script
from tobiishi import jsontext
from tobiishi.engine.dispatch import Catalogue
from tobiishi.testing import VirtualClock
from tobiishi.teststate.request import Request
from tobiishi.teststate.tester import StateTester

ROLE = "arn:aws:iam::123456789012:role/states"
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
PASS = {"Type": "Pass", "End": True}
INNER = {"StartAt": "Inner", "States": {"Inner": PASS}}


def request(definition: Any, given: Any = None, **params: Any) -> Request:
    """Return a request as the API's members give it; JSON values stand for their texts."""
    params = {
        "definition": definition,
        "input": {} if given is None else given,
        "roleArn": ROLE,
        "inspectionLevel": "DEBUG",
        **params,
    }
    for name in ("definition", "input", "variables", "context"):
        if name in params and not isinstance(params[name], str):
            params[name] = jsontext.encode_text(params[name])
    return Request.of({name: value for name, value in params.items() if value is not None}, "eu-west-1", "123456789012")


def mocked(result: Any, mode: str = "NONE") -> dict[str, Any]:
    """Return a mock with a result, held against no schema unless a mode says so."""
    return {"result": jsontext.encode_text(result), "fieldValidationMode": mode}


def failing(error: str, cause: str = "as told") -> dict[str, Any]:
    return {"errorOutput": {"error": error, "cause": cause}}


class Lab:
    """A tester with its clock and its script."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.script = Script({})

    async def test(self, definition: Any, given: Any = None, **params: Any) -> dict[str, Any]:
        """Return the members of the answer that are there, its texts as JSON values."""
        return decoded(await self.raw(request(definition, given, **params)))

    async def raw(self, asked: Request, catalogue: Catalogue | None = None) -> dict[str, Any]:
        answer = await StateTester(catalogue or self.script, self.clock).test(asked)
        return {name: value for name, value in answer.items() if value is not None}

    async def while_time_passes(self, testing: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        """Turn the clock to whatever is waited for, until the test has ended."""
        task = asyncio.ensure_future(testing)
        while not task.done():
            await asyncio.sleep(0.001)
            self.clock.advance_to_next()
        return await task


def decoded(answer: dict[str, Any]) -> dict[str, Any]:
    if "output" in answer:
        answer["output"] = jsontext.decode(answer["output"])
    data = answer.get("inspectionData", {})
    answer["inspectionData"] = {
        name: jsontext.decode(value) if isinstance(value, str) else value for name, value in data.items()
    }
    return answer


@pytest.fixture
def lab() -> Lab:
    return Lab()
