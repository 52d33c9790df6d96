"""Language cases: definitions, inputs and scripted task results, with the history that must come of them.

A case is data (`cases/*.yaml`), read by every runner: the bare interpreter, and the engine on each store. An event is
written on one line, its id being its position: type, name of the state or `[index]` of the iteration, `<` and the event
before it, then what it carries (input, output, parameters, or `error: cause`) and what bounds or places it. A text too
long to read stands there as its length in bytes. In a case, `!repeat [x, 1000]` is a string of that many `x`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tobiishi import jsontext

FOLDER: Final = Path(__file__).parent / "cases"
READABLE: Final = 1000
"""Characters of a payload that a line shows."""


@dataclass(frozen=True)
class Case:
    """One case. `tasks` maps state names to the outcomes of their attempts, in order; the last one repeats.

    An outcome is `{output: ...}`, `{error: ..., cause: ...}`, `{submitted: ..., output: ...}`, or `{silent: true}` for
    a task that never answers. `answer` in it is what whoever holds the task's token says, if it is a callback or an
    activity; with `early: true` that comes before the request's own answer. Arguments with a member `refused` are such
    as no task can be started with.

    `then` is what somebody does, one after the other, when nothing else happens: `stop` while the execution runs,
    `redrive` once it has ended.
    """

    name: str
    definition: dict[str, Any]
    history: list[str]
    input: Any = field(default_factory=dict)
    tasks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    status: str = "SUCCEEDED"
    type: str = "STANDARD"
    then: list[str] = field(default_factory=list)

    @property
    def definition_text(self) -> str:
        return jsontext.encode_text(self.definition)

    @property
    def input_text(self) -> str:
        return jsontext.encode_text(self.input)


def load() -> list[Case]:
    """Return every case, named after its file."""
    return [
        Case(**{**data, "name": f"{path.stem}: {data['name']}"})
        for path in sorted(FOLDER.glob("*.yaml"))
        for data in yaml.load(path.read_text(), _Loader)
    ]


class _Loader(yaml.SafeLoader):
    """YAML with `!repeat`."""


def _repeat(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> str:
    text, times = loader.construct_sequence(node)
    return str(text) * int(times)


_Loader.add_constructor("!repeat", _repeat)


def line(event: dict[str, Any]) -> str:
    """Write a history event on one line."""
    details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    parts = [event["type"]]
    if "name" in details:
        parts.append(details["name"])
    if "index" in details:
        parts.append(f"[{details['index']}]")
    parts.append(f"<{event['previousEventId']}")
    carried = _carried(details)
    if carried:
        parts.append(carried)
    return " ".join(parts)


def _carried(details: dict[str, Any]) -> str:
    if "length" in details:
        return str(details["length"])
    text = next((_readable(details[key]) for key in ("input", "output", "parameters") if key in details), "")
    if "error" in details or "cause" in details:
        text = f"{details.get('error', '')}: {details.get('cause', '')}"
    variables = details.get("assignedVariables")
    if variables:
        text += " with " + ", ".join(f"{name}={value}" for name, value in sorted(variables.items()))
    more = [f"{key}={details[key]}" for key in ("timeoutInSeconds", "heartbeatInSeconds", "location") if key in details]
    if "taskCredentials" in details:
        more.append(f"role={details['taskCredentials']['roleArn']}")
    return " ".join([text, *more])


def _readable(payload: str) -> str:
    return payload if len(payload) <= READABLE else f"({len(payload.encode())} bytes)"
