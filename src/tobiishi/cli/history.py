"""`tobiishi history`: list history, newest first."""

from tobiishi.cli import options


def history(data: options.Data = options.DATA) -> int:
    """List history, newest first."""
    return 0
