"""The command `tobiishi`: a thin face of the engine's operations."""

from tobiishi.cli.app import main

__all__ = ["main"]
