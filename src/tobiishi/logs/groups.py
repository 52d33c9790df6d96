"""Whether the log group that a configuration names is there."""

import logging
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tobiishi.engine.configuration import log_groups
from tobiishi.engine.errors import InvalidLoggingError
from tobiishi.logs.configuration import LogGroup
from tobiishi.tasks.aws_calls import NO_ANSWER, AwsCalls

log = logging.getLogger("tobiishi.logs")


class LogGroups:
    """Looks for log groups where AWS is. Without a destination every group counts as there."""

    def __init__(self, calls: AwsCalls) -> None:
        self._calls = calls

    async def check(self, settings: str) -> None:
        """Raise `InvalidLoggingError` if settings name a log group that is not there.

        An endpoint that does not answer, or lets nobody look, says nothing about groups, and stops nobody.
        """
        if not self._calls.lead_somewhere:
            return
        for group in map(LogGroup, log_groups(settings)):
            try:
                found = await self._calls.use("logs", group.region, partial(_exists, group))
            except (ClientError, *NO_ANSWER) as error:
                log.warning("whether the log group %s exists cannot be found out: %s", group.arn, error)
                continue
            if not found:
                raise InvalidLoggingError("Invalid Logging Configuration: Log Destination not found.")


def _exists(group: LogGroup, client: Any) -> bool:
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group.name)
    return any(found["logGroupName"] == group.name for page in pages for found in page["logGroups"])
