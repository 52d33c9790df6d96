"""Calls of real services through a real server."""

import asyncio
import base64
import json
import os
import re
import uuid
from dataclasses import replace

import pytest
from aiohttp import web

from tobiishi.tasks.aws_calls import idempotency_token, is_read
from tobiishi.tasks.aws_clients import Endpoint, RealAws
from tobiishi.tasks.aws_models import service_model
from tobiishi.tasks.aws_sdk import AwsSdk
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest


@pytest.fixture
def aws(aws_url):
    sdk = AwsSdk(Endpoint(aws_url))
    yield sdk
    sdk.close()


async def failure(sdk: AwsSdk, request: TaskRequest) -> tuple[str, str]:
    with pytest.raises(TaskError) as caught:
        await sdk.call(request)
    return caught.value.error, caught.value.cause or ""


async def test_an_object_goes_to_s3_and_comes_back_as_text(aws, boto, task):
    boto("s3").create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    put = await aws.call(task("aws-sdk:s3:putObject", Bucket="reports", Key="r.json", Body={"rows": [1, 2]}))
    assert put["ETag"].startswith('"')
    assert "ResponseMetadata" not in put
    got = await aws.call(task("aws-sdk:s3:getObject", Bucket="reports", Key="r.json"))
    assert got["Body"] == '{"rows":[1,2]}'
    assert got["ContentLength"] == 14
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", got["LastModified"])


@pytest.mark.parametrize(("body", "stored"), [(False, b"false"), (0, b"0"), (["a"], b'["a"]'), ("a b", b"a b")])
async def test_a_body_of_another_type_is_stored_as_its_json_text(aws, boto, task, body, stored):
    s3 = boto("s3")
    s3.create_bucket(Bucket="any", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    await aws.call(task("aws-sdk:s3:putObject", Bucket="any", Key="k", Body=body))
    assert s3.get_object(Bucket="any", Key="k")["Body"].read() == stored


async def test_bytes_that_are_not_text_come_back_in_base64(aws, boto, task):
    s3 = boto("s3")
    s3.create_bucket(Bucket="any", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="any", Key="k", Body=b"\xff\x00\xfe")
    got = await aws.call(task("aws-sdk:s3:getObject", Bucket="any", Key="k"))
    assert base64.b64decode(got["Body"]) == b"\xff\x00\xfe"


@pytest.mark.parametrize(("size", "fits"), [(256 * 1024, True), (256 * 1024 + 1, False)])
async def test_no_more_of_a_body_is_read_than_a_result_may_hold(aws, boto, task, size, fits):
    s3 = boto("s3")
    s3.create_bucket(Bucket="any", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="any", Key="k", Body=b"x" * size)
    request = task("aws-sdk:s3:getObject", Bucket="any", Key="k")
    if fits:
        assert len((await aws.call(request))["Body"]) == size
    else:
        assert await failure(aws, request) == (
            "States.DataLimitExceeded",
            (
                "The state/task 'aws-sdk:s3' returned a result with a size exceeding the "
                "maximum number of bytes service limit."
            ),
        )


async def test_a_service_whose_model_is_in_camel_case(aws, task):
    made = await aws.call(
        task("aws-sdk:batch:createSchedulingPolicy", Name="fair", FairsharePolicy={"ShareDecaySeconds": 60})
    )
    assert made["Name"] == "fair"
    assert made["Arn"].endswith("scheduling-policy/fair")


async def test_instances_are_described_with_their_times(aws, boto, task):
    image = boto("ec2").describe_images()["Images"][0]["ImageId"]
    started = await aws.call(task("aws-sdk:ec2:runInstances", ImageId=image, MinCount=1, MaxCount=1))
    instance = started["Instances"][0]["InstanceId"]
    found = await aws.call(task("aws-sdk:ec2:describeInstances", InstanceIds=[instance]))
    launched = found["Reservations"][0]["Instances"][0]["LaunchTime"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", launched)


async def test_nothing_found_is_an_empty_list(aws, task):
    assert await aws.call(task("aws-sdk:secretsmanager:listSecrets")) == {"SecretList": []}


async def test_items_keep_their_keys(aws, boto, task):
    boto("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id": {"S": "1"}, "lower": {"M": {"x": {"N": "1"}}}}
    assert await aws.call(task("aws-sdk:dynamodb:putItem", TableName="t", Item=item)) == {}
    found = await aws.call(task("aws-sdk:dynamodb:getItem", TableName="t", Key={"id": {"S": "1"}}))
    assert found == {"Item": item}


async def test_a_modelled_error_has_its_own_name(aws, task):
    error, cause = await failure(aws, task("aws-sdk:dynamodb:putItem", TableName="none", Item={"id": {"S": "1"}}))
    assert error == "DynamoDb.ResourceNotFoundException"
    assert re.fullmatch(r"Requested resource not found \(Service: DynamoDb, Status Code: 400, Request ID: \S+\)", cause)


async def test_s3_errors_get_a_suffix_and_an_extended_request_id(aws, task):
    error, cause = await failure(aws, task("aws-sdk:s3:listObjects", Bucket="there-is-no-such-bucket"))
    assert error == "S3.NoSuchBucketException"
    assert cause.startswith("The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: ")


async def test_a_head_request_names_what_is_missing(aws, task):
    error, cause = await failure(aws, task("aws-sdk:s3:headBucket", Bucket="there-is-no-such-bucket"))
    assert error == "S3.NoSuchBucketException"
    assert "Status Code: 404" in cause


async def test_an_unmodelled_error_has_the_base_name(aws, task):
    error, cause = await failure(aws, task("aws-sdk:ec2:describeInstances", InstanceIds=["i-0123456789abcdef0"]))
    assert error == "Ec2.InvalidInstanceIdNotFoundException"
    assert cause.startswith("The instance ID 'i-0123456789abcdef0' does not exist (Service: Ec2, Status Code: 400, ")


async def test_a_service_that_kept_its_query_codes(aws, task):
    url = "http://127.0.0.1/123456789012/none"
    error, _ = await failure(aws, task("aws-sdk:sqs:receiveMessage", QueueUrl=url))
    assert error == "Sqs.QueueDoesNotExistException"


async def test_arguments_that_do_not_fit_are_refused(aws, task):
    request = task("aws-sdk:ec2:describeInstances", instanceIds=["i-1"], MaxResults="many")
    assert aws.refusal(request.resource, request.arguments) == (
        'The Parameters \'{"instanceIds":["i-1"],"MaxResults":"many"}\' could not be used to start the Task: '
        "[The field 'instanceIds' is not supported by Step Functions, "
        "The value for the field 'MaxResults' must be an INTEGER]"
    )
    assert aws.refusal(request.resource, {"InstanceIds": ["i-1"], "MaxResults": 5}) is None


def test_an_action_that_botocore_no_longer_knows_is_refused(task):
    resource = replace(task("aws-sdk:s3:listBuckets").resource, action="listPails")
    refusal = AwsSdk().refusal(resource, {})
    assert refusal is not None
    assert refusal.endswith("names no action of an AWS service.")


async def test_without_a_destination_nothing_is_called(task):
    sdk = AwsSdk()
    error, cause = await failure(sdk, task("aws-sdk:s3:listBuckets"))
    assert error == "States.Runtime"
    assert "--aws URL" in cause
    assert "--aws real" in cause
    sdk.close()


async def test_the_endpoint_in_the_environment_is_not_read(monkeypatch, task, aws_url):
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_url)
    sdk = AwsSdk()
    assert (await failure(sdk, task("aws-sdk:s3:listBuckets")))[0] == "States.Runtime"
    sdk.close()


async def test_one_service_may_go_elsewhere(aws_url, free_port, task):
    sdk = AwsSdk(Endpoint(f"http://127.0.0.1:{free_port}"), per_service={"sqs": Endpoint(aws_url)})
    assert "QueueUrl" in await sdk.call(task("aws-sdk:sqs:createQueue", QueueName="q"))
    assert (await failure(sdk, task("aws-sdk:sns:listTopics")))[0] == "Sns.SdkClientException"
    sdk.close()


async def test_nobody_listens(free_port, task):
    sdk = AwsSdk(Endpoint(f"http://127.0.0.1:{free_port}"))
    assert await failure(sdk, task("aws-sdk:sfn:listStateMachines")) == (
        "Sfn.SdkClientException",
        "Unable to execute HTTP request: Connection refused",
    )
    sdk.close()


async def test_a_name_that_does_not_resolve(task):
    sdk = AwsSdk(Endpoint("http://nothing.invalid:1"))
    error, cause = await failure(sdk, task("aws-sdk:sfn:listStateMachines"))
    assert error == "Sfn.SdkClientException"
    assert cause.startswith("Unable to execute HTTP request: ")
    assert "0x" not in cause
    sdk.close()


@pytest.fixture
async def raw_server():
    """Return a function that listens with a handler of (reader, writer) and returns the URL and a list of requests."""
    servers = []

    async def listen(answer):
        requests = []

        async def serve(reader, writer):
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests

    yield listen
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/plain\r\n\r\nhalf"]
)
async def test_a_dropped_connection_is_not_tried_again(raw_server, task, answer):
    url, requests = await raw_server(answer)
    sdk = AwsSdk(Endpoint(url))
    error, cause = await failure(sdk, task("aws-sdk:s3:getObject", Bucket="any", Key="k"))
    assert error == "S3.SdkClientException"
    assert cause.startswith("Unable to execute HTTP request: ")
    assert len(requests) == 1
    sdk.close()


async def test_an_answer_that_is_none(raw_server, task):
    url, _ = await raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<not xml at")
    sdk = AwsSdk(Endpoint(url))
    error, cause = await failure(sdk, task("aws-sdk:ec2:describeInstances"))
    assert error == "Ec2.SdkClientException"
    assert cause.startswith("Unable to unmarshall response")
    sdk.close()


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_service_is_asked_once(raw_server, task, status):
    body = b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
    url, requests = await raw_server(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
    sdk = AwsSdk(Endpoint(url))
    error, cause = await failure(sdk, task("aws-sdk:dynamodb:listTables"))
    assert error == "DynamoDb.ThrottlingException"
    assert cause == f"Rate exceeded (Service: DynamoDb, Status Code: {status}, Request ID: null)"
    assert len(requests) == 1
    sdk.close()


async def test_dummy_credentials_sign_for_an_endpoint(monkeypatch, raw_server, task):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    url, requests = await raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    sdk = AwsSdk(Endpoint(url))
    assert await sdk.call(task("aws-sdk:dynamodb:listTables")) == {}
    assert re.search(rb"Credential=test/\d{8}/eu-central-1/dynamodb/", requests[0])
    sdk.close()


async def test_credentials_of_the_environment_sign_for_an_endpoint(monkeypatch, raw_server, task):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own")
    url, requests = await raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    sdk = AwsSdk(Endpoint(url))
    await sdk.call(task("aws-sdk:dynamodb:listTables"))
    assert b"Credential=AKIDOWN/" in requests[0]
    sdk.close()


async def test_a_state_with_a_role_calls_as_that_role(aws, boto, task):
    role = "arn:aws:iam::123456789012:role/other"
    request = task("aws-sdk:sts:getCallerIdentity", credentials={"RoleArn": role})
    assert (await aws.call(request))["Arn"] == "arn:aws:sts::123456789012:assumed-role/other/run-1"
    own = await aws.call(task("aws-sdk:sts:getCallerIdentity"))
    assert "assumed-role" not in own["Arn"]


async def test_the_own_credentials_of_real_aws_must_exist(monkeypatch, tmp_path, task):
    for name in list(os.environ):
        if name.startswith("AWS_") and name != "AWS_CA_BUNDLE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    sdk = AwsSdk(RealAws())
    error, cause = await failure(sdk, task("aws-sdk:sqs:listQueues"))
    assert error == "Sqs.SdkClientException"
    assert "credentials" in cause
    sdk.close()


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("aws-sdk:ec2:describeInstances", AfterCrash.RESEND),
        ("aws-sdk:s3:getObject", AfterCrash.RESEND),
        ("aws-sdk:s3:headObject", AfterCrash.RESEND),
        ("aws-sdk:dynamodb:query", AfterCrash.RESEND),
        ("aws-sdk:dynamodb:batchGetItem", AfterCrash.RESEND),
        ("aws-sdk:ec2:runInstances", AfterCrash.RESEND),  # ClientToken
        ("aws-sdk:dynamodb:transactWriteItems", AfterCrash.RESEND),  # ClientRequestToken
        ("aws-sdk:dynamodb:putItem", AfterCrash.LOST),
        ("aws-sdk:sqs:sendMessage", AfterCrash.LOST),
        ("aws-sdk:elasticloadbalancingv2:registerTargets", AfterCrash.LOST),
        ("aws-sdk:sfn:getActivityTask", AfterCrash.LOST),
        ("aws-sdk:ec2:getConsoleOutput", AfterCrash.RESEND),
        ("aws-sdk:ec2:detachVolume", AfterCrash.LOST),
    ],
)
def test_what_recovery_does(aws, task, resource, expected):
    assert aws.after_crash(task(resource)) is expected


@pytest.mark.parametrize("service", ["ec2", "s3", "dynamodb", "stepfunctions", "sqs", "iam", "autoscaling", "lambda"])
def test_no_operation_that_changes_something_counts_as_a_read(service):
    changing = ("Create", "Delete", "Put", "Update", "Modify", "Start", "Stop", "Send", "Terminate", "Run", "Set")
    model = service_model(service)
    reads = [name for name in model.operation_names if is_read(model.operation_model(name))]
    assert reads
    assert not [name for name in reads if name.startswith(changing)]


def test_a_lost_call_has_the_name_of_a_lost_connection(aws, task):
    lost = aws.lost_error(task("aws-sdk:elasticloadbalancingv2:registerTargets"))
    assert lost.error == "ElasticLoadBalancingV2.SdkClientException"


def test_recovery_needs_no_destination(task):
    sdk = AwsSdk()
    assert sdk.after_crash(task("aws-sdk:sqs:sendMessage")) is AfterCrash.LOST
    assert sdk.lost_error(task("aws-sdk:sqs:sendMessage")).error == "Sqs.SdkClientException"
    sdk.close()


async def test_a_resend_carries_the_token_of_the_first_send(raw_server_with_bodies, task):
    url, bodies = raw_server_with_bodies
    request = task("aws-sdk:athena:startQueryExecution", QueryString="select 1")
    for again in (request, request, task("aws-sdk:athena:startQueryExecution", event=9, QueryString="select 1")):
        sdk = AwsSdk(Endpoint(url))
        await sdk.call(again)
        sdk.close()
    first, second, next_attempt = [body["ClientRequestToken"] for body in bodies]
    assert first == second == idempotency_token(request)
    assert uuid.UUID(next_attempt) != uuid.UUID(first)


async def test_the_users_own_token_wins(raw_server_with_bodies, task):
    url, bodies = raw_server_with_bodies
    token = "mine-mine-mine-mine-mine-mine-mine"
    sdk = AwsSdk(Endpoint(url))
    await sdk.call(task("aws-sdk:athena:startQueryExecution", QueryString="select 1", ClientRequestToken=token))
    sdk.close()
    assert [body["ClientRequestToken"] for body in bodies] == [token]


@pytest.fixture
async def raw_server_with_bodies():
    bodies = []

    async def answer(request):
        bodies.append(json.loads(await request.text()))
        return web.json_response({})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", bodies
    await runner.cleanup()
