"""Trying a JSONata expression out, with the budget, the worker and the limits that the engine gives it.

Within `{% %}` an expression is what it is in a state: it sees variables and `$states`, and is refused as AWS does if it
asks for more. Without, it is JSONata as its own documentation has it: `$` is the input, and names are its fields.
"""

import asyncio
import random
import re
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from tobiishi import jsontext
from tobiishi.cli.errors import NOT_SUCCEEDED, UNDEFINED, UNUSABLE, UserError
from tobiishi.cli.files import STDIN, read_text
from tobiishi.cli.pointing import pointed
from tobiishi.cli.report import print_json_text
from tobiishi.cli.text import one_line
from tobiishi.expr.bindings import MISSING, Value
from tobiishi.expr.jsonata import BYTES_ON_THE_LOOP, LIMIT_MESSAGES, ON_THE_LOOP, evaluated
from tobiishi.expr.jsonata_references import unsupported_references
from tobiishi.expr.jsonata_results import UnsupportedResultError
from tobiishi.expr.jsonata_worker import JsonataWorker
from tobiishi.expr.language import Program, compile_expression
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.timestamps import parse_timestamp

MAX_BYTES: Final = 1_048_576
"""Of an expression: as much as a definition may have."""
MAX_DATA_BYTES: Final = 64 * 1_048_576

_OFFERED: Final = frozenset({"input", "context"})
"""What `$states` has everywhere."""
_IN_A_STATE: Final = re.compile(r"\s*\{%(.*)%\}\s*", re.DOTALL)
_NANOSECONDS_IN_A_MILLISECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Trial:
    """The command's arguments as they were given; `states` is what `$states` has, by name."""

    expression: str
    states: dict[str, str]
    variables: list[str]
    now: str | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """The same, read. `input` is `$`, `MISSING` in a state; `now` is in seconds since the epoch."""

    text: str
    in_state: bool
    input: Value
    environment: dict[str, Value]
    now: float
    seed: int


def attempt(trial: Trial) -> int:
    """Evaluate an expression and print what it comes to; return the command's exit code. Raises `UserError`."""
    order = _read(trial)
    try:
        program = compile_expression(order.text)
    except JsonataError as error:
        return _complain(f"{error.code}: {error.message}", order.text, error.position, UNUSABLE)
    if order.in_state and (messages := unsupported_references(program, _OFFERED | order.environment["states"].keys())):
        return _complain(" ".join(messages), order.text, None, UNUSABLE)
    try:
        value = _evaluate(program, order)
    except JsonataError as error:
        return _complain(f"{error.code}: {error.message}", order.text, error.position, NOT_SUCCEEDED)
    except BudgetSpentError as error:
        return _complain(LIMIT_MESSAGES[error.resource], order.text, None, NOT_SUCCEEDED)
    except UnsupportedResultError:
        return _complain("the result is or has a function, which JSON cannot say", order.text, None, NOT_SUCCEEDED)
    if value is MISSING:
        return _complain("the result is undefined, which is an error in a state machine", order.text, None, UNDEFINED)
    print_json_text(_as_json(value), sys.stdout)
    return 0


def _complain(message: str, text: str, position: int | None, code: int) -> int:
    typer.echo(f"tobiishi: {one_line(message, 1000)}", err=True)
    typer.echo(pointed(text, position), err=True)
    return code


def _as_json(value: Value) -> str:
    try:
        return jsontext.encode_text(value)
    except jsontext.JsonError as error:
        raise UserError(f"the result cannot be printed: {error}") from None


# -- evaluating --------------------------------------------------------------------------------------------------------
def _evaluate(program: Program, order: Order) -> Value:
    """Return the value: at once where the engine's loop would, by a worker where the loop would ask one."""
    evaluation = Evaluation(int(order.now * 1000), lambda: random.Random(order.seed), ON_THE_LOOP)  # noqa: S311 - nothing secret
    try:
        return evaluated(program, order.environment, evaluation, BYTES_ON_THE_LOOP, order.input)
    except BudgetSpentError:
        return asyncio.run(_evaluate_in_worker(order))


async def _evaluate_in_worker(order: Order) -> Value:
    worker = JsonataWorker()
    try:
        return await worker.outcome(order.text, order.environment, order.now, order.seed, order.input)
    finally:
        await worker.close()


# -- reading -----------------------------------------------------------------------------------------------------------
def _read(trial: Trial) -> Order:
    sources = [trial.expression, *trial.states.values(), *(text.partition("=")[2] for text in trial.variables)]
    if sources.count("-") > 1:
        raise UserError("standard input can be only one of the things that are given")
    text = _text(trial.expression, "expression", MAX_BYTES)
    states = {name: _json(given, f"--{_flag(name)}") for name, given in trial.states.items()}
    found = _IN_A_STATE.fullmatch(text)
    return Order(
        text=found[1].strip() if found else text.rstrip("\n"),
        in_state=found is not None,
        input=MISSING if found else states["input"],
        environment={**_variables(trial.variables), "states": states},
        now=time.time() if trial.now is None else _seconds(trial.now),
        seed=secrets.randbits(64) if trial.seed is None else trial.seed,
    )


def _flag(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)


def _variables(given: list[str]) -> dict[str, Value]:
    variables: dict[str, Value] = {}
    for each in given:
        name, sign, text = each.partition("=")
        name = name.removeprefix("$")
        if not sign or not name.isidentifier() or name == "states":
            raise UserError(f"--var {one_line(each)} is not a variable's NAME=JSON")
        variables[name] = _json(text, f"--var {name}")
    return variables


def _json(given: str, flag: str) -> Value:
    try:
        return jsontext.decode(_text(given, flag, MAX_DATA_BYTES))
    except jsontext.JsonError as error:
        raise UserError(f"{flag} is not JSON: {one_line(str(error))}") from None


def _text(given: str, what: str, longest: int) -> str:
    """Return the text that was given, or that of the file, or of standard input."""
    if given == "-" or given.startswith("@"):
        return read_text(STDIN if given == "-" else Path(given[1:]), what, longest)
    try:
        given.encode()
    except UnicodeEncodeError:
        raise UserError(f"{what} is not UTF-8 text") from None
    return given


def _seconds(timestamp: str) -> float:
    """Return the middle of a timestamp's millisecond, so that no rounding leads out of it."""
    nanoseconds = parse_timestamp(timestamp)
    if nanoseconds is None:
        raise UserError(f"--now {one_line(timestamp)} is not a timestamp such as 2026-03-14T01:59:00Z")
    return (nanoseconds // _NANOSECONDS_IN_A_MILLISECOND + 0.5) / 1000
