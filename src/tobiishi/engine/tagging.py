"""Giving tags to state machines and activities, and taking them away: only to what exists."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from tobiishi.engine.activities import Activities
from tobiishi.engine.arns import resource_of
from tobiishi.engine.errors import ActivityNotFoundError, ResourceNotFoundError
from tobiishi.engine.machines import Machines
from tobiishi.store.contract import Store


class Tagging:
    """Changes tags, each resource's in its turn."""

    def __init__(self, store: Store, machines: Machines, activities: Activities) -> None:
        self._store = store
        self._machines = machines
        self._activities = activities

    async def tags(self, arn: str) -> dict[str, str]:
        """Return a resource's tags. Raises `InvalidArnError` and `ResourceNotFoundError`, as all here does."""
        async with self._turn(arn):
            return await self._machines.tags.of(arn)

    async def add(self, arn: str, tags: Mapping[str, str], limit: int | None) -> None:
        """Give a resource more tags, up to `limit`. Raises `TooManyTagsError` and `RefusedError`."""
        async with self._turn(arn):
            await self._machines.tags.add(arn, tags, limit)

    async def remove(self, arn: str, names: Iterable[str]) -> None:
        """Take tags away; those that are not there are passed over."""
        async with self._turn(arn):
            await self._machines.tags.remove(arn, names)

    @asynccontextmanager
    async def _turn(self, arn: str) -> AsyncIterator[None]:
        """Hold the resource, which exists, as it is."""
        resource_of(arn, "stateMachine", "activity")
        is_activity = ":activity:" in arn
        turns = self._activities.turns if is_activity else self._machines.turns
        async with turns.of(arn):
            if not await (self._is_activity(arn) if is_activity else self._is_machine(arn)):
                raise ResourceNotFoundError(f"Resource not found: '{arn}'", arn)
            yield

    async def _is_machine(self, arn: str) -> bool:
        return await self._store.machine(arn) is not None

    async def _is_activity(self, arn: str) -> bool:
        try:
            await self._activities.find(arn)
        except ActivityNotFoundError:
            return False
        return True
