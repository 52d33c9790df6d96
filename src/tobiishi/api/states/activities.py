"""CreateActivity, DeleteActivity, DescribeActivity, ListActivities, GetActivityTask."""

from typing import Any

from tobiishi.api.states.backend import Backend
from tobiishi.api.states.paging import Page
from tobiishi.engine.arns import Place
from tobiishi.engine.tags import tags_of
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations on activities."""
    operations = ActivityOperations(backend)
    return {
        "CreateActivity": operations.create,
        "DeleteActivity": operations.delete,
        "DescribeActivity": operations.describe,
        "ListActivities": operations.list_activities,
        "GetActivityTask": operations.get_task,
    }


class ActivityOperations:
    """The handlers, over one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine
        self._activities = backend.engine.activities

    async def create(self, call: Call) -> dict[str, Any]:
        """Create an activity. A repeated request finds it, and its tags stay as they are."""
        params, quotas = call.params, self._backend.quotas
        self._engine.check_running()
        activity = await self._activities.create(
            Place.of(call.region, call.account),
            params["name"],
            self._engine.clock.now_ms(),
            encryption=params.get("encryptionConfiguration"),
            tags=tags_of(params.get("tags", ())),
            limit=quotas.activities,
            tag_limit=quotas.tags,
        )
        return {"activityArn": activity.arn, "creationDate": activity.created_ms / 1000}

    async def delete(self, call: Call) -> dict[str, Any]:
        await self._activities.delete(call.params["activityArn"])
        return {}

    async def describe(self, call: Call) -> dict[str, Any]:
        activity = await self._activities.find(call.params["activityArn"])
        return {
            "activityArn": activity.arn,
            "name": activity.name,
            "creationDate": activity.created_ms / 1000,
            "encryptionConfiguration": activity.encryption,
        }

    async def list_activities(self, call: Call) -> dict[str, Any]:
        place = Place.of(call.region, call.account)
        page = Page.of(self._backend, call, place.activity_arn(""))
        found = await self._activities.page(place, page.after or "", page.size + 1)
        cut = page.cut(found, lambda activity: activity.arn)
        items = [
            {"activityArn": activity.arn, "name": activity.name, "creationDate": activity.created_ms / 1000}
            for activity in cut.items
        ]
        return {"activities": items, "nextToken": cut.next_token}

    async def get_task(self, call: Call) -> dict[str, Any]:
        """Wait up to a minute for a task; an answer without a token says that there was none."""
        params = call.params
        task = await self._engine.workers.take(
            params["activityArn"], params.get("workerName"), self._backend.quotas.activity_pollers
        )
        return {} if task is None else {"taskToken": task.token, "input": task.input}
