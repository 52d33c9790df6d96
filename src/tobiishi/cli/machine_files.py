"""State machines as files: the definition of `orders` is `orders.asl.json`, or one of its sisters, in a folder."""

from pathlib import Path
from typing import Final

from tobiishi.asl.errors import SCHEMA, InvalidDefinitionError
from tobiishi.asl.source import MAX_BYTES, read_definition
from tobiishi.cli.errors import UserError
from tobiishi.cli.files import read_text
from tobiishi.problem import Problem

SUFFIXES: Final = (".asl.json", ".asl.yaml", ".asl.yml", ".json", ".yaml", ".yml")


class MachineFiles:
    """Finds definitions by the name of their state machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> str | None:
        """Return the JSON text of a machine's definition; None if there is no file for it.

        Raises `InvalidDefinitionError` for a file that holds none.
        """
        try:
            path = next((path for suffix in SUFFIXES if (path := self._folder / f"{name}{suffix}").is_file()), None)
        except OSError:  # a name that no file can have
            path = None
        if path is None:
            return None
        try:
            return read_definition(read_text(path, "definition", 4 * MAX_BYTES), path.name)[1]
        except UserError as error:
            raise InvalidDefinitionError([Problem(SCHEMA, "", str(error))]) from None
