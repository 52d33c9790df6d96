import pytest

from tobiishi.asl.resources import INTEGRATIONS, parse_resource
from tobiishi.teststate.answering import answering_operation

JOBS = [
    f"{service}:{action}.{pattern}"
    for service, actions in INTEGRATIONS.items()
    for action, patterns in actions.items()
    for pattern in patterns
    if pattern.startswith("sync") and f"{service}:{action}" not in ("eks:call", "eks:runJob")
]


@pytest.mark.parametrize("job", JOBS)
def test_every_job_is_asked_for_by_an_operation_that_exists(job: str) -> None:
    operation = answering_operation(parse_resource(f"arn:aws:states:::{job}"))

    assert operation is not None
    assert operation.name.startswith(("Describe", "Get", "BatchGet"))


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("arn:aws:states:::events:putEvents", "PutEvents"),
        ("arn:aws:states:::bedrock:invokeModel", "InvokeModel"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "GetObject"),
        ("arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken", None),
        ("arn:aws:states:::http:invoke", None),
        ("arn:aws:states:::apigateway:invoke", None),
        ("arn:aws:states:::eks:runJob.sync", None),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", None),
        ("arn:aws:states:eu-west-1:123456789012:activity:a", None),
    ],
)
def test_who_answers(resource: str, name: str | None) -> None:
    operation = answering_operation(parse_resource(resource))

    assert (operation.name if operation else None) == name
