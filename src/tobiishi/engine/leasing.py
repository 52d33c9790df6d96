"""Ownership of a shard: taken at the start, renewed while the engine lives, given back at its end."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from tobiishi.engine.errors import StoppedError
from tobiishi.engine.settings import Settings
from tobiishi.store.contract import Lease, LeaseLostError, Store, StoreError

log = logging.getLogger("tobiishi.engine")


class Leasing:
    """Keeps a lease alive. `lost` hears that somebody else has it."""

    def __init__(self, store: Store, settings: Settings, lost: Callable[[Exception], None]) -> None:
        self._store = store
        self._settings = settings
        self._ttl_ms = round(settings.lease_seconds * 1000)
        self._lost = lost
        self._lease: Lease | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def lease(self) -> Lease:
        """The ownership that every write is made under."""
        assert self._lease is not None, "the engine has not started"
        return self._lease

    async def acquire(self) -> None:
        """Take the shard. Raises `StoppedError` if somebody else holds it."""
        settings = self._settings
        self._lease = await self._store.acquire(settings.shard, settings.owner, self._ttl_ms)
        if self._lease is None:
            raise StoppedError(f"shard {settings.shard} is held by another engine")
        self._task = asyncio.create_task(self._renew(), name="lease")

    async def release(self) -> None:
        """Give the shard back, if it is still ours."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._lease is not None:
            with contextlib.suppress(LeaseLostError):
                await self._store.release(self._lease)
            self._lease = None

    async def _renew(self) -> None:
        """Renew three times as often as needed; a store that fails for a while loses nothing but time."""
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            try:
                self._lease = await self._store.renew(self.lease, self._ttl_ms)
            except LeaseLostError as error:
                self._lost(error)
                return
            except StoreError as error:
                log.warning("the lease could not be renewed, trying again: %s", error)
