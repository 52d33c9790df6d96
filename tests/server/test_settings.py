"""Settings from every source, what goes before what, and what stops a start."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tobiishi.quotas import AWS, Quotas, Rate
from tobiishi.server.limits import Limits
from tobiishi.server.setting_sources import SettingError, read_settings
from tobiishi.server.settings import SETTINGS, settings_of
from tobiishi.server.settings_page import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str, name: str = "tobiishi.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refused(flags: dict[str, Any] | None = None, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingError) as raised:
        read_settings(flags or {}, environment or {}, None)
    message = str(raised.value)
    assert "\n" not in message
    return message


# -- the table ---------------------------------------------------------------------------------------------------------
def test_the_reference_page_is_the_table():
    assert PAGE.read_text() == page(), "run: python -m tobiishi.server.settings_page > docs/reference/settings.md"


def test_every_quota_and_every_limit_is_a_setting_with_words_of_its_own():
    for table, record in (("quotas", Quotas), ("limits", Limits)):
        settings = {name for name in SETTINGS if name.startswith(f"{table}.")}
        assert settings == {f"{table}.{field.name}" for field in fields(record)}
    assert all(len(setting.meaning) > 8 and setting.meaning.endswith(".") for setting in SETTINGS.values())


def test_defaults_are_good_and_those_of_aws():
    settings = read_settings({}, {}, None)
    assert settings == settings_of({})
    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8083, ".tobiishi")
    assert settings.quotas == AWS
    for setting in SETTINGS.values():
        if setting.default is not None:
            assert setting.kind.read(setting.default) == setting.default


# -- sources -----------------------------------------------------------------------------------------------------------
def test_flag_before_variable_before_file_before_default(folder):
    written(folder, 'port = 1\nhost = "127.0.0.2"\nlog_format = "json"\n')
    settings = read_settings({"port": 3}, {"TOBIISHI_PORT": "2", "TOBIISHI_HOST": "localhost"}, None)
    assert (settings.port, settings.host, settings.log_format, settings.drain) == (3, "localhost", "json", 30)


def test_another_file_can_be_named_by_flag_or_variable(folder):
    written(folder, "port = 1\n")
    path = written(folder, "port = 2\n", "other.toml")
    assert read_settings({}, {}, path).port == 2
    assert read_settings({}, {"TOBIISHI_CONFIG": str(path)}, None).port == 2


def test_paths_in_a_file_are_relative_to_it(folder, monkeypatch):
    (folder / "inner").mkdir()
    path = written(folder / "inner", 'data = "kept"\nfunctions = "/elsewhere"\n')
    settings = read_settings({"connections": "here.toml"}, {}, path)
    assert settings.data == str(folder / "inner" / "kept")
    assert settings.functions == "/elsewhere"
    assert settings.connections == "here.toml"


def test_awss_own_variables_come_last(folder):
    environment = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-central-1", "AWS_ACCOUNT_ID": "111122223333"}
    settings = read_settings({}, environment, None)
    assert (settings.region, settings.account) == ("eu-central-1", "111122223333")
    written(folder, 'region = "us-west-2"\n')
    assert read_settings({}, environment, None).region == "us-west-2"


def test_the_endpoint_of_the_environment_is_ignored():
    assert read_settings({}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, None).aws is None


def test_quotas_of_every_kind(folder):
    written(
        folder,
        "[quotas]\nhistory_events = false\npayload_bytes = 1000\n"
        "start_execution_rate = { burst = 10, per_second = 0.5 }\n[limits]\nidle_seconds = 1.5\n",
    )
    environment = {
        "TOBIISHI_QUOTAS_HTTP_TASK_RATE": "{ burst = 3, per_second = 1 }",
        "TOBIISHI_QUOTAS_TAGS": "false",
        "TOBIISHI_LIMITS_HEADERS": "20",
        "TOBIISHI_ALLOWED_HOSTS": '["a.internal", "b"]',
        "TOBIISHI_QUOTAS_ALIASES": "",
    }
    settings = read_settings({}, environment, None)
    quotas = settings.quotas
    assert (quotas.history_events, quotas.tags, quotas.payload_bytes, quotas.aliases) == (None, None, 1000, 100)
    assert (quotas.start_execution_rate, quotas.http_task_rate) == (Rate(10, 0.5), Rate(3, 1))
    assert settings.limits == Limits(idle_seconds=1.5, headers=20)
    assert settings.allowed_hosts == ("a.internal", "b")


# -- what stops a start ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 'x'", "port must be a whole number from 0 to 65535, not 'x'"),
        ("port = true", "port must be a whole number"),
        ("port = 70000", "not 70000"),
        ("prot = 1", "prot is not a setting; port may be meant"),
        ("zzzz = 1", "zzzz is not a setting; docs/reference/settings.md"),
        ("quotas = 1", "quotas must be a table"),
        ("[quotas]\nhistory_event = 1", "quotas.history_event is not a setting; quotas.history_events may be meant"),
        ("[quotas]\npayload_bytes = false", "quotas.payload_bytes must be a whole number from 1, not False"),
        ("[quotas]\nhttp_task_rate = { burst = 1 }", "quotas.http_task_rate must be a table with burst"),
        ("aws = 'ftp://x'", "aws must be a URL"),
        ("aws = 'http://[x'", "aws must be a URL"),
        ("account = 123456789012", "account must be a number of 12 digits, in quotes"),
        ("allowed_hosts = 'one'", "allowed_hosts must be a list"),
        ("data = ''", "data must be a path"),
        ("drain = -1", "drain must be a number from 0"),
        ("drain = nan", "drain must be a number from 0"),
        ("port = ", "this is not TOML"),
        ("log_format = 'xml'", "log_format must be text or json"),
        ("log_level = 'loud'", "log_level must be debug, info, warning or error, not 'loud'"),
    ],
)
def test_a_bad_line_in_the_file_is_named_with_its_place(folder, text, said):
    written(folder, text)
    message = refused()
    assert message.startswith("tobiishi.toml: ")
    assert said in message


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TOBIISHI_PORT": "many"}, "TOBIISHI_PORT must be a whole number from 0 to 65535, not 'many'"),
        ({"TOBIISHI_PRT": "1"}, "TOBIISHI_PRT is not a setting; TOBIISHI_PORT may be meant"),
        ({"AWS_REGION": "Mars"}, "AWS_REGION must be the name of a region, not 'Mars'"),
        ({"TOBIISHI_CONFIG": "gone.toml"}, "the file of settings gone.toml cannot be read: No such file"),
    ],
)
def test_a_bad_variable_is_named(environment, said):
    assert said in refused(environment=environment)


def test_a_bad_flag_is_named():
    assert refused({"drain": 1e9}) == "--drain must be a number from 0 to 86400, not 1000000000.0"


# -- keys --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["[keys]\nAKIA = 1234567", "[keys]\n'a b' = 'hidden7'", "keys = 'hidden7'", "[keys]\nA = ['hidden7']"]
)
def test_no_message_shows_a_secret(folder, text):
    written(folder, text)
    message = refused()
    assert "must be a table of access keys" in message
    assert "hidden7" not in message
    assert "1234567" not in message


def test_a_password_in_a_url_is_not_shown():
    assert "hidden7" not in refused(environment={"TOBIISHI_AWS": "http://user:hidden7@host"})


def test_keys_show_in_no_text(folder):
    written(folder, "[keys]\nAKIA = 'hidden7'\n")
    settings = read_settings({}, {}, None)
    assert settings.keys == {"AKIA": "hidden7"}
    assert "hidden7" not in f"{settings} {settings!r} {settings.keys} {settings.keys!r}"


def test_an_address_that_others_reach_needs_keys():
    message = refused({"host": "0.0.0.0"})
    assert message.startswith("others can reach 0.0.0.0, and no access key is known; give [keys]")
    settings = read_settings({"host": "0.0.0.0"}, {"TOBIISHI_KEYS": '{ AKIA = "secret" }'}, None)
    assert settings.must_sign


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.3.2.1"])
def test_on_loopback_nobody_needs_to_sign(host):
    assert not read_settings({"host": host}, {}, None).must_sign


def test_signatures_can_be_asked_for_on_loopback_too():
    assert "requests must be signed" in refused({"verify_signatures": True})
