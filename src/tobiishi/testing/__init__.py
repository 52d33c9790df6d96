"""What tests of workflows need: a clock that can be turned."""

from tobiishi.testing.clock import VirtualClock

__all__ = ["VirtualClock"]
