"""The store in one SQLite file: the default, and the truth of a single engine."""

from tobiishi.store.sqlite.reader import SqliteReader
from tobiishi.store.sqlite.store import SqliteStore

__all__ = ["SqliteReader", "SqliteStore"]
