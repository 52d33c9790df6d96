"""Rate quotas of operations: what is over one is refused with ThrottlingException, and a client tries again.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (API action throttling)
"""

from collections.abc import Mapping
from typing import Any, Final

from tobiishi.engine.clock import Clock
from tobiishi.engine.errors import ThrottledError
from tobiishi.engine.recent import Recent
from tobiishi.quotas import Bucket, Quotas, Rate
from tobiishi.wire.contract import Call, Handler

_PLACES: Final = 1000
"""Regions and accounts whose buckets are kept; those that were not used for longest are taken for full."""


def at_their_rates(operations: Mapping[str, Handler], quotas: Quotas, clock: Clock) -> dict[str, Handler]:
    """Return the operations, those that have a rate quota with it."""
    rates = {"StartExecution": quotas.start_execution_rate, "TestState": quotas.test_state_rate}
    return {
        name: handler if (rate := rates.get(name)) is None else _limited(handler, rate, clock)
        for name, handler in operations.items()
    }


def _limited(handler: Handler, rate: Rate, clock: Clock) -> Handler:
    """Return the handler with a bucket for each region and account."""
    buckets: Recent[tuple[str, str], Bucket] = Recent(_PLACES)

    async def handle(call: Call) -> Mapping[str, Any]:
        place, now_ms = (call.region, call.account), clock.now_ms()
        bucket = buckets.get(place) or Bucket(rate, now_ms)
        buckets.put(place, bucket)
        if not bucket.take(now_ms):
            raise ThrottledError
        return await handler(call)

    return handle
