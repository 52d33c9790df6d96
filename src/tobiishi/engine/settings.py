"""The engine's settings, with their defaults."""

from dataclasses import dataclass, field

from tobiishi.engine.arns import Place
from tobiishi.quotas import AWS, Quotas


@dataclass(frozen=True, slots=True)
class Settings:
    """`owner` names this engine in the lease; one with the same owner takes over at once."""

    place: Place = field(default_factory=Place)
    quotas: Quotas = AWS
    shard: str = "0"
    owner: str = "local"
    lease_seconds: float = 10.0
    drain_seconds: float = 30.0
    waiting_starts: int = 5_000
    """Starts that may wait for the store at once; more are throttled."""
    express_runs: int = 20_000
    """Express executions that may run at once; more are throttled."""
    resident_runs: int = 10_000
    """Runs kept in memory; idle ones above this number leave, and are woken from the store by their next signal."""
