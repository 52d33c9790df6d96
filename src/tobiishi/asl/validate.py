"""Every problem of a definition at once: what ValidateStateMachineDefinition answers."""

from typing import Any

from tobiishi import jsontext
from tobiishi.asl.compile import read_machine
from tobiishi.asl.errors import INVALID_JSON, InvalidDefinitionError
from tobiishi.asl.place import Findings, MachineType
from tobiishi.asl.source import read_definition
from tobiishi.problem import Problem


def validate(definition: Any, machine_type: MachineType = "STANDARD") -> list[Problem]:
    """Return every problem of a definition, in reading order; none means that it can run.

    `definition` is JSON text or a JSON value. Whatever it holds, nothing is raised.
    """
    findings = Findings()
    try:
        text = definition if isinstance(definition, str) else jsontext.encode_text(definition)
        value, text = read_definition(text)
    except jsontext.JsonError as error:
        return [Problem(INVALID_JSON, "/", str(error))]
    except InvalidDefinitionError as error:
        return list(error.problems)
    read_machine(value, text, findings, machine_type)
    return findings.problems
