"""Signatures, verified by the real server; nothing is answered to whoever has no key, and no secret shows."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.server.raw import request
from tests.serving import Server

KEYS = {"aws_access_key_id": "AKIAONE", "aws_secret_access_key": "first secret"}
SETTINGS = """
verify_signatures = true
[keys]
AKIAONE = "first secret"
111122223333 = "second secret"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signatures")
    (folder / "tobiishi.toml").write_text(SETTINGS)
    with Server(folder / "data", folder=folder) as server:
        yield server
        log = "".join(server.log)
        assert "Traceback" not in log
        assert "secret" not in log


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return str(raised.value.response["Error"]["Code"])


def test_whoever_has_a_key_is_served(server):
    assert server.client("stepfunctions", **KEYS).list_state_machines()["stateMachines"] == []
    assert server.client("lambda", **KEYS).list_functions()["Functions"] == []
    walks = {"name": "ü", "tags": [{"key": "a", "value": "ö"}]}
    assert ":activity:" in server.client("stepfunctions", **KEYS).create_activity(**walks)["activityArn"]


def test_an_access_key_of_12_digits_is_an_account(server):
    own = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "second secret"}
    arn = server.client("stepfunctions", "eu-west-1", **own).create_activity(name="own")["activityArn"]
    assert arn == "arn:aws:states:eu-west-1:111122223333:activity:own"


def test_a_signature_for_another_service_is_refused(server):
    config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1})
    client = server.client("stepfunctions", config=config, **KEYS)
    client._request_signer._signing_name = "s3"
    with pytest.raises(ClientError, match="Credential should be scoped to correct service: 'states'"):
        client.list_state_machines()


def test_nobody_else_is(server):
    wrong = KEYS | {"aws_secret_access_key": "wrong"}
    unknown = KEYS | {"aws_access_key_id": "AKIATWO"}
    for service, call in (("stepfunctions", "list_state_machines"), ("lambda", "list_functions")):
        assert refused(getattr(server.client(service, **wrong), call)) == "InvalidSignatureException"
        assert refused(getattr(server.client(service, **unknown), call)) == "UnrecognizedClientException"


def test_what_is_passed_on_needs_a_signature_too(server):
    assert "Signature" in refused(server.client("sqs", **KEYS | {"aws_secret_access_key": "wrong"}).list_queues)
    with pytest.raises(ClientError, match="--aws"):
        server.client("sqs", **KEYS).list_queues()


def test_unsigned_requests_are_refused(server):
    answer = request(server.url, X_Amz_Target="AWSStepFunctions.ListStateMachines")
    assert (answer.status, json.loads(answer.body)["__type"]) == (403, "MissingAuthenticationTokenException")


def test_probes_need_no_signature(server):
    assert request(server.url, "GET", "/ready", b"").status == 200


def test_regions_and_accounts_see_their_own(server):
    here = server.client("stepfunctions", **KEYS)
    here.create_activity(name="here")
    there = server.client("stepfunctions", "ap-south-1", **KEYS)
    assert "here" not in [activity["name"] for activity in there.list_activities()["activities"]]
