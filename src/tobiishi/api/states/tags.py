"""TagResource, UntagResource, ListTagsForResource."""

from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.engine.tagging import Tagging
from tobiishi.engine.tags import tags_of
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations on tags."""
    operations = TagOperations(backend)
    return {
        "TagResource": operations.tag,
        "UntagResource": operations.untag,
        "ListTagsForResource": operations.list_tags,
    }


class TagOperations:
    """The handlers, over one backend."""

    def __init__(self, backend: Backend) -> None:
        engine = backend.engine
        self._limit = backend.quotas.tags
        self._tagging = Tagging(engine.store, engine.machines, engine.activities)

    async def tag(self, call: Call) -> dict[str, Any]:
        await self._tagging.add(call.params["resourceArn"], tags_of(call.params["tags"]), self._limit)
        return {}

    async def untag(self, call: Call) -> dict[str, Any]:
        await self._tagging.remove(call.params["resourceArn"], call.params["tagKeys"])
        return {}

    async def list_tags(self, call: Call) -> dict[str, Any]:
        tags = await self._tagging.tags(call.params["resourceArn"])
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
