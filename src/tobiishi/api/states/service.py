"""The operations of Step Functions, gathered from the modules of this package."""

from collections.abc import Mapping

from tobiishi.api.states.backend import Backend
from tobiishi.wire.contract import Handler


class StatesApi:
    """Step Functions over an engine."""

    service = "stepfunctions"

    def __init__(self, backend: Backend) -> None:
        self.handlers: Mapping[str, Handler] = {}
        """Each module of this package has a function `handlers(backend)` that returns its operations."""
