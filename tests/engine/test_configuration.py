"""Settings of a state machine: what is taken, and how it is shown."""

import pytest

from tobiishi import jsontext
from tobiishi.engine.configuration import described, log_groups, settings_text
from tobiishi.engine.errors import InvalidEncryptionError, InvalidLoggingError, InvalidTracingError

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/orders:*"
KEY = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k"}


def to(*groups: str) -> list[dict[str, dict[str, str]]]:
    return [{"cloudWatchLogsLogGroup": {"logGroupArn": group}} for group in groups]


def test_what_is_given_is_kept_and_the_rest_stays_as_it_was():
    first = settings_text({"name": "n", "tracingConfiguration": {"enabled": True}, "loggingConfiguration": None})
    assert jsontext.decode(first) == {"tracingConfiguration": {"enabled": True}}
    second = settings_text({"encryptionConfiguration": KEY}, first)
    assert jsontext.decode(second) == {"tracingConfiguration": {"enabled": True}, "encryptionConfiguration": KEY}
    assert settings_text({}, second) == second


def test_defaults_are_shown_and_encryption_only_if_it_was_configured():
    assert described("{}") == {
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
    }
    shown = described(settings_text({"encryptionConfiguration": KEY, "loggingConfiguration": {"destinations": []}}))
    assert shown["encryptionConfiguration"] == KEY
    assert shown["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False, "destinations": []}


@pytest.mark.parametrize("level", ["OFF", "ALL", "ERROR", "FATAL"])
def test_logs_go_to_one_group(level):
    logging = {"level": level, "destinations": to(GROUP)}
    assert log_groups(settings_text({"loggingConfiguration": logging})) == [GROUP]
    with pytest.raises(InvalidLoggingError, match="exactly one Log Destination"):
        settings_text({"loggingConfiguration": {"level": level, "destinations": to(GROUP, GROUP)}})


@pytest.mark.parametrize(
    "wrong", [GROUP.removesuffix(":*"), "", "orders", GROUP.replace("logs", "s3"), GROUP.replace("123456789012", "1")]
)
def test_a_destination_is_a_log_group(wrong):
    with pytest.raises(InvalidLoggingError):
        settings_text({"loggingConfiguration": {"level": "ALL", "destinations": to(wrong)}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "CUSTOMER_MANAGED_KMS_KEY"},
        {**KEY, "kmsDataKeyReusePeriodSeconds": 59},
        {**KEY, "kmsDataKeyReusePeriodSeconds": 901},
        {**KEY, "type": "AWS_OWNED_KEY"},
        {"type": "AWS_OWNED_KEY", "kmsDataKeyReusePeriodSeconds": 60},
    ],
)
def test_a_key_of_ones_own_is_named_and_no_other(wrong):
    with pytest.raises(InvalidEncryptionError):
        settings_text({"encryptionConfiguration": wrong})


def test_tracing_is_on_or_off():
    with pytest.raises(InvalidTracingError):
        settings_text({"tracingConfiguration": {}})
