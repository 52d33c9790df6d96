"""What a state machine is configured with beside its definition and role: logging, tracing and encryption.

The settings of a revision are JSON text with the three configurations as AWS shapes them, each only if it was given.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html,
https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.engine.errors import InvalidEncryptionError, InvalidLoggingError, InvalidTracingError

LOGGING: Final = "loggingConfiguration"
TRACING: Final = "tracingConfiguration"
ENCRYPTION: Final = "encryptionConfiguration"
CONFIGURATIONS: Final = (LOGGING, TRACING, ENCRYPTION)

AWS_OWNED: Final = {"type": "AWS_OWNED_KEY"}
"""How everything is encrypted for which nobody configured anything else."""

_LOG_GROUP: Final = re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]{1,512}:\*")
_REUSE_SECONDS: Final = range(60, 901)


def settings_text(given: Mapping[str, Any], before: str = "{}") -> str:
    """Return the settings that a request's configurations make of those before; `given` may hold other members too.

    Raises `InvalidLoggingError`, `InvalidTracingError` and `InvalidEncryptionError`.
    """
    asked = {name: given[name] for name in CONFIGURATIONS if given.get(name) is not None}
    _check_logging(asked.get(LOGGING, {}))
    if "enabled" not in asked.get(TRACING, {"enabled": False}):
        raise InvalidTracingError("Invalid Tracing Configuration: enabled must be true or false")
    check_encryption(asked.get(ENCRYPTION, {}))
    return jsontext.encode_text({**jsontext.decode(before), **asked})


def described(settings: str) -> dict[str, Any]:
    """Return settings as descriptions show them: with AWS's defaults, and encryption only if it was configured."""
    given = jsontext.decode(settings)
    shown = {
        LOGGING: {"level": "OFF", "includeExecutionData": False, **given.get(LOGGING, {})},
        TRACING: {"enabled": False, **given.get(TRACING, {})},
    }
    return {**shown, ENCRYPTION: given[ENCRYPTION]} if ENCRYPTION in given else shown


def same_settings(one: str, other: str) -> bool:
    """Whether two settings configure the same: what only spells out a default changes nothing."""
    first, second = ({ENCRYPTION: AWS_OWNED, **described(settings)} for settings in (one, other))
    return first == second


def log_groups(settings: str) -> list[str]:
    """Return the ARNs of the log groups that logs go to, as they were given: they end in `:*`."""
    logging = jsontext.decode(settings).get(LOGGING, {})
    return [_log_group(destination) for destination in logging.get("destinations", ())]


def _log_group(destination: Mapping[str, Any]) -> str:
    return str(destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", ""))


def _check_logging(logging: Mapping[str, Any]) -> None:
    destinations = logging.get("destinations") or []
    wanted = 0 if logging.get("level", "OFF") == "OFF" else 1
    if not wanted <= len(destinations) <= 1:
        raise InvalidLoggingError("Invalid Logging Configuration: Must specify exactly one Log Destination.")
    if not all(_LOG_GROUP.fullmatch(_log_group(destination)) for destination in destinations):
        raise InvalidLoggingError("Invalid Logging Configuration: Log Destination is not a valid log group ARN.")


def check_encryption(encryption: Mapping[str, Any]) -> None:
    """Check what the service model leaves open: which members go with which type of key.

    Raises `InvalidEncryptionError`.
    """
    if not encryption:
        return
    key, seconds = encryption.get("kmsKeyId"), encryption.get("kmsDataKeyReusePeriodSeconds")
    if encryption.get("type") == "CUSTOMER_MANAGED_KMS_KEY":
        if not key:
            raise _invalid_encryption("kmsKeyId is required for type CUSTOMER_MANAGED_KMS_KEY")
        if seconds is not None and seconds not in _REUSE_SECONDS:
            raise _invalid_encryption("kmsDataKeyReusePeriodSeconds must be between 60 and 900")
    elif key is not None or seconds is not None:
        raise _invalid_encryption("kmsKeyId and kmsDataKeyReusePeriodSeconds need type CUSTOMER_MANAGED_KMS_KEY")


def _invalid_encryption(reason: str) -> InvalidEncryptionError:
    return InvalidEncryptionError(f"Invalid Encryption Configuration: {reason}")
