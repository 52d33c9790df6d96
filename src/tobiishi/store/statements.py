"""SQL from `.sql` files: named queries (`queries/<dialect>.sql`) and numbered migrations (`migrations/<dialect>/`)."""

import re
from importlib.resources import files
from typing import Final

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_MIGRATION: Final = re.compile(r"^(\d{4})_\w+\.sql$")


def queries(dialect: str) -> dict[str, str]:
    """Return the dialect's queries by name, without comments and the closing semicolon."""
    text = (files(__package__) / "queries" / f"{dialect}.sql").read_text("utf-8")
    _, *parts = _NAME.split(text)
    return {name: _plain(query) for name, query in zip(parts[::2], parts[1::2], strict=True)}


def migrations(dialect: str) -> list[tuple[int, str]]:
    """Return the dialect's migrations as (number, script), in order; the number is the format that each leads to."""
    entries = (files(__package__) / "migrations" / dialect).iterdir()
    found = [(match, entry) for entry in entries if (match := _MIGRATION.match(entry.name))]
    return sorted((int(match[1]), entry.read_text("utf-8")) for match, entry in found)


def _plain(query: str) -> str:
    lines = [line for line in query.strip().splitlines() if not line.startswith("--")]
    return "\n".join(lines).removesuffix(";")
