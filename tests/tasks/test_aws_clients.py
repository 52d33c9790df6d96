"""Clients and credentials: made once, kept within bounds, never shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ProfileNotFound

from tobiishi.tasks import aws_clients
from tobiishi.tasks.aws_clients import Clients, Credentials, Endpoint, RealAws

ROLE = "arn:aws:iam::123456789012:role/other"


@pytest.fixture
def clients(aws_url):
    made = Clients(Endpoint(aws_url), 2)
    yield made
    made.close()


def test_a_client_is_made_once(clients):
    assert clients.client("sqs", "eu-central-1") is clients.client("sqs", "eu-central-1")
    assert clients.client("sqs", "eu-central-1") is not clients.client("sqs", "us-east-1")


def test_the_oldest_clients_are_let_go(clients, monkeypatch):
    monkeypatch.setattr(aws_clients, "CLIENTS_KEPT", 1)
    first = clients.client("sqs", "eu-central-1")
    clients.client("sqs", "us-east-1")
    assert clients.client("sqs", "eu-central-1") is not first


def test_a_role_is_assumed_once_per_region(clients):
    first = clients.assume(ROLE, "eu-central-1", "run-1")
    assert clients.assume(ROLE, "eu-central-1", "run-2") is first
    assert clients.assume(ROLE, "us-east-1", "run-1") is not first


def test_a_role_is_assumed_again_before_its_credentials_expire(clients):
    first = clients.assume(ROLE, "eu-central-1", "run-1")
    soon = replace(first, expires=datetime.now(UTC) + timedelta(minutes=4))
    clients._assumed[ROLE, "eu-central-1"] = soon
    assert clients.assume(ROLE, "eu-central-1", "run-1").access_key != first.access_key


def test_credentials_never_show():
    credentials = Credentials("AKIDSECRET", "hush", "token")
    assert repr(credentials) == str(credentials) == "Credentials(...)"


@pytest.mark.parametrize("url", ["", "localhost:5000", "ftp://host", "http://", "/path"])
def test_an_endpoint_is_a_url(url):
    with pytest.raises(ValueError, match="not an http or https URL"):
        Endpoint(url)


def test_a_profile_must_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(ProfileNotFound, match="nobody"):
        Clients(RealAws("nobody"), 2)


def test_an_endpoint_needs_no_configuration(monkeypatch, tmp_path):
    broken = tmp_path / "config"
    broken.write_text("[profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    made = Clients(Endpoint("http://127.0.0.1:1"), 2)
    assert made.client("sqs", "eu-central-1").meta.endpoint_url == "http://127.0.0.1:1"
    made.close()


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:5000", True),
        ("http://localhost:5000", True),
        ("http://[::1]:5000", True),
        ("http://emulator:5000", False),
        ("https://192.0.2.1", False),
    ],
)
def test_no_proxy_stands_before_this_machine(url, local):
    made = Clients(Endpoint(url), 2)
    assert (made.client("sqs", "eu-central-1").meta.config.proxies == {}) is local
    made.close()


def test_requests_are_sent_once(clients):
    assert clients.client("s3", "eu-central-1").meta.config.retries == {"total_max_attempts": 1, "mode": "standard"}


def test_only_the_destination_says_where_calls_go(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own")
    real = Clients(RealAws(), 2)
    assert real.client("sqs", "eu-central-1").meta.endpoint_url == "https://sqs.eu-central-1.amazonaws.com"
    real.close()
