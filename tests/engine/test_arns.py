"""ARNs, taken apart and put together."""

import pytest

from tobiishi.engine.arns import MachineArn, Place, check_name, resource_of
from tobiishi.engine.errors import InvalidArnError, InvalidNameError

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (ARN, MachineArn(ARN, "orders")),
        (f"{ARN}:7", MachineArn(ARN, "orders", "7")),
        (f"{ARN}:PROD", MachineArn(ARN, "orders", "PROD")),
        (f"{ARN}/each", MachineArn(ARN, "orders", None, "each")),
        (f"{ARN}/each:7", MachineArn(ARN, "orders", "7", "each")),
    ],
)
def test_a_machine_a_version_an_alias_and_a_labelled_map(text, parts):
    assert MachineArn.read(text) == parts


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Invalid Arn: 'Invalid ARN prefix: '"),
        ("orders", "Invalid Arn: 'Invalid ARN prefix: orders'"),
        ("arn:", "Invalid Arn: 'Invalid ARN: arn:'"),
        ("arn:aws:lambda:us-east-1:1:function:f", "Invalid Arn: 'Invalid ARN: arn:aws:lambda:us-east-1:1:function:f'"),
        (ARN.replace("stateMachine", "express"), "Invalid Arn: 'Resource type not valid in this context: express'"),
        (f"{ARN}:", f"Invalid Arn: 'Invalid ARN: {ARN}:'"),
        (f"{ARN}:1:2", f"Invalid Arn: 'Invalid ARN: {ARN}:1:2'"),
        (ARN.removesuffix("orders"), f"Invalid Arn: 'Invalid ARN: {ARN.removesuffix('orders')}'"),
    ],
)
def test_what_is_no_machines_arn(text, complaint):
    with pytest.raises(InvalidArnError) as raised:
        MachineArn.read(text)
    assert str(raised.value) == complaint


def test_the_resource_behind_a_type():
    execution = "arn:aws:states:us-east-1:1:execution:orders:first"
    assert resource_of(execution, "express", "execution") == ["orders", "first"]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
    ],
)
def test_a_regions_partition(region, partition):
    assert Place.of(region, "1").machine_arn("orders") == f"arn:{partition}:states:{region}:1:stateMachine:orders"


@pytest.mark.parametrize("name", ["a", "A-b_c.d", "é", "飛石", "x" * 80])
def test_names(name):
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "x" * 81, *"<>{}[]?*#%\\^|~`$&,;:/ \t\x00\x7f\x9f\ud800\ufffe\uffff\U0010ffff"])
def test_names_that_are_none(name):
    with pytest.raises(InvalidNameError, match="Invalid Name: "):
        check_name(name)
