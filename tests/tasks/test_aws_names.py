"""Names that AWS's Java SDK gives to clients and exceptions, checked against its published classes."""

import botocore.session
import pytest

from tobiishi.asl import sdk
from tobiishi.tasks.aws_names import base_exception_name, client_name, exception_name

SESSION = botocore.session.Session()
LOADER = SESSION.get_component("data_loader")

CLIENTS = {
    "apigatewayv2": "ApiGatewayV2",
    "application-autoscaling": "ApplicationAutoScaling",
    "autoscaling": "AutoScaling",
    "b2bi": "B2Bi",
    "ce": "CostExplorer",
    "cloudwatch": "CloudWatch",
    "cognito-idp": "CognitoIdentityProvider",
    "config": "Config",
    "dms": "DatabaseMigration",
    "dynamodb": "DynamoDb",
    "ec2": "Ec2",
    "ecs": "Ecs",
    "elb": "ElasticLoadBalancing",
    "elbv2": "ElasticLoadBalancingV2",
    "emr": "Emr",
    "es": "Elasticsearch",
    "events": "EventBridge",
    "iot": "Iot",
    "iotsitewise": "IoTSiteWise",
    "lambda": "Lambda",
    "lex-runtime": "LexRuntime",
    "logs": "CloudWatchLogs",
    "mturk": "MTurk",
    "rds-data": "RdsData",
    "resourcegroupstaggingapi": "ResourceGroupsTaggingApi",
    "route53": "Route53",
    "s3": "S3",
    "s3tables": "S3Tables",
    "sagemaker-a2i-runtime": "SageMakerA2IRuntime",
    "secretsmanager": "SecretsManager",
    "serverlessrepo": "ServerlessApplicationRepository",
    "sns": "Sns",
    "sqs": "Sqs",
    "ssm": "Ssm",
    "stepfunctions": "Sfn",
    "wafv2": "Wafv2",
    "workspaces": "WorkSpaces",
}


def service_id(service: str) -> str:
    metadata = LOADER.load_service_model(service, "service-2")["metadata"]
    return str(metadata["serviceId"])


@pytest.mark.parametrize(("service", "client"), CLIENTS.items())
def test_clients(service, client):
    assert client_name(service_id(service)) == client


@pytest.mark.parametrize(
    ("shape", "exception"),
    [
        ("NoSuchBucket", "NoSuchBucketException"),
        ("ResourceNotFoundException", "ResourceNotFoundException"),
        ("StateMachineDoesNotExist", "StateMachineDoesNotExistException"),
        ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("InvalidDBClusterStateFault", "InvalidDbClusterStateException"),
        ("ObjectNotInActiveTierError", "ObjectNotInActiveTierErrorException"),
        ("KMSInvalidStateException", "KmsInvalidStateException"),
        ("EC2ThrottledException", "Ec2ThrottledException"),
    ],
)
def test_exceptions(shape, exception):
    assert exception_name(shape) == exception


def test_an_error_unknown_to_the_model():
    assert base_exception_name("EC2") == "Ec2Exception"
    assert base_exception_name("Secrets Manager") == "SecretsManagerException"


def test_every_service_has_a_client_of_its_own():
    names = [client_name(name) for name in {service_id(service) for service in SESSION.get_available_services()}]
    assert all(name.isalnum() and name[0].isupper() for name in names)
    assert len(set(names)) == len(names)


def test_a_resource_names_a_service_by_its_client():
    for service in SESSION.get_available_services():
        assert sdk.folder(client_name(service_id(service)).lower()) is not None
