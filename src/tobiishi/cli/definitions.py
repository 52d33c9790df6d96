"""Definition files: read, checked, and every problem shown where it stands in the file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.locate import locate
from tobiishi.asl.source import MAX_BYTES, is_yaml, read_definition
from tobiishi.asl.validate import validate
from tobiishi.cli.errors import UNUSABLE, Finished
from tobiishi.cli.files import STDIN, read_text
from tobiishi.cli.pointing import pointed
from tobiishi.cli.text import one_line
from tobiishi.problem import Problem, Severity

_SUFFIX: Final = re.compile(r"(?:\.asl)?\.(?:json|ya?ml)$", re.IGNORECASE)
_SEARCHED_MAX: Final = 20_000_000
"""Characters gone through to find the places of problems. A huge file's later problems have only a location."""
_UNRECOGNIZED: Final = re.compile(r"Unrecognized token '(.*?)'")
_POSITION: Final = re.compile(r"line:? (\d+), column:? (\d+)\]?$")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and where it stands; line and column, counted from 1, are None where there is no place."""

    file: str
    line: int | None
    column: int | None
    severity: Severity
    code: str
    location: str
    message: str
    expression: str | None = None
    position: int | None = None
    """The JSONata expression that it is about, and the offset of the place in it, in characters."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
        location = f" at {one_line(self.location)}" if self.location.startswith("/") else ""
        line = f"{place}: {self.severity} {self.code}{location}: {one_line(self.message, 1000)}"
        return line if self.position is None else f"{line}\n{pointed(self.expression or '', self.position)}"


def machine_name(path: Path) -> str:
    """Return the name of the state machine in a file: `orders` for `orders.asl.json`."""
    return "stdin" if path == STDIN else _SUFFIX.sub("", path.name) or path.name


def is_definition_file(path: Path) -> bool:
    """Whether a path is named as definitions are."""
    return _SUFFIX.search(path.name) is not None


def check(path: Path, machine_type: str = "STANDARD") -> tuple[str, list[Finding]]:
    """Return a definition file's JSON text and everything that is to be said of it.

    With an error among the findings the text is of no use. Raises `UserError` for a file that cannot be read.
    """
    text = read_text(path, "definition", 4 * MAX_BYTES)
    name = "<stdin>" if path == STDIN else str(path)
    hint = _hint(path, text)
    try:
        _, json_text = read_definition(text, hint)
    except InvalidDefinitionError as error:
        return "", _findings(name, text, error.problems, hint)
    problems = validate(json_text, "EXPRESS" if machine_type == "EXPRESS" else "STANDARD")
    return json_text, _findings(name, text, problems, hint)


def load(path: Path, machine_type: str = "STANDARD") -> str:
    """Return a sound definition's JSON text; one with errors is reported whole and ends the command."""
    json_text, findings = check(path, machine_type)
    if has_errors(findings):
        complain_of(findings)
        raise Finished(UNUSABLE)
    return json_text


def complain_of(findings: Sequence[Finding]) -> None:
    """Print findings on standard error, one a line."""
    for finding in findings:
        typer.echo(finding, err=True)


def has_errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity == "ERROR" for finding in findings)


def _hint(path: Path, text: str) -> str:
    """Return a file name that says what the text is: standard input has none, so its first character decides."""
    if path != STDIN:
        return path.name
    return "stdin.json" if text.lstrip()[:1] in {"{", ""} else "stdin.yaml"


def _findings(file: str, text: str, problems: Sequence[Problem], hint: str) -> list[Finding]:
    placed = _SEARCHED_MAX // (len(text) + 1) + 1
    return [
        _finding(file, problem, hint, _place(text, problem, hint) if index < placed else None)
        for index, problem in enumerate(problems)
    ]


def _finding(file: str, problem: Problem, hint: str, place: tuple[int, int] | None) -> Finding:
    line, column = place or (None, None)
    message = problem.message if is_yaml(hint) else problem.message.partition("\n at [Source:")[0]
    location = problem.location if problem.location.startswith("/") else ""
    expression, position = (problem.excerpt.text, problem.excerpt.position) if problem.excerpt else (None, None)
    return Finding(file, line, column, problem.severity, problem.code, location, message, expression, position)


def _length_read(message: str) -> int:
    """Return how far behind the mistake a JSON parser's position is: AWS counts after what was read."""
    if message.startswith("Unexpected character"):
        return 1
    token = _UNRECOGNIZED.match(message)
    return len(token[1]) if token else 0


def _place(text: str, problem: Problem, hint: str) -> tuple[int, int] | None:
    """Find a problem in the text: mistakes of syntax say where they are, others name what they are about.

    A location that leads nowhere, such as a missing field's, is placed at the nearest thing that exists.
    """
    position = _POSITION.search(problem.location)
    if position:
        return int(position[1]), int(position[2]) - _length_read(problem.message)
    location = problem.location
    while (found := locate(text, location, hint)) is None and location:
        location = location[: max(location.rfind("/"), location.rfind("["), 0)]
    return found
