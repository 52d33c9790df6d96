"""What an account may have and do: AWS's quotas, each a setting.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html. A quota of None is off. Rate quotas are off
unless somebody sets them: this is the user's own machine.
"""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, refilled with `per_second`."""

    burst: int
    per_second: float


class Bucket:
    """A rate in use. What was taken comes back with time; times are in milliseconds since the epoch."""

    def __init__(self, rate: Rate, now_ms: int) -> None:
        self._rate = rate
        self._level = float(rate.burst)
        self._filled_ms = now_ms

    def level(self, now_ms: int) -> float:
        """Return how much there is to take; less than nothing after more was spent than there was."""
        passed = max(0, now_ms - self._filled_ms) / 1000
        self._level = min(float(self._rate.burst), self._level + passed * self._rate.per_second)
        self._filled_ms = now_ms  # a clock that was set back fills it from there on
        return self._level

    def take(self, now_ms: int) -> bool:
        """Take one, if there is one."""
        if self.level(now_ms) < 1:
            return False
        self._level -= 1
        return True

    def spend(self, count: int, now_ms: int) -> None:
        """Take as many as that, whether there are as many or not."""
        self._level = self.level(now_ms) - count

    def wait_ms(self, now_ms: int) -> int:
        """Return how long it takes until there is one; 0 if there is."""
        missing = 1 - self.level(now_ms)
        return 0 if missing <= 0 else ceil(missing / self._rate.per_second * 1000)


@dataclass(frozen=True, slots=True)
class Quotas:
    """Sizes in bytes of UTF-8, times in seconds, the rest counts."""

    payload_bytes: int = 262_144
    definition_bytes: int = 1_048_576
    history_events: int | None = 25_000
    execution_seconds: int = 31_536_000
    express_seconds: int = 300
    open_executions: int | None = 1_000_000
    machines: int | None = 100_000
    activities: int | None = 100_000
    activity_pollers: int | None = 1_000
    versions: int | None = 1_000
    aliases: int | None = 100
    tags: int | None = 50
    redrivable_days: int = 14
    start_execution_rate: Rate | None = None
    """AWS: 1,300 at once and 300 a second in its three largest regions, 800 and 150 elsewhere."""
    state_transition_rate: Rate | None = None
    """AWS: 5,000 at once and 5,000 a second in its three largest regions, 800 and 800 elsewhere."""
    http_task_rate: Rate | None = None
    """AWS: 300 at once and 300 a second."""
    test_state_rate: Rate | None = None
    """AWS: 50 at once and 10 a second."""


AWS = Quotas()
"""What AWS gives every account."""
