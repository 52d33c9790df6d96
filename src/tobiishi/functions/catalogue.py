"""Which functions a directory of Python files serves.

`NAME.py` is the function NAME with the handler `handler` or `lambda_handler`. A folder `NAME/` is one if it holds a
file that Lambda users know: `lambda_function.py` (the console's), `app.py` (SAM's), `index.py`, `handler.py` or
`main.py`. `functions.toml` beside them may say otherwise (`functions.settings`). Files are looked at on every call, so
a function that was added or edited is served at once.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from tobiishi.functions.settings import CatalogueError, FunctionSettings, read_settings
from tobiishi.tasks.function_name import FunctionName

SETTINGS_FILE: Final = "functions.toml"

_FOLDER_FILES: Final = (
    ("lambda_function", "lambda_handler"),
    ("app", "lambda_handler"),
    ("index", "handler"),
    ("handler", "handler"),
    ("main", "handler"),
)
_HANDLERS: Final = ("handler", "lambda_handler")


@dataclass(frozen=True, slots=True)
class Function:
    """A function and how to run it. Two that compare equal may share a warm worker.

    `handler` is `MODULE.FUNCTION` below `task_root`; `timeout` in seconds, `memory` in megabytes. `concurrency` None:
    as many at once as the pool allows. `edited_ns` changes whenever the code does. `region` None: the pool's own.
    """

    name: str
    handler: str
    task_root: Path
    timeout: float
    memory: int
    environment: Mapping[str, str]
    concurrency: int | None
    edited_ns: int
    region: str | None = None


class Catalogue(Protocol):
    """Where the pool looks for functions."""

    def find(self, name: str) -> Function | None:
        """Return the function that `name` (any form Lambda takes, see `FunctionName`) stands for.

        Raises `CatalogueError` when it cannot be said, `ValueError` for an impossible name.
        """


class Catalogues:
    """Several catalogues; the first that has a function serves it."""

    def __init__(self, *catalogues: Catalogue) -> None:
        self._catalogues = catalogues

    def find(self, name: str) -> Function | None:
        found = (catalogue.find(name) for catalogue in self._catalogues)
        return next((function for function in found if function is not None), None)


class FunctionDirectory:
    """The functions of one directory. Raises `CatalogueError` when the directory or its settings cannot be used."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise CatalogueError(f"{path} is not a directory of functions")
        self._path = path.resolve()
        self._settings: dict[str, FunctionSettings] = {}
        self._settings_read_ns = -1
        self._reload_settings()
        for name, settings in self._settings.items():
            if self.find(name) is None:
                raise CatalogueError(f"{SETTINGS_FILE}: {name}: there is no {_wanted_file(name, settings)}")

    def names(self) -> list[str]:
        """Return the functions served, sorted. Modules without a handler are taken for parts of other functions."""
        return sorted(name for name in set(self._candidates()) if self._serves(name))

    def find(self, name: str) -> Function | None:
        """Return the function that `name` (any form Lambda takes, see `FunctionName`) stands for.

        Raises `CatalogueError` when the settings were edited and are wrong now, `ValueError` for an impossible name.
        """
        self._reload_settings()
        plain = FunctionName.parse(name).name
        settings = self._settings.get(plain, FunctionSettings())
        root = self._path if (self._path / f"{plain}.py").is_file() else self._path / plain
        handler = settings.handler or _found_handler(root, plain)
        if settings.handler and not root.is_dir():
            root = self._path
        source = _source(root, handler) if handler else None
        if handler is None or source is None:
            return None
        return Function(
            name=plain,
            handler=handler,
            task_root=root,
            timeout=settings.timeout,
            memory=settings.memory,
            environment=settings.environment,
            concurrency=settings.concurrency,
            edited_ns=source.stat().st_mtime_ns,
        )

    def _candidates(self) -> Iterator[str]:
        yield from self._settings
        for entry in self._path.iterdir():
            name = entry.stem if entry.suffix == ".py" else entry.name
            try:
                FunctionName.parse(name)
            except ValueError:
                continue
            yield name

    def _serves(self, name: str) -> bool:
        function = self.find(name)
        if function is None:
            return False
        if name in self._settings or function.task_root != self._path:
            return True
        defined = _defined_names(self._path / f"{name}.py", function.edited_ns)
        return defined is None or bool(defined & set(_HANDLERS))

    def _reload_settings(self) -> None:
        path = self._path / SETTINGS_FILE
        edited = path.stat().st_mtime_ns if path.exists() else 0
        if edited != self._settings_read_ns:
            self._settings = read_settings(path)
            self._settings_read_ns = edited


def _found_handler(root: Path, name: str) -> str | None:
    """Return `MODULE.FUNCTION` for a function without settings; None if no file could hold it.

    A module that defines neither name keeps the first: calling it gets Lambda's own Runtime.HandlerNotFound.
    """
    choices = ((name, "handler"),) if (root / f"{name}.py").is_file() else _FOLDER_FILES
    for module, usual in choices:
        source = root / f"{module}.py"
        if source.is_file():
            defined = _defined_names(source, source.stat().st_mtime_ns) or frozenset()
            function = next((each for each in (usual, *_HANDLERS) if each in defined), usual)
            return f"{module}.{function}"
    return None


def _source(root: Path, handler: str) -> Path | None:
    """Return the file of `MODULE` in `MODULE.FUNCTION`: a module or a package."""
    module = root.joinpath(*handler.rpartition(".")[0].replace("/", ".").split("."))
    choices = (module.with_name(f"{module.name}.py"), module / "__init__.py")
    return next((path for path in choices if path.is_file()), None)


def _wanted_file(name: str, settings: FunctionSettings) -> str:
    if settings.handler:
        return settings.handler.rpartition(".")[0].replace(".", "/") + ".py"
    return f"{name}.py, nor a folder {name}/ with one of {', '.join(f'{file}.py' for file, _ in _FOLDER_FILES)}"


@lru_cache(maxsize=1024)
def _defined_names(source: Path, edited_ns: int) -> frozenset[str] | None:  # noqa: ARG001 - the cache's key
    """Return the names that a module defines, found without running it; None if Python cannot read it."""
    try:
        tree = ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return frozenset(name for statement in tree.body for name in _bound_names(statement))


def _bound_names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in statement.names)
    else:  # an assignment, or a block such as `try` or `if` that may hold any of these
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom):
                yield from _bound_names(node)
