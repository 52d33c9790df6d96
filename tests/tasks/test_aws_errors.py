"""Errors of services, from what botocore makes of their answers."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)

from tobiishi.tasks.aws_errors import client_error, optimized_error, service_error
from tobiishi.tasks.aws_models import service_model


def error_of(service: str, operation: str, error: dict[str, Any], **metadata: Any) -> tuple[str, str]:
    metadata = {"HTTPStatusCode": 400, "RequestId": "r-1"} | metadata
    raised = ClientError({"Error": error, "ResponseMetadata": metadata}, operation)
    failed = service_error(raised, service_model(service).operation_model(operation))
    return failed.error, failed.cause or ""


@pytest.mark.parametrize(
    ("service", "operation", "code", "error"),
    [
        ("s3", "GetObject", "NoSuchKey", "S3.NoSuchKeyException"),
        ("ec2", "DescribeInstances", "InvalidInstanceID.NotFound", "Ec2.InvalidInstanceIdNotFoundException"),
        ("secretsmanager", "CreateSecret", "ValidationException", "SecretsManager.SecretsManagerException"),
        ("stepfunctions", "SendTaskSuccess", "InvalidToken", "Sfn.InvalidTokenException"),
        ("rds", "DescribeDBInstances", "DBInstanceNotFound", "Rds.DbInstanceNotFoundException"),
        ("elbv2", "DescribeTargetHealth", "TargetGroupNotFound", "ElasticLoadBalancingV2.TargetGroupNotFoundException"),
        ("dynamodb", "PutItem", "ThrottlingException", "DynamoDb.ThrottlingException"),
        ("lambda", "Invoke", "TooManyRequestsException", "Lambda.TooManyRequestsException"),
        ("sqs", "SendMessage", "", "Sqs.SqsException"),
    ],
)
def test_names(service, operation, code, error):
    assert error_of(service, operation, {"Code": code, "Message": "m"})[0] == error


def test_the_newer_of_two_codes_counts():
    codes = {"Code": "AWS.SimpleQueueService.NonExistentQueue", "QueryErrorCode": "QueueDoesNotExist"}
    assert error_of("sqs", "SendMessage", codes)[0] == "Sqs.QueueDoesNotExistException"


@pytest.mark.parametrize(
    ("operation", "error"), [("HeadObject", "S3.NoSuchKeyException"), ("HeadBucket", "S3.NoSuchBucketException")]
)
def test_an_answer_to_head_has_no_code(operation, error):
    assert error_of("s3", operation, {"Code": "404"}, HTTPStatusCode=404) == (
        error,
        "null (Service: S3, Status Code: 404, Request ID: r-1, Extended Request ID: null)",
    )


def test_causes():
    message = {"Code": "NoSuchKey", "Message": "gone"}
    assert error_of("s3", "GetObject", message, HostId="h=")[1] == (
        "gone (Service: S3, Status Code: 400, Request ID: r-1, Extended Request ID: h=)"
    )
    assert error_of("s3", "GetObject", message, RequestId=None)[1] == (
        "gone (Service: S3, Status Code: 400, Request ID: null, Extended Request ID: null)"
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ReadTimeoutError(endpoint_url="http://x"), "Read timed out"),
        (ConnectTimeoutError(endpoint_url="http://x"), "Connect timed out"),
        (
            EndpointConnectionError(endpoint_url="http://x", error=ConnectionRefusedError(111, "Connection refused")),
            "Connection refused",
        ),
        (HTTPClientError(error=ValueError("odd")), "An HTTP Client raised an unhandled exception: odd"),
        (NoCredentialsError(), "Unable to locate credentials"),
        (BrokenPipeError(32, "Broken pipe"), "Broken pipe"),
        (OSError(), "OSError"),
    ],
)
def test_calls_without_an_answer(error, reason):
    failed = client_error(error, "SQS")
    assert (failed.error, failed.cause) == ("Sqs.SdkClientException", f"Unable to execute HTTP request: {reason}")


def test_a_chain_of_causes_may_be_a_ring():
    first, second = RuntimeError("first"), RuntimeError("second")
    first.__cause__, second.__cause__ = second, first
    assert client_error(first, "SQS").cause == "Unable to execute HTTP request: RuntimeError"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ({"Code": "InvalidParameter", "Message": "m"}, "SNS.InvalidParameterException"),
        ({"Code": "KMSDisabled", "Message": "m"}, "SNS.KMSDisabledException"),  # no word of it is put into lower case
        ({"Code": "MissingParameter", "Message": "m"}, "SNS.AmazonSNSException"),
        ({}, "SNS.AmazonSNSException"),
    ],
)
def test_optimized_integrations_speak_as_the_older_sdk(error, name):
    raised = ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "r-1"}}, "Publish")
    operation = service_model("sns").operation_model("Publish")
    failed = optimized_error(raised, operation, "SNS", "AmazonSNS", "AmazonSNSException")
    assert failed.error == name
    assert failed.cause == (
        f"{error.get('Message', 'null')} (Service: AmazonSNS; Status Code: 400; "
        f"Error Code: {error.get('Code', 'null')}; Request ID: r-1; Proxy: null)"
    )
