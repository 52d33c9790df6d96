import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.tasks.function_name import FunctionName

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", FunctionName("orders")),
        ("orders:live", FunctionName("orders", "live")),
        ("orders:$LATEST", FunctionName("orders", "$LATEST")),
        ("function:orders", FunctionName("orders")),
        ("123456789012:function:orders:7", FunctionName("orders", "7", None, "123456789012")),
        (ARN, FunctionName("orders", None, "eu-west-1", "123456789012")),
        (ARN.replace("aws", "aws-us-gov"), FunctionName("orders", None, "eu-west-1", "123456789012", "aws-us-gov")),
    ],
)
def test_every_form_that_lambda_takes(text, expected):
    assert FunctionName.parse(text) == expected


@pytest.mark.parametrize("text", ["", "a b", "orders:", "a/b", "orders:live:2", "1:function:a", ARN + "\n", "é"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="is not the name of a function"):
        FunctionName.parse(text)


def test_what_was_left_out_is_filled_in():
    assert FunctionName.parse("orders").at("eu-west-1", "123456789012").arn == ARN
    assert FunctionName.parse(ARN + ":live").at("us-east-1", "000000000000").arn == ARN + ":live"


def test_a_qualifier_may_be_said_twice_but_not_in_two_ways():
    assert FunctionName.parse("orders").qualified("live").qualifier == "live"
    assert FunctionName.parse("orders:live").qualified("live").qualifier == "live"
    assert FunctionName.parse("orders:live").qualified(None).qualifier == "live"
    with pytest.raises(ValueError, match="does not match the specified qualifier"):
        FunctionName.parse("orders:live").qualified("test")


names = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)


@given(names, st.none() | names)
def test_an_arn_is_read_as_it_was_written(name, qualifier):
    function = FunctionName(name, qualifier, "eu-west-1", "123456789012")
    assert FunctionName.parse(function.arn) == function
