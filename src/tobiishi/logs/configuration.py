"""A machine's loggingConfiguration: which of its history events are logged, how much of them, and where to.

Levels: "Log levels for Step Functions execution events" in the developer guide
(https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from tobiishi import jsontext
from tobiishi.engine.configuration import LOGGING, log_groups

Level = Literal["ALL", "ERROR", "FATAL", "OFF"]

_TROUBLE: Final = ("Aborted", "Failed", "TimedOut")


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A CloudWatch log group. `arn` is as it was configured, with `:*` at its end."""

    arn: str

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def name(self) -> str:
        return self.arn.split(":")[6]


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged of an execution. `include_data`: inputs, outputs and what else the user's data is in."""

    level: Level
    include_data: bool
    group: LogGroup

    def wants(self, event_type: str) -> bool:
        """Say whether events of this type are logged."""
        match self.level:
            case "ALL":
                return True
            case "ERROR":
                return is_error(event_type)
            case "FATAL":
                return is_fatal(event_type)
            case "OFF":
                return False


def is_error(event_type: str) -> bool:
    """Say whether level ERROR logs the type: whatever did not go well, and that a Fail state is to come."""
    return event_type.endswith(_TROUBLE) or event_type == "FailStateEntered"


def is_fatal(event_type: str) -> bool:
    """Say whether level FATAL logs the type: an execution's end without success."""
    return event_type.startswith("Execution") and event_type.endswith(_TROUBLE)


@lru_cache(maxsize=512)
def log_settings(settings: str) -> LogSettings | None:
    """Read a revision's settings; None if nothing is logged."""
    configured = jsontext.decode(settings).get(LOGGING, {})
    level: Level = configured.get("level", "OFF")
    groups = log_groups(settings)
    if level == "OFF" or not groups:
        return None
    return LogSettings(level, configured.get("includeExecutionData", False), LogGroup(groups[0]))
