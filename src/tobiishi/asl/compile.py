"""Definition text to the compiled model that the interpreter walks."""

from typing import Any, Final

from tobiishi.asl import fields
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.model import Definition
from tobiishi.asl.place import Findings, MachineType, Place, Reader
from tobiishi.asl.source import read_definition
from tobiishi.asl.workflow import read_workflow

_MACHINE_FIELDS: Final[dict[str, Reader]] = {
    "QueryLanguage": fields.query_language,
    "Version": fields.one_of("1.0"),
    "TimeoutSeconds": fields.integer(1, fields.SECONDS_MAX),
}


def compile_definition(text: str, *, machine_type: MachineType = "STANDARD", accepted: bool = False) -> Definition:
    """Return the compiled definition of a JSON text.

    Raises `InvalidDefinitionError` with every problem found when any of them is an error. With `accepted`, the
    definition was taken by this or an earlier release, and only what cannot be built is an error.
    """
    value, json_text = read_definition(text)
    findings = Findings(accepted=accepted)
    definition = read_machine(value, json_text, findings, machine_type)
    if definition is None:
        raise InvalidDefinitionError(findings.problems)
    return definition


def read_machine(value: dict[str, Any], text: str, findings: Findings, machine_type: MachineType) -> Definition | None:
    """Read a whole definition; None when it has an error. What is found goes to `findings`."""
    findings.language = fields.effective_language(value, "JSONPath")
    place = Place(findings, language=findings.language, machine_type=machine_type)
    workflow = read_workflow(value, place, _MACHINE_FIELDS)
    if workflow is None:
        return None
    return Definition(
        start_at=workflow.start_at,
        states=workflow.states,
        text=text,
        comment=value.get("Comment"),
        version=value.get("Version", "1.0"),
        language=findings.language,
        timeout_seconds=value.get("TimeoutSeconds"),
        variable_references=findings.variable_references,
    )
