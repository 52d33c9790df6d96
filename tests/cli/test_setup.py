"""What executions run with: where each value comes from, and what is kept."""

import dataclasses
from pathlib import Path

import pytest

from tobiishi.cli.setup import Flags, Kept, Setup, known_setup, new_setup

ARN = "arn:aws:states:eu-central-1:210987654321:execution:m:one"
MACHINE = "arn:aws:states:eu-central-1:210987654321:stateMachine:m"
URL = "http://127.0.0.1:5000"


def test_nothing_said_means_nowhere(tmp_path):
    setup = new_setup(Flags(), tmp_path / "m.json", {})
    assert setup == Setup(machines=str(tmp_path))
    assert setup.place.machine_arn("m") == "arn:aws:states:us-east-1:123456789012:stateMachine:m"


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-2"}, "eu-west-2"),
        ({"AWS_REGION": ""}, "us-east-1"),
    ],
)
def test_the_environment_says_where_resources_live(tmp_path, environment, region):
    assert new_setup(Flags(), tmp_path / "m.json", environment).region == region


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_a_region_has_its_partition(region, partition):
    assert Setup(region=region).place.machine_arn("m").split(":")[1] == partition


def test_a_flag_goes_before_the_environment(tmp_path):
    environment = {"AWS_ENDPOINT_URL": URL}
    assert new_setup(Flags(), tmp_path / "m.json", environment).aws == URL
    flags = Flags(aws="http://127.0.0.1:6000")
    assert new_setup(flags, tmp_path / "m.json", environment).aws == "http://127.0.0.1:6000"


def test_the_region_of_aws_itself_is_that_of_the_profile(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[default]\nregion = ap-northeast-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert new_setup(Flags(aws="real"), tmp_path / "m.json", {}).region == "ap-northeast-1"


def test_what_was_kept_comes_back_with_flags_before_it(tmp_path):
    kept = Kept(tmp_path)
    setup = Setup(functions=str(tmp_path), aws=URL, region="eu-central-1", account="210987654321")
    assert kept.find(ARN) is None
    kept.keep(ARN, setup)
    assert kept.find(ARN) == setup
    other = tmp_path / "other"
    other.mkdir()
    found = known_setup(MACHINE, kept.find(ARN), Flags(functions=other), {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert found == dataclasses.replace(setup, functions=str(other))
    kept.forget(ARN)
    kept.forget(ARN)
    assert kept.find(ARN) is None


def test_an_execution_that_nothing_is_known_of_lives_where_its_arn_says():
    found = known_setup(MACHINE, None, Flags(), {"AWS_ENDPOINT_URL": URL})
    assert (found.region, found.account, found.aws) == ("eu-central-1", "210987654321", URL)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'"x"', b"\xff"])
def test_a_spoiled_file_is_as_none(tmp_path, text):
    kept = Kept(tmp_path)
    kept.keep(ARN, Setup())
    path = next((tmp_path / "setups").iterdir())
    path.write_bytes(text)
    assert kept.find(ARN) is None


def test_paths_are_kept_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "functions").mkdir()
    setup = new_setup(Flags(functions=Path("functions")), Path("m.json"), {})
    assert (setup.functions, setup.machines) == (str(tmp_path / "functions"), str(tmp_path))
