import pytest

from tests.asl.machines import errors, task, warnings
from tobiishi.asl.resources import INTEGRATIONS, ResourceError, parse_resource, similar_resource

PREFIX = "arn:aws:states:::"

GOOD = {
    "arn:aws:lambda:us-east-1:123456789012:function:pack": ("lambda", "", "", "", "", ""),
    "arn:aws:lambda:us-east-1:123456789012:function:pack:live": ("lambda", "", "", "", "", ""),
    "arn:aws:lambda:us-east-1:123456789012:function:pack:$LATEST": ("lambda", "", "", "", "", ""),
    "arn:aws:states:us-east-1:123456789012:activity:press": ("activity", "", "", "", "", ""),
    f"{PREFIX}lambda:invoke": ("service", "lambda", "invoke", "", "lambda", "invoke"),
    f"{PREFIX}states:startExecution.sync:2": (
        "service", "states", "startExecution", "sync:2", "states", "startExecution.sync:2",
    ),
    f"{PREFIX}sqs:sendMessage.waitForTaskToken": (
        "service", "sqs", "sendMessage", "waitForTaskToken", "sqs", "sendMessage.waitForTaskToken",
    ),
    f"{PREFIX}aws-sdk:ec2:describeInstances": (
        "service", "ec2", "describeInstances", "", "aws-sdk:ec2", "describeInstances",
    ),
    f"{PREFIX}aws-sdk:sfn:startExecution.waitForTaskToken": (
        "service", "sfn", "startExecution", "waitForTaskToken", "aws-sdk:sfn", "startExecution.waitForTaskToken",
    ),
    "arn:aws-us-gov:states:::sns:publish": ("service", "sns", "publish", "", "sns", "publish"),
    "arn:aws-cn:states:::emr-serverless:startJobRun.sync": (
        "service", "emr-serverless", "startJobRun", "sync", "emr-serverless", "startJobRun.sync",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arn", "parts"), GOOD.items(), ids=GOOD)
def test_an_arn_is_taken_apart(arn, parts):
    found = parse_resource(arn)
    assert (found.kind, found.service, found.action, found.pattern, found.resource_type, found.resource) == parts
    assert found.arn == arn
    assert found.is_sdk is (":aws-sdk:" in arn)


WRONG = {
    f"{PREFIX}dynamodb:query": f"{PREFIX}aws-sdk:dynamodb:query",
    f"{PREFIX}lamda:invoke": f"{PREFIX}lambda:invoke",
    f"{PREFIX}sqs:SendMessage.waitForTaskToken": f"{PREFIX}sqs:sendMessage.waitForTaskToken",
    f"{PREFIX}sqs:sendMessage.sync": f"{PREFIX}sqs:sendMessage",
    f"{PREFIX}glue:startJobRun.waitForTaskToken": f"{PREFIX}glue:startJobRun",
    f"{PREFIX}sns:publish.later": f"{PREFIX}sns:publish",
    f"{PREFIX}aws-sdk:ec2:describeInstance": f"{PREFIX}aws-sdk:ec2:describeInstances",
    f"{PREFIX}aws-sdk:s3:copyObject.sync": f"{PREFIX}aws-sdk:s3:copyObject",
    f"{PREFIX}aws-sdk:dynamodbb:getItem": f"{PREFIX}aws-sdk:dynamodb:getItem",
    f"{PREFIX}ec2:describeInstances": f"{PREFIX}aws-sdk:ec2:describeInstances",
    "arn:aws:states:us-east-1:123456789012:lambda:invoke": f"{PREFIX}lambda:invoke",
    f"{PREFIX}nothing:atAll": None,
    f"{PREFIX}aws-sdk:nothing:atAll": None,
    "arn:aws:s3:::bucket": None,
    "createToken": None,
    "": None,
    "${CheckFunction.Arn}": None,
}


@pytest.mark.parametrize(("arn", "suggestion"), WRONG.items(), ids=WRONG)
def test_an_unknown_arn_gets_the_nearest_that_exists(arn, suggestion):
    with pytest.raises(ResourceError):
        parse_resource(arn)
    assert similar_resource(arn) == suggestion


def test_every_suggestion_is_good_itself():
    for suggestion in filter(None, WRONG.values()):
        assert parse_resource(suggestion)


def test_every_integration_parses_in_all_its_patterns():
    arns = [
        f"{PREFIX}{service}:{action}{f'.{pattern}' if pattern else ''}"
        for service, actions in INTEGRATIONS.items()
        for action, patterns in actions.items()
        for pattern in patterns
    ]
    assert {parse_resource(arn).arn for arn in arns} == set(arns)


def test_a_definition_gets_awss_sentence_and_the_suggestion_beside_it():
    definition = task(Resource=f"{PREFIX}lamda:invoke")
    [problem] = errors(definition)
    assert problem.location == "/States/S/Resource"
    assert problem.message == (
        f"The resource provided {PREFIX}lamda:invoke is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )
    [hint] = warnings(definition)
    assert hint.message == f"Did you mean {PREFIX}lambda:invoke?"


def test_a_resource_is_a_literal():
    assert [problem.message for problem in errors(task(Resource=5))] == ["Expected value of type [STRING]"]
    assert errors(task(Resource="{% $states.input.arn %}"))
