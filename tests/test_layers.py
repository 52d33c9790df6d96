"""The layers of ARCHITECTURE.md, held: imports go downward only, and the core touches neither clock nor world."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src"
PACKAGE = SOURCE / "tobiishi"

RANKS = {
    "jsontext": 0,
    "problem": 0,
    "quotas": 0,
    "expr": 1,
    "asl": 2,
    "interp": 3,
    "store": 4,
    "tasks": 4,
    "wire": 4,
    "engine": 5,
    "functions": 5,
    "logs": 6,
    "teststate": 6,
    "api": 7,
    "server": 8,
    "cli": 9,
    "testing": 9,
    "__main__": 10,
}
"""A part may import parts of a lower rank, and itself. Parts of one rank do not know one another."""

PURE = ("jsontext", "problem", "quotas", "expr", "asl", "interp")
"""Parts to which time, ids and randomness are given, and which ask the world through effects."""

WORLDLY = {
    *("asyncio", "concurrent", "multiprocessing", "select", "selectors", "signal", "subprocess", "threading", "time"),
    *("aiohttp", "botocore", "http", "socket", "sqlite3", "ssl", "urllib.request"),
    *("fcntl", "io", "logging", "os", "pathlib", "resource", "secrets", "shutil", "sys", "tempfile"),
}
"""Modules that sleep, thread, connect, read files or tell the time."""

UNREPEATABLE = {
    "random": {"Random"},
    "uuid": {"UUID"},
}
"""Modules of which only these names may be used: the rest answers differently each time."""

CLOCK_CALLS = {"now", "utcnow", "today"}
"""Methods of date and datetime that read the clock."""

_MODELS = "reads which services and actions exist from botocore's data files, once: they are part of the program"
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("tobiishi.asl.sdk", "botocore"): _MODELS,
    ("tobiishi.asl.sdk", "pathlib"): _MODELS,
    **dict.fromkeys(
        (("tobiishi.expr.jsonata_worker", use) for use in ("asyncio", "os", "resource", "signal", "sys")),
        "is a process of its own and the handle to it, not part of what the interpreter calls",
    ),
}
"""(Module, what it uses) to the reason why it may."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return a file's dotted module name."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str | None:
    """Return the part of tobiishi that a module belongs to; None for the root and for other packages."""
    parts = module.split(".")
    return parts[1] if parts[0] == "tobiishi" and len(parts) > 1 else None


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports, those in functions and under TYPE_CHECKING included."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def upward_imports(path: Path) -> list[str]:
    mine = part_of(name_of(path))
    rank = RANKS[mine] if mine else 0
    return [name for name in imports(path) if (part := part_of(name)) in RANKS and part != mine and RANKS[part] >= rank]


def worldly_uses(path: Path) -> set[str]:
    """Return what a file uses of the world: module names, `random.choice`, `datetime.now()`, `open()`."""
    found = {world for name in imports(path) for world in WORLDLY if name == world or name.startswith(world + ".")}
    for name in imports(path):
        origin, _, leaf = name.rpartition(".")
        if origin in UNREPEATABLE and leaf not in UNREPEATABLE[origin]:
            found.add(name)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = node.value.id
            if owner in UNREPEATABLE and node.attr not in UNREPEATABLE[owner]:
                found.add(f"{owner}.{node.attr}")
            if owner in {"date", "datetime"} and node.attr in CLOCK_CALLS:
                found.add(f"{owner}.{node.attr}()")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "print"}:
            found.add(f"{node.func.id}()")
    return found


def pure_modules() -> list[Path]:
    return [path for path in MODULES if part_of(name_of(path)) in PURE]


def test_every_part_has_a_rank():
    assert {part for path in MODULES if (part := part_of(name_of(path)))} <= set(RANKS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_downward_only(path):
    assert upward_imports(path) == []


@pytest.mark.parametrize("path", pure_modules(), ids=name_of)
def test_the_core_does_not_touch_the_world(path):
    allowed = {use for module, use in EXCEPTIONS if module == name_of(path)}
    assert worldly_uses(path) - allowed == set()


def test_every_exception_is_still_needed():
    used = {(name_of(path), use) for path in pure_modules() for use in worldly_uses(path)}
    assert set(EXCEPTIONS) <= used


def test_the_checks_see_what_they_look_for(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    module = tmp_path / "tobiishi" / "interp" / "sample.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "import time\nimport random\nfrom random import choice\nfrom datetime import datetime\n"
        "from tobiishi.engine import loop\nfrom ..store import contract\nfrom .run import Run\n"
        "from tobiishi.asl import x\ndef f():\n    import socket\n"
        "    random.random()\n    datetime.now()\n    open('x')\n"
    )
    assert upward_imports(module) == ["tobiishi.engine.loop", "tobiishi.store.contract"]
    assert worldly_uses(module) == {"time", "socket", "random.choice", "random.random", "datetime.now()", "open()"}
