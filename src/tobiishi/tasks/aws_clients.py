"""botocore clients: where their calls go, with which credentials, made once and kept.

Making a client reads a service's model from disk and may take a second, and every call blocks, so all of this runs in
the threads of `AwsSdk`. botocore itself never sends a request twice here: the Retry of the state decides.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config

from tobiishi.tasks.aws_models import LOADER

CLIENTS_KEPT: Final = 64
CONNECT_TIMEOUT_SECONDS: Final = 10
READ_TIMEOUT_SECONDS: Final = 70
"""Longer than the long polls of SQS (20 s) and Step Functions activities (60 s)."""
_LONG_READS: Final = {"lambda": 910, "bedrock-runtime": 910, "sagemaker-runtime": 910}
"""Seconds for services whose answer is the work itself; a function may run 15 minutes."""
_RENEW_BEFORE: Final = timedelta(minutes=5)
_UNCONFIGURED: Final = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""botocore's session variables (setting, environment variable, default, conversion) without the user's files."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Every service at one URL, such as a local emulator of AWS. Raises `ValueError` for what is no such URL."""

    url: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not an http or https URL: {self.url!r}")

    @property
    def is_local(self) -> bool:
        """Whether the URL names this very machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class RealAws:
    """AWS itself, with the user's own credentials; `profile` None is their default profile."""

    profile: str | None = None


Destination = Endpoint | RealAws


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys for signing. They never show: not in a repr, not in a log."""

    access_key: str
    secret_key: str
    token: str | None = None
    expires: datetime | None = None

    def __repr__(self) -> str:
        return "Credentials(...)"


class Clients:
    """Clients for one destination, with up to `connections` open each. Safe to use from several threads.

    Raises `BotoCoreError` for a configuration of the user's that cannot be read, or has no such profile. An endpoint
    wants none of it: what is meant for AWS, be it broken, does not concern an emulator.
    """

    def __init__(self, destination: Destination, connections: int) -> None:
        self._destination = destination
        self._connections = connections
        self._lock = threading.Lock()
        self._session = _session(destination)
        self._session.register_component("data_loader", LOADER)
        self._session.get_scoped_config()
        self._clients: OrderedDict[tuple[str, str, Credentials | None], Any] = OrderedDict()
        self._assumed: dict[tuple[str, str], Credentials] = {}

    def client(self, service: str, region: str, credentials: Credentials | None = None) -> Any:
        """Return a client. Without `credentials` it signs as the destination's own user."""
        key = (service, region, credentials or self._own_credentials())
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._create(*key)
                if len(self._clients) > CLIENTS_KEPT:
                    self._clients.popitem(last=False)
            self._clients.move_to_end(key)
            return self._clients[key]

    def assume(self, role_arn: str, region: str, session_name: str) -> Credentials:
        """Return credentials of another role, from STS or from the last answer of STS."""
        now = datetime.now(UTC)
        credentials = self._assumed.get((role_arn, region))
        if credentials is None or credentials.expires is None or credentials.expires - _RENEW_BEFORE <= now:
            answer = self.client("sts", region).assume_role(RoleArn=role_arn, RoleSessionName=session_name)
            given = answer["Credentials"]
            credentials = Credentials(
                given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"]
            )
            self._forget_expired(now)
            self._assumed[role_arn, region] = credentials
        return credentials

    def close(self) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _create(self, service: str, region: str, credentials: Credentials | None) -> Any:
        client = self._session.create_client(
            service,
            region_name=region,
            endpoint_url=self._destination.url if isinstance(self._destination, Endpoint) else None,
            aws_access_key_id=credentials.access_key if credentials else None,
            aws_secret_access_key=credentials.secret_key if credentials else None,
            aws_session_token=credentials.token if credentials else None,
            config=self._config(service),
        )
        client.meta.events.register("after-call", _keep_header_names)
        return client

    def _config(self, service: str) -> Config:
        settings: dict[str, Any] = {
            "retries": {"total_max_attempts": 1, "mode": "standard"},
            "ignore_configured_endpoint_urls": True,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "read_timeout": _LONG_READS.get(service, READ_TIMEOUT_SECONDS),
            "max_pool_connections": self._connections,
            # The service judges ranges and lengths; what botocore needs to encode a request is checked by aws_casing.
            "parameter_validation": False,
            # As AWS does it: checksums of answers come back only when they are asked for.
            "response_checksum_validation": "when_required",
        }
        if isinstance(self._destination, Endpoint):
            settings["s3"] = {"addressing_style": "path"}
            if self._destination.is_local:
                settings["proxies"] = {}  # a proxy's 127.0.0.1 is another machine
        return Config(**settings)

    def _own_credentials(self) -> Credentials | None:
        """Return None for AWS itself: botocore then finds, and renews, the user's own."""
        if isinstance(self._destination, RealAws):
            return None
        return _from_environment(os.environ)

    def _forget_expired(self, now: datetime) -> None:
        self._assumed = {
            key: kept for key, kept in self._assumed.items() if kept.expires is not None and kept.expires > now
        }


def _keep_header_names(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Undo that botocore puts headers' names into lower case: results of tasks show them as the service sent them."""
    parsed["ResponseMetadata"]["HTTPHeaders"] = dict(http_response.headers.items())


def _session(destination: Destination) -> botocore.session.Session:
    if isinstance(destination, RealAws):
        return botocore.session.Session(profile=destination.profile)
    return botocore.session.Session(session_vars=_UNCONFIGURED)


def _from_environment(environment: Mapping[str, str]) -> Credentials:
    """Return the user's keys, or `test`, which is what emulators take."""
    access_key, secret_key = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret_key:
        return Credentials(access_key, secret_key, environment.get("AWS_SESSION_TOKEN"))
    return Credentials("test", "test")
