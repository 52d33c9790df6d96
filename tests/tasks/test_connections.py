"""Connections from a file: what they hold, what is wrong with them, and what never shows."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.tasks.connections import (
    ApiKey,
    Basic,
    Connection,
    ConnectionsFile,
    HttpParameters,
    OAuth,
    parse_connection,
    redact,
    redact_value,
)
from tobiishi.tasks.contract import TaskError

ARN = "arn:aws:events:eu-central-1:123456789012:connection/"
SECRET = "correct-horse-battery"

SETTINGS = {
    "AuthorizationType": "OAUTH_CLIENT_CREDENTIALS",
    "AuthParameters": {
        "OAuthParameters": {
            "AuthorizationEndpoint": "https://id.example/token",
            "HttpMethod": "POST",
            "ClientParameters": {"ClientID": "me", "ClientSecret": SECRET},
            "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]},
        },
        "InvocationHttpParameters": {
            "HeaderParameters": [{"Key": "X-Team", "Value": "blue"}],
            "QueryStringParameters": [{"Key": "sig", "Value": "signature", "IsValueSecret": True}],
        },
    },
}


async def failure(directory: Any, name: str, environment: dict[str, str] | None = None) -> tuple[str, str]:
    with pytest.raises(TaskError) as caught:
        await ConnectionsFile(directory, environment or {}).connection(ARN + name)
    return caught.value.error, caught.value.cause or ""


def test_a_whole_connection():
    connection = parse_connection("api", SETTINGS)
    assert connection == Connection(
        "api",
        OAuth("https://id.example/token", "POST", "me", SECRET, HttpParameters(body=(("scope", "all"),))),
        HttpParameters((("X-Team", "blue"),), (("sig", "signature"),), (), frozenset({"signature"})),
    )
    assert connection.secrets() == {SECRET, "signature"}


@pytest.mark.parametrize(
    "connection",
    [
        parse_connection("api", SETTINGS),
        Connection("api", Basic("me", SECRET)),
        Connection("api", ApiKey("k", SECRET), HttpParameters(headers=(("h", SECRET),), body=(("b", SECRET),))),
    ],
)
def test_no_repr_shows_a_secret(connection):
    assert SECRET not in repr(connection)
    assert "signature" not in repr(connection)


async def test_toml_with_references_to_the_environment(tmp_path):
    (tmp_path / "connections.toml").write_text(
        """
        [api]
        AuthorizationType = "BASIC"
        AuthParameters.BasicAuthParameters = { Username = "me", Password = "${ENV:API_PASSWORD}" }
        [[api.AuthParameters.InvocationHttpParameters.HeaderParameters]]
        Key = "X-Signed"
        Value = "by ${ENV:SIGNER}"
        """
    )
    environment = {"API_PASSWORD": SECRET, "SIGNER": "someone-unnamed"}
    connection = await ConnectionsFile(tmp_path, environment).connection(ARN + "api")
    assert connection.authorization == Basic("me", SECRET)
    assert connection.parameters.headers == (("X-Signed", "by someone-unnamed"),)
    assert {SECRET, "someone-unnamed"} <= connection.secrets()


async def test_json_and_an_arn_with_an_id(tmp_path):
    (tmp_path / "connections.json").write_text(json.dumps({"api": SETTINGS}))
    found = await ConnectionsFile(tmp_path).connection(ARN + "api/0a1b2c3d-0000-4000-8000-000000000000")
    assert found == parse_connection("api", SETTINGS)


async def test_a_changed_file_is_seen(tmp_path):
    connections = ConnectionsFile(tmp_path)
    (tmp_path / "connections.json").write_text(json.dumps({"api": SETTINGS}))
    assert isinstance((await connections.connection(ARN + "api")).authorization, OAuth)
    basic = {
        "AuthorizationType": "BASIC",
        "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "p"}},
    }
    (tmp_path / "connections.json").write_text(json.dumps({"api": basic}))
    assert isinstance((await connections.connection(ARN + "api")).authorization, Basic)


async def test_a_file_may_have_any_name(tmp_path):
    (tmp_path / "staging.json").write_text(json.dumps({"api": SETTINGS}))
    found = await ConnectionsFile(tmp_path / "staging.json", {}).connection(ARN + "api")
    assert found == parse_connection("api", SETTINGS)


@pytest.mark.parametrize("name", ["none", "../etc", ""])
async def test_there_is_no_such_connection(tmp_path, name):
    assert (await failure(tmp_path, name))[0] == "Events.ConnectionResource.ResourceNotFound"


async def test_a_variable_that_is_not_set(tmp_path):
    (tmp_path / "connections.toml").write_text('[api]\nAuthorizationType = "${ENV:NOT_SET}"')
    assert await failure(tmp_path, "api") == (
        "Events.ConnectionResource.InvalidConnectionState",
        "The environment variable NOT_SET is not set.",
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"AuthorizationType": "KERBEROS", "AuthParameters": {"Password": SECRET}},
        {"AuthorizationType": "BASIC", "AuthParameters": {"BasicAuthParameters": {"Password": SECRET}}},
        {"AuthorizationType": "BASIC", "AuthParameters": SECRET},
        {"AuthorizationType": SECRET, "AuthParameters": {}},
        {"AuthorizationType": "API_KEY", "AuthParameters": {"ApiKeyAuthParameters": [SECRET]}},
        [SECRET],
        SECRET,
    ],
)
async def test_a_broken_connection_shows_no_secret(tmp_path, settings):
    (tmp_path / "connections.json").write_text(json.dumps({"api": settings}))
    error, cause = await failure(tmp_path, "api")
    assert error == "Events.ConnectionResource.InvalidConnectionState"
    assert SECRET not in cause


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("connections.json", f'{{"{SECRET}"'),
        ("connections.toml", SECRET),
        ("connections.toml", f'[api]\nApiKeyValue = "{SECRET}'),
        ("connections.toml", f"[api]\nApiKeyValue = {SECRET}"),
        ("connections.toml", f'[api]\n"{SECRET}" = 1\n"{SECRET}" = 2'),
    ],
)
async def test_a_broken_file_tells_the_place_and_shows_no_secret(tmp_path, file, text):
    (tmp_path / file).write_text(text)
    error, cause = await failure(tmp_path, "api")
    assert error == "Events.ConnectionResource.InternalError"
    assert file in cause
    assert "line" in cause or "end of document" in cause
    assert SECRET not in cause


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4), st.text(max_size=5))
def test_an_echoed_secret_is_taken_out(secret, around):
    text = f"{around}|{secret}|{json.dumps(secret)}|{around}"
    assert secret not in redact(text, {secret}) or secret in f"{around}|***|{around}"


def test_a_secret_that_json_spells_in_its_own_way_is_taken_out():
    escapes = "".join(f"\\u{ord(letter):04x}" for letter in SECRET)
    value = json.loads(f'{{"{escapes}": ["{escapes}", 5, null]}}')
    assert redact_value(value, {SECRET}) == {"***": ["***", 5, None]}


def test_a_longer_secret_goes_before_its_own_beginning():
    assert redact("hush hush-hush", {"hush", "hush-hush"}) == "*** ***"


def test_texts_of_a_few_letters_stay():
    assert redact("a cat", {"a", ""}) == "a cat"
