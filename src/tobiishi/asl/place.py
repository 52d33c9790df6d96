"""Where the reader of a definition stands, and what it has found so far.

Theory of operation. A definition is read once, from the outside in. Each field has a reader: a function that takes
the field's JSON value and its `Place`, and returns what the compiled model holds. A reader that finds something wrong
reports it to the place and returns None; reading goes on, so that every problem is found in one pass, and nothing
is built from a state with an error. Validating and compiling are therefore the same pass, and cannot disagree.

There are two kinds of findings. What is reported cannot be built. What is refused could be built all the same: AWS does
not take it, so neither is it taken here; but once a definition was taken it stays so, and a later release that refuses
more still builds it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tobiishi.asl.errors import SCHEMA
from tobiishi.asl.model import QueryLanguage
from tobiishi.expr.bindings import Value
from tobiishi.problem import Excerpt, Problem, Severity

MachineType = Literal["STANDARD", "EXPRESS"]


@dataclass(slots=True)
class Findings:
    """What belongs to a definition as a whole: its problems, and the names that must be unique in all of it."""

    language: QueryLanguage = "JSONPath"
    accepted: bool = False
    """Whether the definition was taken before: then nothing is refused."""
    problems: list[Problem] = field(default_factory=list)
    errors: int = 0
    state_names: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    bulk: int = 0
    """What all JSONata expressions take together (`Program.bulk`)."""
    referred: set[str] = field(default_factory=set)
    """Variables that the state being read refers to."""
    variable_references: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The same of each state that was read, by its name."""

    def add(self, problem: Problem) -> None:
        self.problems.append(problem)
        self.errors += problem.severity == "ERROR"


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a definition. `location` is "" for the whole, `/States/P/Branches[0]` for a branch.

    `state` is the location of the state that it is in; `outer` holds the variables that enclosing workflows assign.
    """

    findings: Findings
    location: str = ""
    state: str = ""
    language: QueryLanguage = "JSONPath"
    machine_type: MachineType = "STANDARD"
    outer: frozenset[str] = frozenset()

    @property
    def field(self) -> str:
        """The last part of the location: a field's name, as JSONPath's messages show it."""
        return self.location.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The location from the state on, as JSONata's messages show it: `Choices[0]/Condition`."""
        return self.location[len(self.state) + 1 :]

    def at(self, name: str) -> "Place":
        return replace(self, location=f"{self.location}/{name}")

    def item(self, index: int) -> "Place":
        return replace(self, location=f"{self.location}[{index}]")

    def inside(self, pointer: str, value: Value) -> "Place":
        """Return the place in `value`, which stands here, that a JSON pointer leads to."""
        place = self
        for part in pointer.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list):
                place, value = place.item(int(name)), value[int(name)]
            else:
                place, value = place.at(name), value[name]
        return place

    def refer(self, variables: frozenset[str]) -> None:
        """Note variables, without `$`, that the field here refers to."""
        self.findings.referred |= variables

    def refuse(self, message: str, code: str = SCHEMA) -> None:
        """Report what would not keep the definition from being built; the reader goes on and returns its value."""
        if not self.findings.accepted:
            self.report(message, code)

    def report(
        self, message: str, code: str = SCHEMA, severity: Severity = "ERROR", excerpt: Excerpt | None = None
    ) -> None:
        self.findings.add(Problem(code, self.location or "/", message, severity, excerpt))


Reader = Callable[[Value, Place], object]
"""Reads one field: returns what the model holds, or reports to the place and returns None."""


def list_of(names: Sequence[str]) -> str:
    """Return names as AWS's messages list them."""
    return f"[{', '.join(names)}]"
