"""What AWS would bill for an Express execution: its duration in steps of 100 ms and its memory in chunks of 64 MB.

https://aws.amazon.com/step-functions/pricing/ (Express Workflows): memory depends on the size of the definition, on Map
and Parallel states and on the execution's data. How exactly is not said, so payloads are counted as often as they are
held: the input, the output, and the definition with them, on top of what every execution takes.
"""

from typing import Any, Final

from tobiishi.engine.express import ExpressResult

DURATION_STEP_MS: Final = 100
MEMORY_CHUNK: Final = 64
_BASE_BYTES: Final = 50_000_000
"""What AWS's own example assumes for an execution beside its data."""
_MEGABYTE: Final = 1_000_000


def billing(ended: ExpressResult, definition: str, given: str) -> dict[str, Any]:
    """Return the `billingDetails` of a synchronous Express execution."""
    duration = max(ended.stopped_ms - ended.started_ms, 1)
    held = _BASE_BYTES + sum(len(text.encode()) for text in (definition, given, ended.outcome.output or ""))
    return {
        "billedDurationInMilliseconds": _round_up(duration, DURATION_STEP_MS),
        "billedMemoryUsedInMB": _round_up(_round_up(held, _MEGABYTE) // _MEGABYTE, MEMORY_CHUNK),
    }


def _round_up(number: int, step: int) -> int:
    return -(-number // step) * step
