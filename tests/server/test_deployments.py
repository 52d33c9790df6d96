"""CloudFormation: state machines are refused, everything else goes on."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from tests.serving import Server
from tobiishi.server.templates import look_into

MACHINE = "AWS::StepFunctions::StateMachine"
SAM = "AWS::Serverless::StateMachine"
YAML = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic: {{Type: "AWS::SNS::Topic"}}
  Machine:
    Type: {type}
    Condition: !Equals [!Ref "AWS::Region", us-east-1]
    Properties:
      DefinitionString: !Sub |
        {{"StartAt": "${{Name}}"}}
"""


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def server(moto, tmp_path_factory):
    folder = tmp_path_factory.mktemp("deployments")
    with Server(folder / "data", "--aws", moto, folder=folder) as server:
        server.client("s3").create_bucket(Bucket="templates")
        yield server
        assert "Traceback" not in "".join(server.log)


@pytest.fixture
def cloudformation(server):
    return server.client("cloudformation")


def put(server: Server, key: str, text: str) -> str:
    """Store a template and return its URL, as the server's own clients see it."""
    server.client("s3").put_object(Bucket="templates", Key=key, Body=text.encode())
    return f"{server.url}/templates/{key}"


def template(*types: str) -> str:
    return json.dumps({"Resources": {f"R{n}": {"Type": type_} for n, type_ in enumerate(types)}})


def stacks(moto: str) -> set[str]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("cloudformation", endpoint_url=moto, region_name="us-east-1", **keys)
    return {stack["StackName"] for stack in client.describe_stacks()["Stacks"]}


@pytest.mark.parametrize("operation", ["create_stack", "update_stack", "create_change_set", "create_stack_set"])
@pytest.mark.parametrize("text", [YAML.format(type=MACHINE), template(MACHINE), template("AWS::SNS::Topic", SAM)])
def test_state_machines_are_refused_in_cloudformations_own_form(cloudformation, moto, operation, text):
    named = {"StackSetName": "refused"} if operation == "create_stack_set" else {"StackName": "refused"}
    further = {"ChangeSetName": "one"} if operation == "create_change_set" else {}
    with pytest.raises(ClientError) as raised:
        getattr(cloudformation, operation)(TemplateBody=text, **named, **further)
    error = raised.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert "cannot be deployed here yet" in error["Message"]
    assert "refused" not in stacks(moto)


def test_a_template_in_a_bucket_is_looked_into(server, cloudformation):
    url = put(server, "machine.yaml", YAML.format(type=MACHINE))
    bucket = {"virtual": "http://templates.s3.us-east-1.amazonaws.com", "path": "https://s3.amazonaws.com/templates"}
    for where in (url, *(f"{host}/machine.yaml" for host in bucket.values())):
        with pytest.raises(ClientError, match=MACHINE):
            cloudformation.create_stack(StackName="url", TemplateURL=where)


def test_so_is_one_that_a_template_names(server, cloudformation):
    inner = put(server, "inner.json", template(MACHINE))
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": inner}}
    middle = put(server, "middle.json", json.dumps({"Resources": {"Inner": nested}}))
    nested["Properties"] = {"TemplateURL": middle}
    with pytest.raises(ClientError, match=MACHINE):
        cloudformation.create_stack(StackName="nested", TemplateBody=json.dumps({"Resources": {"Middle": nested}}))


def test_templates_that_name_each_other_end(server, cloudformation):
    url = f"{server.url}/templates/round.json"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    put(server, "round.json", json.dumps({"Resources": {"Again": nested, "Machine": {"Type": MACHINE}}}))
    with pytest.raises(ClientError, match=MACHINE):
        cloudformation.create_stack(StackName="round", TemplateURL=url)


def test_a_template_that_cannot_be_read_is_refused(server, cloudformation):
    with pytest.raises(ClientError, match="cannot be read"):
        cloudformation.create_stack(StackName="gone", TemplateURL=f"{server.url}/templates/gone.json")


def test_everything_else_is_deployed(cloudformation, moto):
    cloudformation.create_stack(StackName="deployed", TemplateBody=template("AWS::SNS::Topic"))
    assert "deployed" in stacks(moto)
    assert cloudformation.describe_stacks(StackName="deployed")["Stacks"]


def test_cloud_control_makes_no_machines_either(server):
    client = server.client("cloudcontrol")
    with pytest.raises(ClientError, match="cannot be deployed"):
        client.create_resource(TypeName=MACHINE, DesiredState="{}")


# -- looking into templates --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        template(MACHINE),
        json.dumps({"Resources": {"A": {"Type": MACHINE}}}).replace("Step", "\\u0053tep"),
        "\n {'Resources': {'A': {'Type': 'AWS::StepFunctions::Activity'}}}",
        "Resources:\n  A: &a\n    Type: AWS::Serverless::StateMachine\n  B: *a\n",
        "Resources:\n  Fn::ForEach::M: [N, [a], {M${N}: {Type: 'AWS::StepFunctions::StateMachineAlias'}}]\n",
        json.dumps({"Resources": {"S": {"Type": "AWS::CloudFormation::StackSet", "TemplateBody": template(MACHINE)}}}),
        "{ this is no template, but it has AWS::StepFunctions::StateMachine",
    ],
)
def test_machines_are_seen(text):
    assert look_into(text).types


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        template("AWS::SNS::Topic"),
        json.dumps({"Description": f"It has no {MACHINE}", "Resources": {}}),
        json.dumps({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"Service": "states.amazonaws.com"}}}}),
        "Resources:\n  A:\n    Type: !Ref X\n    # AWS::StepFunctions::StateMachine\n",
    ],
)
def test_nothing_else_is_taken_for_one(text):
    assert not look_into(text).types


def test_templates_that_are_made_to_hurt_are_searched_as_text():
    deep = "[" * 100_000
    laughing = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 50))
    inside = "Type: AWS::StepFunctions::StateMachine"
    for _ in range(100):
        inside = "TemplateBody: |\n" + "".join(f" {line}\n" for line in inside.splitlines())
    assert not look_into(deep).types
    assert not look_into(laughing).types
    assert look_into(f"{laughing}R: {{Type: {MACHINE}}}\n").types == {MACHINE}
    assert look_into(inside).types == {MACHINE}
