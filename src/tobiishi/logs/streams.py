"""Log streams of CloudWatch Logs, and writing to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tobiishi.logs.configuration import LogGroup


@dataclass(frozen=True, slots=True)
class Stream:
    """A log stream."""

    group: LogGroup
    name: str

    @property
    def names(self) -> dict[str, str]:
        """What requests call it."""
        return {"logGroupName": self.group.name, "logStreamName": self.name}


def open_stream(client: Any, stream: Stream) -> None:
    """Make the stream unless it is there. Raises `ClientError`."""
    try:
        client.create_log_stream(**stream.names)
    except ClientError as error:
        if error_code(error) != "ResourceAlreadyExistsException":
            raise


def put_events(client: Any, stream: Stream, events: Sequence[dict[str, Any]]) -> int:
    """Write events, in the order of their time; return how many were refused for it. Raises `ClientError`."""
    answer = client.put_log_events(**stream.names, logEvents=events)
    info = answer.get("rejectedLogEventsInfo") or {}
    too_old = max(info.get("tooOldLogEventEndIndex", 0), info.get("expiredLogEventEndIndex", 0))
    return int(too_old + len(events) - info.get("tooNewLogEventStartIndex", len(events)))


def error_code(error: ClientError) -> str:
    """Return AWS's name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))
