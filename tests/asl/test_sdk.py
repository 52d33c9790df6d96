import pytest

from tobiishi.asl import sdk


@pytest.mark.parametrize(
    ("service_id", "name"),
    [
        ("S3", "s3"),
        ("SFN", "sfn"),
        ("CloudWatch Logs", "cloudwatchlogs"),
        ("Elastic Load Balancing v2", "elasticloadbalancingv2"),
        ("Cognito Identity Provider", "cognitoidentityprovider"),
        ("Config Service", "config"),
        ("Database Migration Service", "databasemigration"),
    ],
)
def test_services_have_step_functions_names(service_id, name):
    assert sdk.service_name(service_id) == name
    assert name in sdk.services()


@pytest.mark.parametrize(
    ("service", "folder"),
    [("sfn", "stepfunctions"), ("cloudwatchlogs", "logs"), ("elasticloadbalancingv2", "elbv2"), ("logs", None)],
)
def test_botocores_own_names_are_found(service, folder):
    assert sdk.folder(service) == folder


def test_actions_are_camel_case():
    assert {"getObject", "listObjectsV2"} <= sdk.actions("s3")
    assert "GetObject" not in sdk.actions("s3")
    assert sdk.actions("nothing") == frozenset()


def test_acronyms_may_be_written_as_words():
    assert sdk.operations("iam")["getSSHPublicKey"] == sdk.operations("iam")["getSshPublicKey"] == "GetSSHPublicKey"
