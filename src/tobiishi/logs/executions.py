"""Logs of executions: history as it happens, to the process's log and to CloudWatch Logs, as each machine wants it."""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Final

from tobiishi.engine.queries import Event, public
from tobiishi.engine.recent import Recent
from tobiishi.engine.watching import Source
from tobiishi.logs.batches import Record
from tobiishi.logs.configuration import LogGroup, log_settings
from tobiishi.logs.delivery import Delivery
from tobiishi.logs.lines import write_line
from tobiishi.logs.places import Places
from tobiishi.logs.records import log_record, timestamp_ms
from tobiishi.logs.streams import Stream
from tobiishi.store.contract import Machine

_STREAMS: Final = 4096
"""Streams whose names are remembered; a machine that was forgotten begins another."""


class ExecutionLogs:
    """A watcher of an engine, of Standard and Express executions alike. Standard history is logged once durable."""

    def __init__(self, delivery: Delivery, now: Callable[[], float] = time.time) -> None:
        """`now` returns seconds since the epoch, for the names of streams."""
        self._delivery = delivery
        self._places = Places()
        self._now = now
        self._streams: Recent[tuple[LogGroup, str], Stream] = Recent(_STREAMS)

    def expect(self, machine: Machine) -> None:
        """Open the stream of a machine that logs, ahead of its executions."""
        settings = log_settings(machine.revision.settings)
        if settings is not None:
            self._stream(settings.group, machine.name)

    async def drain(self, seconds: float) -> None:
        """Return when all is delivered, or after that time."""
        await self._delivery.drain(seconds)

    def hear(self, source: Source, entries: Sequence[Event]) -> None:
        """Log what the execution's machine wants logged."""
        settings = log_settings(source.settings)
        if settings is None:
            return
        identity = source.run.identity
        stream = self._stream(settings.group, identity.machine_name)
        for entry, place in zip(entries, self._places.follow(source, entries), strict=True):
            if "_r" in entry or not settings.wants(entry["type"]):
                continue
            event = public(entry)
            write_line(event, identity.arn, place, settings)
            text = log_record(event, identity.arn, source.run.redrives.count, include_data=settings.include_data)
            self._delivery.offer(stream, Record(timestamp_ms(event), text))

    def _stream(self, group: LogGroup, machine: str) -> Stream:
        """Return the stream that this engine writes a machine's records to."""
        stream = self._streams.get((group, machine))
        if stream is None:
            stream = Stream(group, _stream_name(machine, self._now()))
            self._streams.put((group, machine), stream)
            self._delivery.expect(stream)
        return stream


def _stream_name(machine: str, now: float) -> str:
    """Return a name as AWS gives it: the machine, the minute of the first record, and something of its own."""
    minute = time.strftime("%Y-%m-%d-%H-%M", time.gmtime(now))
    return f"states/{machine}/{minute}/{secrets.token_hex(4)}"
