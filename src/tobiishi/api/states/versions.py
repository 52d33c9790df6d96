"""PublishStateMachineVersion, ListStateMachineVersions, DeleteStateMachineVersion."""

from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.api.states.paging import Page
from tobiishi.engine.authoring import Authoring
from tobiishi.engine.machines import unlabelled
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations on versions."""
    operations = VersionOperations(backend)
    return {
        "PublishStateMachineVersion": operations.publish,
        "ListStateMachineVersions": operations.list_versions,
        "DeleteStateMachineVersion": operations.delete,
    }


class VersionOperations:
    """The handlers, over one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine
        self._authoring = Authoring(backend.engine.store, backend.engine.machines, backend.quotas)

    async def publish(self, call: Call) -> dict[str, Any]:
        params = call.params
        arn, now_ms = params["stateMachineArn"], self._engine.clock.now_ms()
        version = await self._authoring.publish(arn, params.get("revisionId"), params.get("description"), now_ms)
        return {"stateMachineVersionArn": version.arn, "creationDate": version.created_ms / 1000}

    async def list_versions(self, call: Call) -> dict[str, Any]:
        """List versions, newest first. AWS has no error for a machine that does not exist: it has none."""
        arn = call.params["stateMachineArn"]
        unlabelled(arn)
        page = Page.of(self._backend, call, arn)
        versions = await self._engine.machines.versions.of(arn)
        left = [version for version in versions if page.after is None or version.number < page.after]
        cut = page.cut(left, lambda version: version.number)
        items = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.created_ms / 1000} for version in cut.items
        ]
        return {"stateMachineVersions": items, "nextToken": cut.next_token}

    async def delete(self, call: Call) -> dict[str, Any]:
        await self._authoring.withdraw(call.params["stateMachineVersionArn"])
        return {}
