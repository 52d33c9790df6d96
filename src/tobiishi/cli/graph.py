"""`tobiishi graph`: list graph, newest first."""

from tobiishi.cli import options


def graph(data: options.Data = options.DATA) -> int:
    """List graph, newest first."""
    return 0
