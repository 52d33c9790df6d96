"""Optimized integrations, through a real server."""

import json
import re
from collections.abc import Awaitable
from typing import Any

import pytest
from aiohttp import web

from tobiishi.asl.resources import INTEGRATIONS
from tobiishi.tasks.aws_calls import AwsCalls, idempotency_token
from tobiishi.tasks.aws_clients import Endpoint
from tobiishi.tasks.contract import AfterCrash, TaskError
from tobiishi.tasks.optimized import ROWS, optimized_calls
from tobiishi.tasks.registry import Integrations


@pytest.fixture
def calls(aws_url):
    made = AwsCalls(Endpoint(aws_url))
    yield made
    made.close()


@pytest.fixture
def perform(calls):
    """Return a function that does the work of a task."""
    integrations = optimized_calls(calls)

    async def run(request):
        resource = request.resource
        return await integrations[f"{resource.service}:{resource.action}"].call(request)

    return run


@pytest.fixture
def refusal(task):
    """Return a function that says why a task cannot be started."""
    integrations = optimized_calls(AwsCalls())

    def ask(resource, **arguments):
        return integrations[resource].refusal(task(resource).resource, arguments)

    return ask


async def failure(call: Awaitable[Any]) -> tuple[str, str]:
    with pytest.raises(TaskError) as caught:
        await call
    return caught.value.error, caught.value.cause or ""


def without_metadata(result: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a result into its own fields and what the SDK adds."""
    metadata = {name: result.pop(name) for name in ("SdkHttpMetadata", "SdkResponseMetadata")}
    return result, metadata


# -- the table ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("resource", sorted(ROWS))
def test_every_row_is_an_integration_and_an_operation(resource):
    service, action = resource.split(":")
    assert "" in INTEGRATIONS[service][action]
    assert ROWS[resource].model().name.lower() == action.lower()


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("dynamodb:getItem", AfterCrash.RESEND),
        ("ecs:runTask", AfterCrash.RESEND),  # clientToken
        ("dynamodb:deleteItem", AfterCrash.LOST),
        ("dynamodb:putItem", AfterCrash.LOST),
        ("dynamodb:updateItem", AfterCrash.LOST),
        ("events:putEvents", AfterCrash.LOST),
        ("sns:publish", AfterCrash.LOST),
        ("sqs:sendMessage", AfterCrash.LOST),
    ],
)
def test_what_recovery_does(task, resource, expected):
    assert optimized_calls(AwsCalls())[resource].after_crash(task(resource)) is expected


@pytest.mark.parametrize(
    ("resource", "error"),
    [("events:putEvents", "EventBridge.SdkClientException"), ("sqs:sendMessage", "SQS.SdkClientException")],
)
def test_a_lost_call_has_the_name_of_a_lost_connection(task, resource, error):
    assert optimized_calls(AwsCalls())[resource].lost_error(task(resource)).error == error


async def test_jobs_are_not_taken_for_calls(task):
    integrations = Integrations(services=optimized_calls(AwsCalls()), callbacks=True)
    with pytest.raises(TaskError, match=r"ecs:runTask\.sync is valid on AWS but not available"):
        await integrations.find(task("ecs:runTask.sync").resource).call(task("ecs:runTask.sync"))
    assert integrations.find(task("ecs:runTask.waitForTaskToken").resource) is integrations.find(
        task("ecs:runTask").resource
    )


async def test_without_a_destination_nothing_is_called(task):
    call = optimized_calls(AwsCalls())["sns:publish"].call(task("sns:publish", Message="m"))
    error, cause = await failure(call)
    assert error == "States.Runtime"
    assert "--aws URL" in cause


# -- arguments ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("resource", "arguments", "problem"),
    [
        ("sqs:sendMessage", {"MessageBody": "m"}, "The field 'QueueUrl' is required but was missing"),
        ("sqs:sendMessage", {"QueueUrl": 1, "MessageBody": "m"}, "The value for the field 'QueueUrl' must be a STRING"),
        ("sns:publish", {"Message": "m", "Colour": 1}, "The field 'Colour' is not supported by Step Functions"),
        (
            "dynamodb:getItem",
            {"TableName": "t", "Key": {"id": {"N": 5}}},
            "The value for the field 'N' must be a STRING",
        ),
        ("events:putEvents", {"Entries": {}}, "The value for the field 'Entries' must be an ARRAY"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(refusal, resource, arguments, problem):
    text = json.dumps(arguments, separators=(",", ":"))
    assert refusal(resource, **arguments) == (
        f"The Parameters '{text}' could not be used to start the Task: [{problem}]"
    )


def test_a_null_is_for_the_service_to_refuse(refusal):
    assert refusal("sqs:sendMessage", QueueUrl="http://127.0.0.1/1/q", MessageBody=None) is None


# -- SQS and SNS -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "sent"), [("plain", "plain"), ({"a": [1, None]}, '{"a":[1,null]}'), ([True], "[true]"), (7, "7")]
)
async def test_a_message_is_text_or_the_text_of_any_json(perform, boto, task, body, sent):
    sqs = boto("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    result, metadata = without_metadata(await perform(task("sqs:sendMessage", QueueUrl=url, MessageBody=body)))
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == sent
    assert result == {"MD5OfMessageBody": message["MD5OfBody"], "MessageId": message["MessageId"]}
    http = metadata["SdkHttpMetadata"]
    assert http["HttpStatusCode"] == 200
    assert http["AllHttpHeaders"] == {name: [value] for name, value in http["HttpHeaders"].items()}
    assert "Content-Type" in http["HttpHeaders"]  # a name as it was sent, not in lower case
    assert metadata["SdkResponseMetadata"]["RequestId"]


async def test_a_queue_that_is_not_there(perform, task):
    url = "http://127.0.0.1/123456789012/none"
    error, cause = await failure(perform(task("sqs:sendMessage", QueueUrl=url, MessageBody="m")))
    assert error == "SQS.QueueDoesNotExistException"
    assert re.fullmatch(
        r"The specified queue does not exist\.? \(Service: AmazonSQS; Status Code: 400; "
        r"Error Code: AWS.SimpleQueueService.NonExistentQueue; Request ID: \S+; Proxy: null\)",
        cause,
    )


async def test_a_url_without_a_queue_is_a_host_that_nobody_knows(perform, task):
    call = perform(task("sqs:sendMessage", QueueUrl="http://orders", MessageBody="m"))
    assert await failure(call) == (
        "SQS.SdkClientException",
        "Unable to execute HTTP request: orders: Name or service not known",
    )


async def test_nobody_listens(free_port, task):
    calls = AwsCalls(Endpoint(f"http://127.0.0.1:{free_port}"))
    call = optimized_calls(calls)["sns:publish"].call(task("sns:publish", TopicArn="arn:aws:sns:::t", Message="m"))
    assert await failure(call) == ("SNS.SdkClientException", "Unable to execute HTTP request: Connection refused")
    calls.close()


async def test_a_notification_reaches_its_subscribers(perform, boto, task):
    topic = boto("sns").create_topic(Name="news")["TopicArn"]
    sqs = boto("sqs")
    url = sqs.create_queue(QueueName="readers")["QueueUrl"]
    boto("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:eu-central-1:123456789012:readers",
        Attributes={"RawMessageDelivery": "true"},
    )
    result, _ = without_metadata(await perform(task("sns:publish", TopicArn=topic, Message={"title": "t"})))
    assert list(result) == ["MessageId"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == '{"title":"t"}'


async def test_a_modelled_error_has_its_own_name(perform, task):
    topic = "arn:aws:sns:eu-central-1:123456789012:none"
    error, cause = await failure(perform(task("sns:publish", TopicArn=topic, Message="m")))
    assert error == "SNS.NotFoundException"
    assert "(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: " in cause


# -- DynamoDB ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def table(boto):
    boto("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.mark.usefixtures("table")
async def test_an_item_is_put_changed_got_and_deleted(perform, task):
    key, item = {"id": {"S": "1"}}, {"id": {"S": "1"}, "paid": {"BOOL": False}}
    put, _ = without_metadata(await perform(task("dynamodb:putItem", TableName="t", Item=item)))
    assert put == {}
    changed = await perform(
        task(
            "dynamodb:updateItem",
            TableName="t",
            Key=key,
            UpdateExpression="SET paid = :p",
            ExpressionAttributeValues={":p": {"BOOL": True}},
            ReturnValues="UPDATED_NEW",
        )
    )
    assert changed["Attributes"] == {"paid": {"BOOL": True}}
    got, _ = without_metadata(await perform(task("dynamodb:getItem", TableName="t", Key=key)))
    assert got == {"Item": item | {"paid": {"BOOL": True}}}
    await perform(task("dynamodb:deleteItem", TableName="t", Key=key))
    gone, _ = without_metadata(await perform(task("dynamodb:getItem", TableName="t", Key=key)))
    assert gone == {}


@pytest.mark.usefixtures("table")
async def test_a_condition_that_does_not_hold(perform, task):
    request = task(
        "dynamodb:putItem", TableName="t", Item={"id": {"S": "1"}}, ConditionExpression="attribute_exists(id)"
    )
    error, cause = await failure(perform(request))
    assert error == "DynamoDB.ConditionalCheckFailedException"
    assert cause.startswith(
        "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; "
        "Error Code: ConditionalCheckFailedException; Request ID: "
    )


@pytest.mark.usefixtures("table")
async def test_an_error_without_a_class_has_the_base_name(perform, task):
    error, cause = await failure(perform(task("dynamodb:getItem", TableName="t", Key={"wrong": {"S": "1"}})))
    assert error == "DynamoDB.AmazonDynamoDBException"
    assert "Error Code: ValidationException; " in cause


# -- EventBridge -------------------------------------------------------------------------------------------------------
async def test_events_name_the_execution_that_sent_them(raw_service, task):
    url, bodies = raw_service({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]})
    calls = AwsCalls(Endpoint(url))
    request = task(
        "events:putEvents",
        Entries=[
            {"Detail": {"a": 1}, "DetailType": "d", "Source": "s"},
            {"Detail": "{}", "DetailType": "d", "Source": "s", "Resources": ["r"]},
        ],
    )
    result, _ = without_metadata(await optimized_calls(calls)["events:putEvents"].call(request))
    calls.close()
    assert result == {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}
    own = [request.machine_arn, request.execution_arn]
    assert [entry["Resources"] for entry in bodies[0]["Entries"]] == [own, ["r", *own]]
    assert [entry["Detail"] for entry in bodies[0]["Entries"]] == ['{"a":1}', "{}"]


async def test_a_failed_entry_fails_the_task(perform, task):
    good = {"Detail": {}, "DetailType": "d", "Source": "s"}
    error, cause = await failure(perform(task("events:putEvents", Entries=[good, {"Detail": {}, "DetailType": "d"}])))
    assert error == "EventBridge.FailedEntry"
    failed = json.loads(cause)
    assert list(failed) == ["Entries", "FailedEntryCount"]
    assert failed["FailedEntryCount"] == 1
    assert list(failed["Entries"][0]) == ["EventId"]
    assert failed["Entries"][1]["ErrorCode"] == "InvalidArgument"


# -- ECS ---------------------------------------------------------------------------------------------------------------
async def test_a_container_task_is_run_with_the_attempts_own_token(raw_service, task):
    url, bodies = raw_service({"tasks": [{"taskArn": "t", "createdAt": 1700000000.5, "cpu": "256"}], "failures": []})
    calls = AwsCalls(Endpoint(url))
    request = task("ecs:runTask.waitForTaskToken", Cluster="c", TaskDefinition="d", LaunchType="FARGATE")
    result, _ = without_metadata(await optimized_calls(calls)["ecs:runTask"].call(request))
    calls.close()
    assert bodies == [
        {
            "cluster": "c",
            "taskDefinition": "d",
            "launchType": "FARGATE",
            "clientToken": idempotency_token(request),
        }
    ]
    assert result == {"Failures": [], "Tasks": [{"TaskArn": "t", "CreatedAt": 1700000000500, "Cpu": "256"}]}


@pytest.fixture
async def raw_service():
    """Return a function that starts a service with one answer, and returns its URL and a list of requests' bodies."""
    bodies: list[Any] = []
    answers: list[Any] = []

    async def answer(request):
        bodies.append(json.loads(await request.text()))
        return web.json_response(answers[-1])

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    def start(body):
        answers.append(body)
        return f"http://127.0.0.1:{runner.addresses[0][1]}", bodies

    yield start
    await runner.cleanup()
