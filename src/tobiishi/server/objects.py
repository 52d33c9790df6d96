"""Texts in the buckets of the endpoint that `--aws` names."""

import logging
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tobiishi.tasks.aws_clients import Clients, Endpoint
from tobiishi.tasks.threads import DaemonThreads

log = logging.getLogger("tobiishi.server")

MAX_BYTES: Final = 1_048_576
"""What CloudFormation takes of a template in S3."""
_AT_ONCE: Final = 4


class Objects:
    """Reads objects, a few at once."""

    def __init__(self, url: str, region: str) -> None:
        self._clients = Clients(Endpoint(url), _AT_ONCE)
        self._region = region
        self._threads = DaemonThreads(_AT_ONCE, "objects")

    async def read(self, bucket: str, key: str) -> str | None:
        """Return an object's text; None if it cannot be had, or is longer than a template may be."""
        return await self._threads.run(lambda: self._read(bucket, key))

    def close(self) -> None:
        self._clients.close()

    def _read(self, bucket: str, key: str) -> str | None:
        try:
            client: Any = self._clients.client("s3", self._region)
            content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read(MAX_BYTES + 1)
        except (BotoCoreError, ClientError, OSError) as error:
            log.warning("a template could not be read: %s", type(error).__name__)
            return None
        return content.decode("utf-8", "replace") if len(content) <= MAX_BYTES else None
