"""Where a workflow's states lead: dangling targets, states that nothing reaches, workflows that cannot end.

The order of the findings, and that a machine without an end is not searched for unreachable states, are AWS's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tobiishi.asl.errors import MISSING_END, MISSING_TARGET
from tobiishi.asl.place import Place
from tobiishi.expr.bindings import Value
from tobiishi.problem import Problem, Severity


def check_transitions(states: Mapping[str, Any], start_at: str | None, place: Place) -> None:
    """Report what is wrong with the way through a workflow's states, given as they were written."""
    if start_at is not None and start_at not in states:
        _report_missing(start_at, place.at("StartAt"))
    targets = {name: dict(_targets(state)) for name, state in states.items()}
    for name, found in targets.items():
        for field, target in found.items():
            if target not in states:
                _report_missing(target, place.at(f"States/{name}/{field}"))
    if not all(found or _ends(states[name]) for name, found in targets.items()):
        return  # a state without a way out has its own finding; what follows from it would only be noise
    if not any(map(_ends, states.values())):
        _report_no_end(place)
        if not place.location:
            return
    if start_at is not None:
        _check_reached(states, targets, start_at, place)


def _report_missing(target: str, place: Place) -> None:
    place.report(f"Missing 'Next' target: {target}", MISSING_TARGET)


def _report_no_end(place: Place) -> None:
    """AWS refuses a machine that cannot end, and takes a branch that cannot: it may still fail."""
    severity: Severity = "WARNING" if place.location or place.findings.accepted else "ERROR"
    place.findings.add(Problem(MISSING_END, place.location, "Workflow has no terminal state", severity))


def _check_reached(
    states: Mapping[str, Any], targets: Mapping[str, Mapping[str, str]], start_at: str, place: Place
) -> None:
    reached: set[str] = set()
    waiting = [start_at]
    while waiting:
        name = waiting.pop()
        if name in states and name not in reached:
            reached.add(name)
            waiting.extend(targets[name].values())
    for name in states:
        if name not in reached:
            place.at("States").at(name).refuse(f'State "{name}" is not reachable.', MISSING_TARGET)


def _ends(state: Value) -> bool:
    return isinstance(state, dict) and (state.get("Type") in ("Succeed", "Fail") or state.get("End") is True)


def _targets(state: Value) -> Iterator[tuple[str, str]]:
    """Yield the fields that lead out of a state, with the state's name that each holds."""
    if not isinstance(state, dict):
        return
    for field in ("Next", "Default"):
        if isinstance(state.get(field), str):
            yield field, state[field]
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and isinstance(entry.get("Next"), str):
                yield f"{field}[{index}]/Next", entry["Next"]
