"""Arguments by shape: casing, types, and every problem told at once."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.tasks.aws_casing import ParametersError, Rules, field_name, request_parameters

SESSION = botocore.session.Session()


def cast(service: str, operation: str, arguments: Any, filled: dict[str, Any] | None = None) -> dict[str, Any]:
    shape = SESSION.get_service_model(service).operation_model(operation).input_shape
    return request_parameters(arguments, shape, filled or {})


def problems(service: str, operation: str, arguments: Any) -> list[str]:
    with pytest.raises(ParametersError) as caught:
        cast(service, operation, arguments)
    return caught.value.problems


def test_members_take_the_models_case_at_every_depth():
    request = cast(
        "batch",
        "SubmitJob",
        {
            "JobName": "j",
            "JobQueue": "q",
            "JobDefinition": "d",
            "Parameters": {"keepThis": "as is"},
            "ContainerOverrides": {"Environment": [{"Name": "N", "Value": "V"}]},
        },
    )
    assert request["jobName"] == "j"
    assert request["parameters"] == {"keepThis": "as is"}
    assert request["containerOverrides"] == {"environment": [{"name": "N", "value": "V"}]}


def test_the_models_own_case_is_not_step_functions():
    assert problems("stepfunctions", "DescribeExecution", {"executionArn": "a"}) == [
        "The field 'executionArn' is not supported by Step Functions",
        "The field 'ExecutionArn' is required but was missing",
    ]


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ("stateMachineArn", "StateMachineArn"),
        ("InstanceIds", "InstanceIds"),
        ("ETag", "ETag"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("VPCZoneIdentifier", "VpcZoneIdentifier"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("S", "S"),
        ("SS", "Ss"),
        ("BOOL", "Bool"),
        ("NULL", "Nul"),
    ],
)
def test_an_acronym_at_the_start_of_a_member_keeps_one_capital(member, field):
    assert field_name(member) == field


def test_a_request_may_have_the_models_own_acronyms():
    wanted = {"DBInstanceIdentifier": "orders"}
    assert cast("rds", "StartDBInstance", {"DbInstanceIdentifier": "orders"}) == wanted
    assert cast("rds", "StartDBInstance", {"DBInstanceIdentifier": "orders"}) == wanted
    assert problems("rds", "StartDBInstance", {}) == ["The field 'DbInstanceIdentifier' is required but was missing"]


def test_a_null_is_a_member_left_out():
    assert cast("sqs", "ListQueues", {"QueueNamePrefix": None}) == {}
    assert problems("sqs", "ReceiveMessage", {"QueueUrl": None}) == ["The field 'QueueUrl' is required but was missing"]


def test_what_we_fill_in_counts_as_given_and_gives_way():
    assert cast("athena", "StartQueryExecution", {"QueryString": "q"}, {"ClientRequestToken": "ours"}) == {
        "QueryString": "q",
        "ClientRequestToken": "ours",
    }
    assert (
        cast(
            "athena",
            "StartQueryExecution",
            {"QueryString": "q", "ClientRequestToken": "u"},
            {"ClientRequestToken": "o"},
        )
    )["ClientRequestToken"] == "u"


@pytest.mark.parametrize(
    ("value", "text"), [({"k": "v"}, '{"k":"v"}'), ([1, "é"], '[1,"é"]'), (5, "5"), (True, "true"), ("t", "t")]
)
def test_text_members_take_any_value_as_json(value, text):
    request = cast("stepfunctions", "StartExecution", {"StateMachineArn": "a", "Input": value})
    assert request["input"] == text


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-02-29T12:00:00Z", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("2024-02-29T12:00:00.250+02:00", datetime(2024, 2, 29, 10, 0, 0, 250_000, tzinfo=UTC)),
        (1709208000, datetime(2024, 2, 29, 12, tzinfo=UTC)),
        (1709208000.5, datetime(2024, 2, 29, 12, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_times_are_iso_texts_or_epoch_seconds(value, moment):
    assert cast("cloudtrail", "LookupEvents", {"StartTime": value})["StartTime"] == moment


@pytest.mark.parametrize("value", ["noon", True, 1e300, {}, "9" * 5000])
def test_other_times_are_refused(value):
    assert problems("cloudtrail", "LookupEvents", {"StartTime": value}) == [
        "The value for the field 'StartTime' must be a TIMESTAMP"
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"InstanceIds": "i-1"}, "The value for the field 'InstanceIds' must be an ARRAY"),
        ({"Filters": [1]}, "The value for the field 'Filters' must be an OBJECT"),
        ({"MaxResults": 1.5}, "The value for the field 'MaxResults' must be an INTEGER"),
        ({"MaxResults": "1"}, "The value for the field 'MaxResults' must be an INTEGER"),
        ({"MaxResults": True}, "The value for the field 'MaxResults' must be an INTEGER"),
        ({"MaxResults": float("inf")}, "The value for the field 'MaxResults' must be an INTEGER"),
        ({"DryRun": "true"}, "The value for the field 'DryRun' must be a BOOLEAN"),
        ([], "The value for the field 'Parameters' must be an OBJECT"),
    ],
)
def test_values_of_the_wrong_type(arguments, problem):
    assert problems("ec2", "DescribeInstances", arguments) == [problem]


def test_whole_floats_are_integers():
    assert cast("ec2", "DescribeInstances", {"MaxResults": 5.0}) == {"MaxResults": 5}


def test_a_lone_surrogate_is_no_body():
    assert problems("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": "\ud800"}) == [
        "The value for the field 'Body' must be valid UTF-8"
    ]


def test_json_members_are_given_to_botocore_as_values():
    arguments = {"BotName": "b", "BotAlias": "a", "UserId": "u", "InputStream": "", "ContentType": "c"}
    for value in ('{"x":1}', {"x": 1}):
        request = cast("lex-runtime", "PostContent", arguments | {"SessionAttributes": value})
        assert request["sessionAttributes"] == {"x": 1}


def test_documents_pass_untouched():
    request = cast(
        "bedrock-runtime", "Converse", {"ModelId": "m", "AdditionalModelRequestFields": {"camelCase": {"A": None}}}
    )
    assert request["additionalModelRequestFields"] == {"camelCase": {"A": None}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(["InstanceIds", "Filters", "MaxResults", "DryRun", "NextToken", "Other"])


STRICT = Rules(frozenset({"MessageBody"}), null_is_given=True)


def strict(arguments: Any) -> dict[str, Any]:
    shape = SESSION.get_service_model("sqs").operation_model("SendMessage").input_shape
    return request_parameters(arguments, shape, {}, STRICT)


@pytest.mark.parametrize(("body", "sent"), [("m", "m"), ({"a": 1}, '{"a":1}'), (False, "false")])
def test_strict_rules_name_the_fields_that_take_any_json(body, sent):
    assert strict({"QueueUrl": "u", "MessageBody": body})["MessageBody"] == sent


def test_strict_rules_want_text_for_all_other_text():
    with pytest.raises(ParametersError) as refused:
        strict({"QueueUrl": {"a": 1}, "MessageBody": "m", "MessageGroupId": 5})
    assert refused.value.problems == [
        "The value for the field 'QueueUrl' must be a STRING",
        "The value for the field 'MessageGroupId' must be a STRING",
    ]


def test_a_null_may_count_as_given():
    assert strict({"QueueUrl": "u", "MessageBody": None}) == {"QueueUrl": "u"}
    with pytest.raises(ParametersError, match="The field 'MessageBody' is required but was missing"):
        strict({"QueueUrl": "u"})


@given(st.dictionaries(FIELDS, JSON, max_size=4) | JSON)
def test_any_json_is_cast_or_refused(arguments):
    with suppress(ParametersError):
        request = cast("ec2", "DescribeInstances", arguments)
        assert set(request) <= {"InstanceIds", "Filters", "MaxResults", "DryRun", "NextToken"}
