"""The operations of Step Functions, gathered from the modules of this package."""

from tobiishi.api.states import (
    activities,
    aliases,
    executions,
    history,
    machines,
    map_runs,
    redrive,
    tags,
    tasks,
    test_state,
    validation,
    versions,
)
from tobiishi.api.states.backend import Backend
from tobiishi.api.states.errors import answering
from tobiishi.api.states.rates import at_their_rates


class StatesApi:
    """Step Functions over an engine."""

    service = "stepfunctions"

    def __init__(self, backend: Backend) -> None:
        operations = {
            **machines.handlers(backend),
            **versions.handlers(backend),
            **aliases.handlers(backend),
            **tags.handlers(backend),
            **validation.handlers(backend),
            **executions.handlers(backend),
            **history.handlers(backend),
            **redrive.handlers(backend),
            **map_runs.handlers(backend),
            **activities.handlers(backend),
            **tasks.handlers(backend),
            **test_state.handlers(backend),
        }
        limited = at_their_rates(operations, backend.quotas, backend.engine.clock)
        self.handlers = {name: answering(handler) for name, handler in limited.items()}
        """Each module of this package has a function `handlers(backend)` that returns its operations."""
