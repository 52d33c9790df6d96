"""Progress on a terminal: what has ended scrolls by, what is at work stays at the bottom and moves."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from tobiishi.cli.live import Frame, Note
from tobiishi.cli.text import duration
from tobiishi.cli.view import Silent, describe, short_name, tally, what, where

_REFRESH_SECONDS: Final = 0.125
_MOST_ROWS: Final = 10
"""States at work that are shown; more are counted."""

_STYLES: Final = {
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
    "retrying": ("↻", "yellow"),
    "caught": ("✓", "yellow"),
}


class Screen(Silent):
    """A live view. Made and used in an event loop, which keeps it moving until it is closed."""

    def __init__(self, arn: str | None, console: Console) -> None:
        super().__init__(arn)
        self._console = console
        self._spinner = Spinner("dots")
        self._mover: asyncio.Task[None] | None = None
        self._live = Live(
            console=console, get_renderable=self._render, auto_refresh=False, transient=True, redirect_stdout=False
        )
        self._live.start()
        self._mover = asyncio.get_running_loop().create_task(self._move())

    def close(self) -> None:
        if self._mover is not None:
            self._mover.cancel()
            self._mover = None
            with suppress(OSError):  # the terminal may be gone
                self._live.stop()

    def say(self, text: str) -> None:
        self._put(Text(text))

    def tell(self, notes: Sequence[Note]) -> None:
        for note in notes:
            if note.kind == "started":
                self._print("▶", "bold", note, short_name(self.arn or ""))
            elif note.kind == "ended":
                sign, style = _STYLES["succeeded" if note.text == "SUCCEEDED" else "failed"]
                self._print(sign, f"bold {style}", note, describe(note))
            elif note.kind in _STYLES:
                self._print(*_STYLES[note.kind], note, describe(note))

    def tell_child(self, line: str | None) -> None:
        if line is not None and not line.endswith("started"):
            self._put(Text(f"          · {line}", style="dim"))

    def _print(self, sign: str, style: str, note: Note, text: str) -> None:
        after = duration(note.at - self.progress.started)
        self._put(Text.assemble((f"{after:>8}", "dim"), " ", (f"{sign} ", style), text))

    def _put(self, text: Text) -> None:
        with suppress(OSError):  # the terminal may be gone: the execution goes on without it
            self._console.print(text, soft_wrap=True)

    async def _move(self) -> None:
        with suppress(OSError):
            while True:
                self._live.refresh()
                await asyncio.sleep(_REFRESH_SECONDS)

    def _render(self) -> RenderableType:
        return Text() if self._mover is None else Group(*self._rows())

    def _rows(self) -> Iterator[RenderableType]:
        frames, now = self.progress.open_frames, time.time()
        table = Table.grid(padding=(0, 1))
        for frame in frames[:_MOST_ROWS]:
            table.add_row(Text(f"{duration(now - frame.entered):>8}", style="dim"), self._spinner, *_cells(frame, now))
        yield table
        if len(frames) > _MOST_ROWS:
            yield Text(f"           and {len(frames) - _MOST_ROWS} more at work", style="dim")
        if self.children.running:
            yield Text(f"           {self.children}", style="dim")


def _cells(frame: Frame, now: float) -> tuple[Text, RenderableType]:
    name = Text(where(frame.where), overflow="ellipsis", no_wrap=True)
    if frame.count is not None:
        count = frame.count
        bar = ProgressBar(total=max(count.total, 1), completed=count.done, width=24)
        row = Table.grid(padding=(0, 1))
        row.add_row(bar, Text(tally(count)))
        return name, row
    if frame.due is not None:
        left = duration(frame.due - now)
        if frame.type == "Wait":
            return name, Text(f"{left} left", style="dim")
        return name, Text(f"retry {frame.retries} in {left}", style="yellow")
    attempt = f", attempt {frame.retries + 1}" if frame.retries else ""
    return name, Text(what(frame) + attempt, style="dim")
