"""`tobiishi validate`: every problem of definitions, with its place."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tobiishi.cli.errors import UNUSABLE


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Definitions in JSON or YAML; - for stdin.")],
    format: Annotated[Format, typer.Option(help="How to print the problems.")] = Format.TEXT,  # noqa: A002 - a flag
    express: Annotated[bool, typer.Option("--express", help="Check for the Express type.")] = False,
) -> int:
    """Print every problem of the definitions, with its place. Exit code 2 if one of them is an error."""
    from tobiishi.cli.definitions import check, has_errors  # noqa: PLC0415 - keeps `tobiishi --help` quick

    findings = [finding for file in files for finding in check(file, "EXPRESS" if express else "STANDARD")[1]]
    if format is Format.JSON:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(finding)
    return UNUSABLE if has_errors(findings) else 0
