"""Files that a user names, read whole, with one line to say why one cannot be."""

import sys
from pathlib import Path

from tobiishi.cli.errors import UserError

STDIN = Path("-")


def read_text(path: Path, what: str, longest: int) -> str:
    """Return a UTF-8 file's text; `-` is standard input. `what` names it in the error: `definition`, `input`.

    Raises `UserError` for what cannot be read, is longer than `longest` bytes, or is not UTF-8.
    """
    name = "standard input" if path == STDIN else str(path)
    try:
        data = _read(path, longest + 1)
    except OSError as error:
        raise UserError(f"{what} {name} cannot be read: {error.strerror or error}") from None
    if len(data) > longest:
        raise UserError(f"{what} {name} is longer than {longest} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{what} {name} is not UTF-8 text: {error.reason} at byte {error.start}") from None


def _read(path: Path, size: int) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(size)
    with path.open("rb") as file:
        return file.read(size)
