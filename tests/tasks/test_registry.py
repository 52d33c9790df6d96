"""Each resource finds its integration, or fails by name."""

import pytest

from tobiishi.asl.resources import INTEGRATIONS
from tobiishi.tasks.aws_sdk import AwsSdk
from tobiishi.tasks.contract import AfterCrash, TaskError
from tobiishi.tasks.registry import Integrations, Unavailable


@pytest.fixture
def sdk():
    made = AwsSdk()
    yield made
    made.close()


def test_what_is_there_is_found(task, sdk):
    function, http = Unavailable(), Unavailable()
    integrations = Integrations(function=function, sdk=sdk, services={"http:invoke": http}, callbacks=True)
    assert integrations.find(task("arn:aws:lambda:eu-central-1:123456789012:function:f").resource) is function
    assert integrations.find(task("aws-sdk:ec2:describeInstances").resource) is sdk
    assert integrations.find(task("aws-sdk:sns:publish.waitForTaskToken").resource) is sdk
    assert integrations.find(task("http:invoke").resource) is http


RESOURCES = [
    f"{service}:{action}" + (f".{pattern}" if pattern else "")
    for service, actions in INTEGRATIONS.items()
    for action, patterns in actions.items()
    for pattern in sorted(patterns)
]


@pytest.mark.parametrize("resource", [*RESOURCES, "aws-sdk:sqs:sendMessage"])
async def test_what_is_not_there_fails_by_name(task, resource):
    request = task(resource)
    integration = Integrations().find(request.resource)
    with pytest.raises(TaskError) as caught:
        await integration.call(request)
    assert caught.value.error == "States.Runtime"
    assert caught.value.cause == f"{resource} is valid on AWS but not available in this release of tobiishi."
    assert integration.after_crash(request) is AfterCrash.RESEND


async def test_a_callback_that_nobody_could_answer_fails_by_name(task, sdk):
    request = task("aws-sdk:sns:publish.waitForTaskToken")
    with pytest.raises(TaskError, match=r"publish\.waitForTaskToken is valid on AWS but not available"):
        await Integrations(sdk=sdk).find(request.resource).call(request)


async def test_activities_fail_by_name(task):
    request = task("arn:aws:states:eu-central-1:123456789012:activity:paint")
    with pytest.raises(TaskError, match="activity:paint is valid on AWS but not available"):
        await Integrations().find(request.resource).call(request)
