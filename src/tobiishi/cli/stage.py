"""What stands between a running execution and its user: a view, the signals, the log."""

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tobiishi.cli.interrupts import Interrupts
from tobiishi.cli.view import Lines, LogLines, Silent, View


@dataclass(frozen=True, slots=True)
class Stage:
    view: View
    interrupts: Interrupts


@asynccontextmanager
async def set_stage(arn: str | None, *, quiet: bool) -> AsyncIterator[Stage]:
    """Listen to signals and pass on the log for as long as an execution (`arn`, if it is known yet) runs."""
    view = _view(arn, quiet=quiet)
    handler = LogLines(view, logging.WARNING if quiet else logging.INFO)
    logger = logging.getLogger("tobiishi")
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        with Interrupts(view.close).handled() as interrupts:
            yield Stage(view, interrupts)
    finally:
        view.close()
        logger.removeHandler(handler)
        logger.level, logger.propagate = before


def _view(arn: str | None, *, quiet: bool) -> View:
    if quiet:
        return Silent(arn)
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415 - a fifth of a second that logs need not pay

        console = Console(stderr=True, highlight=False)
        if console.is_terminal and not console.is_dumb_terminal:
            from tobiishi.cli.screen import Screen  # noqa: PLC0415

            return Screen(arn, console)
    return Lines(arn)
