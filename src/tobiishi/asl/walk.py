"""Looks into every state of a compiled workflow, however deep."""

from collections.abc import Iterator

from tobiishi.asl.model import Map, Parallel, Resource, State, Task, Workflow


def states(workflow: Workflow) -> Iterator[State]:
    """Yield every state, those of branches and processors too."""
    for state in workflow.states.values():
        yield state
        if isinstance(state, Parallel):
            for branch in state.branches:
                yield from states(branch)
        elif isinstance(state, Map):
            yield from states(state.processor)


def resources(workflow: Workflow) -> Iterator[Resource]:
    """Yield the resource of every Task."""
    return (state.resource for state in states(workflow) if isinstance(state, Task))
