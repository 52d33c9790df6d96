"""CreateStateMachineAlias, UpdateStateMachineAlias, DescribeStateMachineAlias, ListStateMachineAliases, and Delete."""

from collections.abc import Mapping
from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.api.states.paging import Page
from tobiishi.engine.aliases import Route
from tobiishi.engine.aliasing import Aliasing
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations on aliases."""
    operations = AliasOperations(backend)
    return {
        "CreateStateMachineAlias": operations.create,
        "UpdateStateMachineAlias": operations.update,
        "DescribeStateMachineAlias": operations.describe,
        "ListStateMachineAliases": operations.list_aliases,
        "DeleteStateMachineAlias": operations.delete,
    }


class AliasOperations:
    """The handlers, over one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._clock = backend.engine.clock
        self._aliasing = Aliasing(backend.engine.store, backend.engine.machines, backend.quotas)

    async def create(self, call: Call) -> dict[str, Any]:
        params = call.params
        routes = _routes(params) or []
        alias = await self._aliasing.create(params["name"], routes, params.get("description"), self._clock.now_ms())
        return {"stateMachineAliasArn": alias.arn, "creationDate": alias.created_ms / 1000}

    async def update(self, call: Call) -> dict[str, Any]:
        arn = call.params["stateMachineAliasArn"]
        description = call.params.get("description")
        alias = await self._aliasing.update(arn, _routes(call.params), description, self._clock.now_ms())
        return {"updateDate": alias.updated_ms / 1000}

    async def describe(self, call: Call) -> dict[str, Any]:
        alias = await self._aliasing.find(call.params["stateMachineAliasArn"])
        return {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "description": alias.description,
            "routingConfiguration": [
                {"stateMachineVersionArn": route.version_arn, "weight": route.weight} for route in alias.routes
            ],
            "creationDate": alias.created_ms / 1000,
            "updateDate": alias.updated_ms / 1000,
        }

    async def list_aliases(self, call: Call) -> dict[str, Any]:
        """List a machine's aliases, oldest first, as AWS answers (its reference says newest first)."""
        arn = call.params["stateMachineArn"]
        page = Page.of(self._backend, call, arn)
        after = tuple(page.after or ())
        left = [alias for alias in await self._aliasing.of(arn) if (alias.created_ms, alias.name) > after]
        cut = page.cut(left, lambda alias: (alias.created_ms, alias.name))
        items = [{"stateMachineAliasArn": alias.arn, "creationDate": alias.created_ms / 1000} for alias in cut.items]
        return {"stateMachineAliases": items, "nextToken": cut.next_token}

    async def delete(self, call: Call) -> dict[str, Any]:
        await self._aliasing.delete(call.params["stateMachineAliasArn"])
        return {}


def _routes(params: Mapping[str, Any]) -> list[Route] | None:
    routes = params.get("routingConfiguration")
    return None if routes is None else [Route(route["stateMachineVersionArn"], route["weight"]) for route in routes]
