"""Save one batch of scores in SQLite, in one transaction; saving it twice changes nothing."""

import sqlite3
from contextlib import closing
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Write `rows` ({"id", "score"}) to the file `database`; return how many were written."""
    with closing(sqlite3.connect(event["database"])) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS scores (id INTEGER PRIMARY KEY, score INTEGER NOT NULL)")
        connection.executemany("INSERT OR REPLACE INTO scores VALUES (:id, :score)", event["rows"])
    return {"saved": len(event["rows"])}
