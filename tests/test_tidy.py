"""The house rules that a machine can check. Each exception has its reason beside it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tobiishi"

MAX_FUNCTION_LINES = 70
MAX_MODULE_LINES = 600
DRAWERS = {"common", "helper", "helpers", "misc", "shared", "stuff", "tools", "util", "utilities", "utils"}
"""Names that say nothing of what is inside."""

CONTRACTS = (
    "jsontext.py",
    "problem.py",
    "expr/bindings.py",
    "asl/model.py",
    "store/contract.py",
    "tasks/contract.py",
    "wire/contract.py",
)
"""Modules that other parts are written against."""

LONG_FUNCTIONS: dict[str, str] = {}
LONG_MODULES: dict[str, str] = {}
UNDOCUMENTED: dict[str, str] = {
    f"asl/model.py:{state}": "the language's own word, with the language's own fields"
    for state in ("Choice", "Succeed", "Fail", "Parallel")
}


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def label(path: Path) -> str:
    return str(path.relative_to(SOURCE if path.is_relative_to(SOURCE) else ROOT))


SHIPPED = python_files("src", "examples", "bench")
EVERYTHING = python_files("src", "examples", "bench", "tests")


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def comments(text: str) -> Iterator[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return (token.string for token in tokens if token.type == tokenize.COMMENT)


def long_functions(path: Path) -> set[str]:
    return {
        f"{label(path)}:{node.name}"
        for node in functions(ast.parse(path.read_text()))
        if node.end_lineno and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    }


def promises(text: str) -> list[str]:
    """Return comments that promise work."""
    return [comment for comment in comments(text) if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", comment)]


def names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def blanket_suppressions(text: str) -> list[str]:
    """Return comments that silence a checker without naming what they silence."""
    bare = re.compile(r"#\s*(noqa(?!: [A-Z]+\d+)|type: ignore(?!\[[a-z-]))", re.IGNORECASE)
    return [comment for comment in comments(text) if bare.search(comment)]


@pytest.mark.parametrize("path", EVERYTHING, ids=label)
def test_functions_fit_on_a_screen(path):
    assert long_functions(path) - set(LONG_FUNCTIONS) == set()


@pytest.mark.parametrize("path", EVERYTHING, ids=label)
def test_modules_hold_one_idea(path):
    assert label(path) in LONG_MODULES or len(path.read_text().splitlines()) <= MAX_MODULE_LINES


@pytest.mark.parametrize("path", EVERYTHING, ids=label)
def test_names_say_what_is_inside(path):
    assert not {part.strip("_") for part in path.relative_to(ROOT).with_suffix("").parts} & DRAWERS


@pytest.mark.parametrize("path", EVERYTHING, ids=label)
def test_nothing_is_promised(path):
    assert promises(path.read_text()) == []


@pytest.mark.parametrize("path", SHIPPED, ids=label)
def test_nothing_is_left_out(path):
    assert "NotImplementedError" not in names(path.read_text())


@pytest.mark.parametrize("path", EVERYTHING, ids=label)
def test_suppressions_name_their_rule(path):
    assert blanket_suppressions(path.read_text()) == []


@pytest.mark.parametrize("path", SHIPPED, ids=label)
def test_modules_say_what_they_are(path):
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("name", CONTRACTS)
def test_contracts_are_documented(name):
    public = [
        node
        for node in ast.parse((SOURCE / name).read_text()).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    ]
    silent = {f"{name}:{node.name}" for node in public if not ast.get_docstring(node)}
    assert silent - set(UNDOCUMENTED) == set()


def test_every_exception_is_still_needed():
    assert {name.partition(":")[0] for name in UNDOCUMENTED} <= set(CONTRACTS)
    assert set(LONG_FUNCTIONS) <= {name for path in EVERYTHING for name in long_functions(path)}
    assert set(LONG_MODULES) <= {
        label(path) for path in EVERYTHING if len(path.read_text().splitlines()) > MAX_MODULE_LINES
    }


def test_the_checks_see_what_they_look_for():
    word = "TO" + "DO"
    assert promises(f"# {word} later\nraise NotImplementedError\n") == [f"# {word} later"]
    assert "NotImplementedError" in names("def f():\n    raise NotImplementedError('here')\n")
    assert blanket_suppressions("a = 1  # noqa\nb = 2  # type: ignore\n") == ["# noqa", "# type: ignore"]
    assert blanket_suppressions("a = 1  # noqa: S101 - why\nb = 2  # type: ignore[misc]\n") == []
