"""What a command raises for its user, and the exit codes.

0 it succeeded; 1 the execution or the expression did not; 2 the command could not be carried out; 3 the expression is
undefined; 128 + N it was ended by signal N.
"""

from typing import Final

NOT_SUCCEEDED: Final = 1
UNUSABLE: Final = 2
UNDEFINED: Final = 3


class UserError(Exception):
    """The command cannot be carried out. The message is one line: what is wrong, where, and the way out."""


class Finished(Exception):  # noqa: N818 - an end that was reported already, not an error
    """The command has said everything; only its exit code is left."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
