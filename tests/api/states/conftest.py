"""The operations of Step Functions without HTTP: an engine over memory, and a client that calls handlers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.conftest import Bench
from tobiishi import jsontext
from tobiishi.api.states.backend import Backend
from tobiishi.api.states.service import StatesApi
from tobiishi.engine.express import Express
from tobiishi.quotas import AWS
from tobiishi.store.memory import MemoryStore
from tobiishi.wire.contract import ApiError, Call
from tobiishi.wire.page_tokens import PageTokens

ROLE = "arn:aws:iam::123456789012:role/states"


def passing(result: Any = 1) -> str:
    """Return a definition that answers with `result`."""
    return jsontext.encode_text({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": True}}})


WAITING = jsontext.encode_text({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}})


class Client:
    """Calls operations as a caller of one region and account."""

    def __init__(self, api: StatesApi, backend: Backend, bench: Bench) -> None:
        self.api = api
        self.backend = backend
        self.bench = bench
        self.region = "us-east-1"
        self.account = "123456789012"
        self.trace_header: str | None = None

    async def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Return the members of the answer that are there."""
        call = Call(operation, params, self.region, self.account, "r", self.trace_header)
        answer = await self.api.handlers[operation](call)
        return {name: value for name, value in answer.items() if value is not None}

    async def error(self, operation: str, **params: Any) -> ApiError:
        """Return the error that the call ends with."""
        with pytest.raises(ApiError) as raised:
            await self.call(operation, **params)
        return raised.value

    async def create(self, name: str = "orders", definition: str | None = None, **more: Any) -> str:
        """Create a machine and return its ARN."""
        text = passing() if definition is None else definition
        made = await self.call("CreateStateMachine", name=name, definition=text, roleArn=ROLE, **more)
        return str(made["stateMachineArn"])

    def limit(self, **quotas: Any) -> "Client":
        """Return a client whose quotas are others."""
        backend = replace(self.backend, quotas=replace(self.backend.quotas, **quotas))
        return Client(StatesApi(backend), backend, self.bench)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    bench = Bench(MemoryStore())
    async with bench.engine() as engine:
        pages = PageTokens(b"k" * 32, lambda: bench.clock.now_ms() / 1000)
        backend = Backend(engine, Express(engine), bench.script, AWS, pages)
        yield Client(StatesApi(backend), backend, bench)
