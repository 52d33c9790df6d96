"""`tobiishi executions`: list executions, newest first."""

from tobiishi.cli import options


def executions(data: options.Data = options.DATA) -> int:
    """List executions, newest first."""
    return 0
