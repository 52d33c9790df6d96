"""`functions.toml`: what a directory of functions says about them beyond their code.

[orders]
handler = "orders.main"        # MODULE.FUNCTION
timeout = 30                   # seconds, 1 to 900
memory = 256                   # megabytes, told to the function, not enforced
concurrency = 4                # as Lambda's reserved concurrency: calls over it are throttled
environment = { STAGE = "test" }
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tobiishi.tasks.function_name import FunctionName

MAX_TIMEOUT: Final = 900
"""Seconds that a function may run: Lambda's quota, and what a function without settings gets.

Lambda's own default of 3 s is a property of a deployed configuration; a bare file has none, and a local run that
dies after 3 s would surprise more people than it would teach.
"""

RESERVED_VARIABLES: Final = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
"""Variables that Lambda sets and a function's environment may not. Credentials are not among them: here there is no
role to take them from."""


class CatalogueError(Exception):
    """The directory of functions cannot be used as it is; the message is one line for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """One table of `functions.toml`. None: not said."""

    handler: str | None = None
    timeout: float = MAX_TIMEOUT
    memory: int = 128
    concurrency: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def read_settings(path: Path) -> dict[str, FunctionSettings]:
    """Return the settings by function name; a missing file has none. Raises `CatalogueError`."""
    try:
        tables = tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path.name}: {error}") from None
    return {_name(path.name, name): _settings(f"{path.name}: {name}", table) for name, table in tables.items()}


def _name(where: str, name: str) -> str:
    try:
        plain = FunctionName.parse(name).name
    except ValueError as error:
        raise CatalogueError(f"{where}: {error}") from None
    if plain != name:
        raise CatalogueError(f"{where}: {name} has settings under its plain name {plain} only")
    return name


def _settings(where: str, table: Any) -> FunctionSettings:
    if not isinstance(table, dict):
        raise CatalogueError(f"{where} must be a table of settings")
    unknown = table.keys() - _CHECKS.keys()
    if unknown:
        raise CatalogueError(f"{where}.{min(unknown)} is not a setting; there are {', '.join(_CHECKS)}")
    checked: dict[str, Any] = {key: _CHECKS[key](f"{where}.{key}", value) for key, value in table.items()}
    return FunctionSettings(**checked)


def _handler(where: str, value: Any) -> str:
    if not isinstance(value, str) or not all(value.rpartition(".")):
        raise CatalogueError(f'{where} must be "MODULE.FUNCTION"')
    return value


def _timeout(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= MAX_TIMEOUT:
        raise CatalogueError(f"{where} must be a number of seconds from 1 to {MAX_TIMEOUT}")
    return value


def _memory(where: str, value: Any) -> int:
    return _whole(where, value, 128, 10_240)


def _concurrency(where: str, value: Any) -> int:
    return _whole(where, value, 0, 1000)


def _whole(where: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise CatalogueError(f"{where} must be a whole number from {least} to {most}")
    return value


def _environment(where: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) and "\0" not in text for text in value.values()):
        raise CatalogueError(f"{where} must be a table of strings")
    for name in value:
        if name in RESERVED_VARIABLES:
            raise CatalogueError(f"{where}.{name} is reserved: the runtime sets it")
        if not name or "=" in name or "\0" in name:
            raise CatalogueError(f"{where}: {name!r} cannot name a variable")
    return value


_CHECKS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "handler": _handler,
    "timeout": _timeout,
    "memory": _memory,
    "concurrency": _concurrency,
    "environment": _environment,
}
