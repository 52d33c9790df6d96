"""Commands that are suggested to the user, ready to be copied."""

import os
import shlex
from pathlib import Path

from tobiishi.cli.options import DATA


def resume_command(execution: str, data: Path) -> str:
    """Return what goes on with an execution of a data directory."""
    words = ["tobiishi", "resume", execution]
    if data != Path(os.environ.get("TOBIISHI_DATA") or DATA):
        words += ["--data", str(data)]
    return shlex.join(words)
