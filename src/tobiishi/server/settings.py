"""Every setting of `tobiishi serve`, in one table: the flags, the file, the environment and the reference follow it."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final

from tobiishi.quotas import Quotas
from tobiishi.server import setting_kinds as kinds
from tobiishi.server.limits import Limits
from tobiishi.server.loopback import is_loopback
from tobiishi.server.setting_kinds import Kind, Secrets


@dataclass(frozen=True, slots=True)
class Setting:
    """`name` is `NAME`, or `TABLE.NAME` for what stands in a table of the file.

    `also` are variables of AWS's own tools that are looked at last.
    """

    name: str
    kind: Kind
    default: Any
    meaning: str
    flag: str | None = None
    also: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return f"TOBIISHI_{self.name.replace('.', '_').upper()}"


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What `tobiishi serve` runs with. Paths are absolute, or as the command line gave them."""

    host: str
    port: int
    data: str
    functions: str | None
    connections: str | None
    aws: str | None
    drain: float
    log_format: str
    log_level: str
    allowed_hosts: tuple[str, ...]
    verify_signatures: bool
    keys: Secrets = field(repr=False)
    region: str
    account: str
    workers: int | None
    workers_per_function: int
    limits: Limits
    quotas: Quotas

    @property
    def must_sign(self) -> bool:
        """Whether every request needs a signature: others than this machine's own users may reach the server."""
        return self.verify_signatures or not is_loopback(self.host)


def settings_of(values: Mapping[str, Any]) -> ServeSettings:
    """Return the record for values by setting name; what is missing has its default."""
    tables: dict[str, dict[str, Any]] = {"": {}, "limits": {}, "quotas": {}}
    for name, setting in SETTINGS.items():
        table, _, key = name.rpartition(".")
        tables[table][key] = values.get(name, setting.default)
    return ServeSettings(**tables[""], limits=Limits(**tables["limits"]), quotas=Quotas(**tables["quotas"]))


_PLAIN: Final = (
    Setting(
        "host",
        kinds.ADDRESS,
        "127.0.0.1",
        "The address to listen at.",
        "--host",
    ),
    Setting("port", kinds.whole(0, 65_535), 8083, "The port to listen at; 0: any that is free.", "--port"),
    Setting("data", kinds.PATH, ".tobiishi", "The folder that keeps everything.", "--data"),
    Setting("functions", kinds.PATH, None, "Serve the Python functions of this folder too.", "--functions"),
    Setting("connections", kinds.PATH, None, "The connections of HTTP tasks.", "--connections"),
    Setting(
        "aws",
        kinds.DESTINATION,
        None,
        "Where calls to AWS services go, and requests for services that are not served here; nowhere if not given.",
        "--aws",
    ),
    Setting("drain", kinds.number(0, 86_400), 30, "Seconds that tasks which run get when the server stops.", "--drain"),
    Setting("log_format", kinds.one_of("text", "json"), "text", "How log lines are written.", "--log-format"),
    Setting(
        "log_level",
        kinds.one_of("debug", "info", "warning", "error"),
        "info",
        "What is logged: that, and what is worse. Requests are `info`.",
        "--log-level",
    ),
    Setting(
        "allowed_hosts",
        kinds.HOSTS,
        (),
        "Host names besides those of loopback under which the server may be asked.",
        "--allowed-host",
    ),
    Setting(
        "verify_signatures",
        kinds.BOOL,
        False,
        "Take only requests signed with one of the keys. Always so when the address is not loopback.",
        "--verify-signatures",
    ),
    Setting("keys", kinds.KEYS, Secrets(), "Access keys with their secrets, for verifying signatures."),
    Setting(
        "region",
        kinds.matching(r"[a-z]{2}(-[a-z0-9]+)+", "the name of a region"),
        "us-east-1",
        "The region of callers who name none.",
        "--region",
        ("AWS_REGION", "AWS_DEFAULT_REGION"),
    ),
    Setting(
        "account",
        kinds.matching(r"[0-9]{12}", "a number of 12 digits, in quotes"),
        "123456789012",
        "The account of callers whose access key is not a number of 12 digits.",
        "--account",
        ("AWS_ACCOUNT_ID",),
    ),
    Setting(
        "workers",
        kinds.or_off(kinds.whole(1, 10_000)),
        None,
        "Function workers that may run at once; what is over it waits. As many as fit the machine if not given.",
    ),
    Setting("workers_per_function", kinds.whole(1, 1000), 10, "The same, for each function."),
)

_LIMITS: Final = {
    "connections": (kinds.whole(1, 1_000_000), "Connections at once; more are answered 503."),
    "header_bytes": (kinds.whole(1024, 1_048_576), "Bytes of a request's first line, and of each header."),
    "headers": (kinds.whole(16, 1000), "Headers of a request."),
    "idle_seconds": (
        kinds.number(0.1, 3600),
        "Seconds until the headers of a connection's next request are complete, or its client has read more.",
    ),
    "body_bytes": (kinds.whole(1024, 1_073_741_824), "Bytes of a request to Step Functions."),
    "upload_bytes": (kinds.whole(1024, 1_073_741_824), "Bytes of a request to Lambda, which may carry code."),
    "body_seconds": (kinds.number(0.1, 3600), "Seconds for a request's body; each MiB of it adds one."),
    "bodies_bytes": (
        kinds.whole(1_048_576, kinds.MOST),
        "Bytes of all bodies over 64 KiB that are here at once; what is over it is answered 503.",
    ),
}

_QUOTAS: Final = {
    "payload_bytes": "Bytes of an input, an output, a result.",
    "definition_bytes": "Bytes of a definition.",
    "history_events": "History events of an execution.",
    "execution_seconds": "Seconds that a Standard execution may run.",
    "express_seconds": "Seconds that an Express execution may run.",
    "open_executions": "Standard executions that run at once, in an account and region.",
    "machines": "State machines in an account and region.",
    "activities": "Activities in an account and region.",
    "activity_pollers": "Workers that wait for an activity's task at once.",
    "versions": "Versions of a state machine.",
    "aliases": "Aliases of a state machine.",
    "tags": "Tags of a resource.",
    "redrivable_days": "Days after its end in which an execution may be redriven.",
    "start_execution_rate": "Calls of StartExecution. AWS: 1,300 at once and 300 a second in its largest regions.",
    "state_transition_rate": "State transitions of Standard executions. AWS: 5,000 and 5,000 in its largest regions.",
    "http_task_rate": "HTTP tasks. AWS: 300 and 300.",
    "test_state_rate": "Calls of TestState. AWS: 50 at once and 10 a second.",
}


def _limits() -> list[Setting]:
    defaults = Limits()
    return [
        Setting(f"limits.{name}", kind, getattr(defaults, name), meaning) for name, (kind, meaning) in _LIMITS.items()
    ]


def _quota(quota: "Field[Any]") -> Setting:
    assert quota.default is not MISSING, "every quota has AWS's value"
    meaning = _QUOTAS.get(quota.name, quota.name.replace("_", " "))
    return Setting(f"quotas.{quota.name}", _quota_kind(str(quota.type)), quota.default, meaning)


def _quota_kind(annotation: str) -> Kind:
    kind = kinds.RATE if "Rate" in annotation else kinds.whole(1, kinds.MOST)
    return kinds.or_off(kind) if "None" in annotation else kind


SETTINGS: Final[Mapping[str, Setting]] = {
    setting.name: setting for setting in (*_PLAIN, *_limits(), *(_quota(quota) for quota in fields(Quotas)))
}
"""By name, in the order of the reference."""
