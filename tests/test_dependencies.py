"""What the source imports is what the package declares, and the other way round."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

RUN_NOT_IMPORTED = {"awslambdaric": "workers run it as their main program"}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {normalized(match[0]) for line in project["dependencies"] if (match := re.match(r"[\w.-]+", line))}


def imported() -> set[str]:
    """Return the distributions whose modules the source imports."""
    modules = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules.add(node.module.partition(".")[0])
    owners = packages_distributions()
    outside = modules - set(sys.stdlib_module_names) - {"tobiishi"}
    return {normalized(owner) for module in outside for owner in owners.get(module, [module])}


def test_every_import_is_declared():
    assert imported() - declared() == set()


def test_every_dependency_is_used():
    assert declared() - imported() - set(RUN_NOT_IMPORTED) == set()
