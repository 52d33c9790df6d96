"""A problem found in something that a user wrote."""

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["ERROR", "WARNING"]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """An expression as the user wrote it, and the offset in characters of what is wrong with it, if it has one."""

    text: str
    position: int | None


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a definition: `code` as AWS names it, `location` as a JSON pointer such as `/States/X/Next`.

    Shape and codes follow the diagnostics of ValidateStateMachineDefinition.
    """

    code: str
    location: str
    message: str
    severity: Severity = "ERROR"
    excerpt: Excerpt | None = field(default=None, compare=False)
    """Shows people where: AWS has no such thing."""

    def __str__(self) -> str:
        return f"{self.severity} {self.code} at {self.location or '/'}: {self.message}"
