"""Whether the log group that a configuration names is there."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from tobiishi.engine.configuration import log_groups
from tobiishi.engine.errors import InvalidLoggingError
from tobiishi.logs.configuration import LogGroup
from tobiishi.logs.streams import Stream, open_stream
from tobiishi.store.contract import Machine
from tobiishi.tasks.aws_calls import NO_ANSWER, AwsCalls

VALIDATION_STREAM: Final = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"

log = logging.getLogger("tobiishi.logs")


class LogGroups:
    """Looks for log groups where AWS is. Without a destination every group counts as there.

    `expect` hears of machines as they are made and changed.
    """

    def __init__(self, calls: AwsCalls, expect: Callable[[Machine], None] = lambda _: None) -> None:
        self.expect = expect
        self._calls = calls

    async def check(self, settings: str, *, opening: bool = False) -> None:
        """Raise `InvalidLoggingError` if settings name a log group that is not there.

        `opening` leaves in it the stream by which AWS finds out, when a machine is made, whether it may write. An
        endpoint that does not answer, or lets nobody look, says nothing about groups, and stops nobody.
        """
        if not self._calls.lead_somewhere:
            return
        for group in map(LogGroup, log_groups(settings)):
            try:
                found = await self._calls.use("logs", group.region, partial(_look, group, opening))
            except (ClientError, *NO_ANSWER) as error:
                log.warning("whether the log group %s exists cannot be found out: %s", group.arn, error)
                continue
            if not found:
                raise InvalidLoggingError("Invalid Logging Configuration: Log Destination not found.")


def _look(group: LogGroup, opening: bool, client: Any) -> bool:
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group.name)
    exists = any(found["logGroupName"] == group.name for page in pages for found in page["logGroups"])
    if exists and opening:
        open_stream(client, Stream(group, VALIDATION_STREAM))
    return exists
