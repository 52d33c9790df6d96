"""How an execution ended: its output on standard output, or what went wrong on standard error."""

import json
import re
import sys
from typing import Any, Final, TextIO

import typer

from tobiishi import jsontext
from tobiishi.cli.errors import NOT_SUCCEEDED
from tobiishi.cli.live import Failure
from tobiishi.cli.text import lines
from tobiishi.cli.view import where
from tobiishi.engine.queries import Outcome

_UNSAFE: Final = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_LONGEST_INPUT: Final = 4000
"""Characters of a failed state's input that are shown."""


def report(outcome: Outcome, name: str, failure: Failure | None) -> int:
    """Print how an execution ended; return the command's exit code."""
    if outcome.status == "SUCCEEDED":
        print_json_text(outcome.output or "null", sys.stdout)
        return 0
    typer.echo(f"tobiishi: {name} {_ending(outcome)}", err=True)
    if outcome.cause:
        _print_block("cause", outcome.cause)
    if failure is not None:
        _print_block("state", where(failure.path))
        _print_block("input", failure.input)
    return NOT_SUCCEEDED


def _ending(outcome: Outcome) -> str:
    words = {"TIMED_OUT": "timed out", "ABORTED": "was aborted"}.get(outcome.status, outcome.status.lower())
    return f"{words}: {lines(outcome.error)}" if outcome.error else words


def _print_block(title: str, text: str) -> None:
    """Print a text under a title, as indented JSON where it is JSON."""
    shown = pretty(text)
    if len(shown) > _LONGEST_INPUT:
        shown = f"{shown[:_LONGEST_INPUT]}\n… {len(shown) - _LONGEST_INPUT} characters more"
    first, *rest = lines(shown).splitlines() or [""]
    typer.echo("\n".join([f"  {title}  {first}", *(f"         {line}" for line in rest)]), err=True)


def print_json_text(text: str, out: TextIO) -> None:
    """Print a JSON text: indented for a person at a terminal, on one line for a program."""
    shown = _safe(pretty(text)) if out.isatty() else _compact(text)
    typer.echo(shown, file=out)


def pretty(text: str) -> str:
    """Return a JSON text with line breaks and indentation; any other text, and a JSON string, as it is."""
    try:
        value: Any = jsontext.decode(text)
    except jsontext.JsonError:
        return text
    return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, (dict, list)) else text


def _compact(text: str) -> str:
    try:
        return jsontext.encode_text(jsontext.decode(text))
    except jsontext.JsonError:
        return text


def _safe(text: str) -> str:
    """Escape, as JSON allows, what a terminal could take for a command; JSON escapes the rest by itself."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
