"""Delivery of log records to CloudWatch Logs: in the background, bounded, and never in an execution's way.

One request is on its way at a time, and what arrives meanwhile goes with the next, so records leave at once when there
are few and in large requests when there are many. What cannot be delivered is dropped and counted: AWS too promises its
logs only as far as it can. The first loss of a log group is said, and the sum at the end.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from tobiishi.logs.batches import Backlog, Record
from tobiishi.logs.streams import Stream, error_code, open_stream, put_events
from tobiishi.tasks.aws_calls import NO_ANSWER, AwsCalls
from tobiishi.tasks.aws_errors import reason

log = logging.getLogger("tobiishi.logs")

MAX_WAITING_BYTES: Final = 64 * 1_048_576
MAX_TRIES: Final = 5
FIRST_PAUSE_SECONDS: Final = 0.2
"""How long to wait before a failed request is sent again, doubled each time."""

_BUSY: Final = frozenset({"ThrottlingException", "ServiceUnavailableException", "RequestTimeout"})
_THROTTLED, _SERVER_ERROR = 429, 500


class Delivery:
    """Sends records to log streams. Belongs to one event loop."""

    def __init__(
        self,
        calls: AwsCalls,
        *,
        limit: int = MAX_WAITING_BYTES,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.dropped = 0
        """Records that did not arrive."""
        self._calls = calls
        self._pause = pause
        self._backlog = Backlog(limit)
        self._awaited: deque[Stream] = deque()
        self._opened: set[Stream] = set()
        self._troubled: set[str] = set()
        self._sender: asyncio.Task[None] | None = None

    def expect(self, stream: Stream) -> None:
        """Open a stream ahead of its first record."""
        if self._calls.lead_somewhere:
            self._awaited.append(stream)
            self._work()

    def offer(self, stream: Stream, record: Record) -> None:
        """Take a record, if there is room for it."""
        if not self._calls.lead_somewhere:
            self._drop(stream, 1, "nothing says where AWS is; start with --aws URL or --aws real")
        elif not self._backlog.add(stream, record):
            self._drop(stream, 1, "more is logged than can be delivered")
        else:
            self._work()

    async def drain(self, seconds: float) -> None:
        """Return when all is delivered, or after that time."""
        if self._sender is not None:
            await asyncio.wait([self._sender], timeout=seconds)

    async def close(self) -> None:
        """Stop; what waits still is lost."""
        if self._sender is not None and not self._sender.done():
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender
        while self._backlog:
            stream = self._backlog.longest_waiting()
            self._drop(stream, len(self._backlog.take(stream)), "the engine stops")
        if self.dropped:
            log.warning("%d log records were not delivered", self.dropped)

    def _work(self) -> None:
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all(), name="log delivery")

    async def _send_all(self) -> None:
        while self._awaited or self._backlog:
            stream, batch = self._next()
            try:
                await self._send(stream, batch)
            except asyncio.CancelledError:
                self._drop(stream, len(batch), "the engine stops")
                raise
            except Exception as error:
                log.exception("log records cannot be delivered")
                self._drop(stream, len(batch), type(error).__name__)

    def _next(self) -> tuple[Stream, list[Record]]:
        """Return what to write next: a stream without records is only to be opened."""
        if self._awaited:
            stream = self._awaited.popleft()
            return stream, self._backlog.take(stream)
        stream = self._backlog.longest_waiting()
        return stream, self._backlog.take(stream)

    async def _send(self, stream: Stream, batch: Sequence[Record]) -> None:
        pause = FIRST_PAUSE_SECONDS
        for again in reversed(range(MAX_TRIES)):
            try:
                refused = await self._calls.use(
                    "logs", stream.group.region, lambda client: self._put(client, stream, batch)
                )
            except ClientError as error:
                if not (again and _may_pass(error)):
                    self._drop(stream, len(batch), _told(error))
                    return
            except NO_ANSWER as error:
                if not again:
                    self._drop(stream, len(batch), reason(error))
                    return
            else:
                self._arrived(stream, refused)
                return
            await self._pause(pause)
            pause *= 2

    def _arrived(self, stream: Stream, refused: int) -> None:
        if refused:
            self._drop(stream, refused, "CloudWatch Logs takes no records that are so old, or so far in the future")
        else:
            self._troubled.discard(stream.group.arn)

    def _put(self, client: Any, stream: Stream, batch: Sequence[Record]) -> int:
        """Write records, in a thread; return how many of them were refused for their time."""
        events = [{"timestamp": record.timestamp_ms, "message": record.text.decode()} for record in batch]
        if stream in self._opened and events:
            try:
                return put_events(client, stream, events)
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                self._opened.discard(stream)  # somebody deleted it
        open_stream(client, stream)
        self._opened.add(stream)
        return put_events(client, stream, events) if events else 0

    def _drop(self, stream: Stream, count: int, why: str) -> None:
        self.dropped += count
        if stream.group.arn not in self._troubled:
            self._troubled.add(stream.group.arn)
            log.warning("log records for %s are dropped: %s", stream.group.arn, why)


def _told(error: ClientError) -> str:
    return f"{error_code(error)}: {error.response.get('Error', {}).get('Message', '')}"


def _may_pass(error: ClientError) -> bool:
    """Say whether the same request may succeed a little later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error_code(error) in _BUSY or status == _THROTTLED or status >= _SERVER_ERROR
