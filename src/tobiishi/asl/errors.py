"""What a definition's reader raises, and the codes of its findings.

The codes are those of ValidateStateMachineDefinition (AWS Step Functions API reference,
`ValidateStateMachineDefinitionDiagnostic`); the two for JSONata are what AWS answers beside that list.
"""

from collections.abc import Sequence
from typing import Final

from tobiishi.problem import Problem

SCHEMA: Final = "SCHEMA_VALIDATION_FAILED"
INVALID_JSON: Final = "INVALID_JSON_DESCRIPTION"
TOO_DEEP: Final = "TOO_DEEPLY_NESTED"
MISSING_TARGET: Final = "MISSING_TRANSITION_TARGET"
MISSING_END: Final = "MISSING_END_STATE"
DUPLICATE_STATE: Final = "DUPLICATE_STATE_NAME"
INVALID_STATE_NAME: Final = "INVALID_STATE_NAME"
DUPLICATE_LABEL: Final = "DUPLICATE_LABEL_NAME"
INVALID_LABEL: Final = "INVALID_LABEL_NAME"
INVALID_RESOURCE: Final = "INVALID_RESOURCE"
INVALID_JSONATA: Final = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED_JSONATA: Final = "UNSUPPORTED_JSONATA_EXPRESSION"
NO_DOLLAR: Final = "NO_DOLLAR"
NO_PATH: Final = "NO_PATH"
STATIC_RESULT: Final = "PASS_RESULT_IS_STATIC"


class InvalidDefinitionError(Exception):
    """A definition that cannot be run. `problems` holds everything that was found, warnings too."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """Return AWS's sentence. A problem without a place is `at null`, as AWS has it."""
        errors = (problem for problem in self.problems if problem.severity == "ERROR")
        listed = ", ".join(f"{error.code}: {error.message} at {error.location or 'null'}" for error in errors)
        return f"Invalid State Machine Definition: '{listed}'"
