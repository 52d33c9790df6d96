"""What TestState raises beside the errors of a definition and of the engine."""

from tobiishi.engine.errors import EngineError


class UnsupportedStateError(EngineError):
    """The definition is good, but its state cannot be tested in this way. AWS's code is InvalidDefinition."""
