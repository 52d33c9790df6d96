"""What holds for any expression: it stays within its budget, fails as ours do, changes nothing, and repeats."""

import hashlib
import os
import random
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.expr.language.hostile import INPUT, Hostile
from tests.expr.sample import bound
from tobiishi.expr import jsonata
from tobiishi.expr.bindings import MISSING, EvaluationError, OverBudget
from tobiishi.expr.jsonata_results import UnsupportedResultError, given_out
from tobiishi.expr.language import Program, compile_expression
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation, Limits
from tobiishi.expr.language.parser import parse
from tobiishi.expr.language.printer import text_of
from tobiishi.jsontext import encode

LIMITS = Limits(steps=4_000, depth=60, items=4_000, characters=20_000)
BYTES = 200_000
BATCHES = 10
A_BATCH = 1_000
SLOWEST_SECONDS = 1.0
"""For a thousandth of a second's work, on however busy a machine."""
MOST_MEMORY = 16 * 2**20

Outcome = tuple[Any, ...]


def compiled(text: str) -> Program | JsonataError:
    try:
        return compile_expression(text)
    except JsonataError as error:
        return error


def outcome_of(program: Program) -> Outcome:
    """Return what comes of an evaluation, as something that can be compared."""
    evaluation = Evaluation(1_000, lambda: random.Random(5), LIMITS)
    try:
        value = given_out(program.evaluate(INPUT, {"v": INPUT["items"]}, evaluation), BYTES, evaluation)
    except JsonataError as error:
        return "error", error.code, error.message, error.position
    except BudgetSpentError as error:
        return "spent", error.resource
    except UnsupportedResultError:
        return ("function",)
    assert evaluation.steps <= LIMITS.steps
    assert evaluation.depth == 0
    return ("nothing",) if value is MISSING else ("value", encode(value))


def texts(batch: int, count: int = A_BATCH) -> list[str]:
    hostile = Hostile(batch)
    return [hostile.expression() for _ in range(count)]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_nothing_escapes_its_budget(batch: int) -> None:
    before = encode(INPUT)
    kinds = set()
    for text in texts(batch):
        started = time.thread_time()
        program = compiled(text)
        if isinstance(program, JsonataError):
            kinds.add("syntax")
            continue
        first, second = outcome_of(program), outcome_of(program)
        assert time.thread_time() - started < SLOWEST_SECONDS, text
        assert first == second, text
        kinds.add(first[0])
    assert encode(INPUT) == before
    assert kinds == {"syntax", "error", "spent", "value", "nothing", "function"}


def test_a_printed_expression_is_the_same_expression() -> None:
    for text in texts(50):
        program = compiled(text)
        if isinstance(program, Program):
            printed = text_of(program.tree)
            assert text_of(parse(printed)) == printed, text


def test_nothing_takes_much_memory() -> None:
    programs = [(text, compiled(text)) for text in texts(99, 300)]
    for text, program in programs:
        if isinstance(program, Program):
            tracemalloc.start()
            try:
                outcome_of(program)
                assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY, text
            finally:
                tracemalloc.stop()


def test_on_the_loop_an_expression_has_a_value_or_an_error_of_ours_or_asks_for_a_worker() -> None:
    data = encode(INPUT)
    kinds = set()
    for text in texts(100, 600):
        try:
            expression = jsonata.compile(text.replace("$$", "$states.input"), "Output")
        except jsonata.JsonataSyntaxError:
            continue
        kinds.add(on_the_loop(expression))
    assert kinds == {"value", "States.QueryEvaluationError", "over budget"}
    assert encode(INPUT) == data


def on_the_loop(expression: jsonata.JsonataExpression) -> str:
    try:
        encode(expression.evaluate(bound(INPUT)))
    except EvaluationError as error:
        return error.error if len(str(error)) < len(expression.text) + 5_000 else "a message of any length"
    except OverBudget:
        return "over budget"
    return "value"


def digest() -> str:
    """Return what many expressions come to, in short."""
    outcomes = [outcome_of(program) for text in texts(200, 500) if isinstance(program := compiled(text), Program)]
    return hashlib.sha256(repr(outcomes).encode()).hexdigest()


def test_another_process_comes_to_the_same() -> None:
    command = [sys.executable, "-c", f"from {__name__} import digest; print(digest())"]
    root = Path(__file__).parents[3]
    paths = os.pathsep.join([str(root), *sys.path])
    answers = {
        subprocess.run(
            command, env={"PYTHONPATH": paths, "PYTHONHASHSEED": seed}, cwd=root, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert answers == {f"{digest()}\n".encode()}
