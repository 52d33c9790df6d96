"""A problem found in something that a user wrote."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ERROR", "WARNING"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a definition: `code` as AWS names it, `location` as a JSON pointer such as `/States/X/Next`.

    Shape and codes follow the diagnostics of ValidateStateMachineDefinition.
    """

    code: str
    location: str
    message: str
    severity: Severity = "ERROR"

    def __str__(self) -> str:
        return f"{self.severity} {self.code} at {self.location or '/'}: {self.message}"
