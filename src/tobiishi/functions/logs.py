"""What a function prints: read from a pipe, cut into bounded lines, passed to the log by the function's name.

The engine's loop reads the pipe, so a function that prints without end must not be able to hold the loop: each turn
passes on a bounded number of lines, and while some are left nothing more is read. Then the pipe fills up and it is the
function that waits.
"""

import asyncio
import logging
import os
import re
from typing import Final

MAX_LINE: Final = 8 * 1024
"""Bytes of a line in the log; a longer one is cut into several."""
TAIL: Final = 4 * 1024
"""Bytes of log that an invocation returns (Invoke's LogResult)."""

_CHUNK: Final = 64 * 1024
_LINES_A_TURN: Final = 100
_PAUSE: Final = 0.01
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class FunctionLog:
    """One worker's output. Lines go to the logger `tobiishi.functions.NAME`."""

    def __init__(self, name: str, pipe: int) -> None:
        self._logger = logging.getLogger(f"tobiishi.functions.{name}")
        self._loop = asyncio.get_running_loop()
        self._pipe: int | None = pipe
        self._rest = b""
        self._tail = b""
        self._pause: asyncio.TimerHandle | None = None
        os.set_blocking(pipe, False)
        self._loop.add_reader(pipe, self._turn)

    def begin(self) -> None:
        """Forget what came before: an invocation starts."""
        self._tail = b""

    def end(self) -> bytes:
        """Return the last of what was printed since `begin`."""
        if self._pipe is not None and len(self._rest) < _CHUNK:
            self._read(self._pipe)
            self._loop.call_soon(self._turn)
        return self._tail

    def close(self) -> None:
        """Pass on what was printed last, and close the pipe."""
        if self._pipe is None:
            return
        self._loop.remove_reader(self._pipe)
        if self._pause is not None:
            self._pause.cancel()
        self._read(self._pipe)
        os.close(self._pipe)
        self._pipe = None
        self._pass_on(last=True)

    def _turn(self) -> None:
        if self._pipe is None:
            return
        ended = len(self._rest) < _CHUNK and self._read(self._pipe)
        self._loop.remove_reader(self._pipe)
        if self._pass_on(last=False):
            self._pause = self._loop.call_later(_PAUSE, self._turn)
        elif not ended:
            self._loop.add_reader(self._pipe, self._turn)

    def _read(self, pipe: int) -> bool:
        """Take what the pipe holds now; True at its end."""
        try:
            data = os.read(pipe, _CHUNK)
        except BlockingIOError:
            return False
        self._rest += data
        self._tail = (self._tail + data)[-TAIL:]
        return not data

    def _pass_on(self, *, last: bool) -> bool:
        """Log whole lines, no more than one turn's worth; True if there are more."""
        for _ in range(_LINES_A_TURN):
            end = self._rest.find(b"\n", 0, MAX_LINE)
            if end < 0 and len(self._rest) < MAX_LINE and not (last and self._rest):
                return False
            cut = end + 1 if end >= 0 else MAX_LINE
            self._log(self._rest[:cut])
            self._rest = self._rest[cut:]
        return b"\n" in self._rest or len(self._rest) >= MAX_LINE

    def _log(self, line: bytes) -> None:
        # Lambda's runtime joins the lines of a traceback by carriage returns and indents with no-break spaces.
        text = line.decode(errors="replace").rstrip("\r\n").replace("\r", "\n").replace("\xa0", " ")
        if text:
            self._logger.info("%s", _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text))
