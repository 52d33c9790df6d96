"""State machines as the API makes, changes, shows and deletes them."""

import asyncio

import pytest

from tests.api.states.conftest import ROLE, WAITING, passing
from tobiishi import jsontext

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
OTHER_ROLE = "arn:aws:iam::123456789012:role/other"


async def test_a_machine_is_shown_with_the_defaults_of_what_was_not_given(client):
    made = await client.call("CreateStateMachine", name="orders", definition=passing(), roleArn=ROLE)
    now = client.bench.clock.now_ms() / 1000
    assert made == {"stateMachineArn": ARN, "creationDate": now}
    assert await client.call("DescribeStateMachine", stateMachineArn=ARN) == {
        "stateMachineArn": ARN,
        "name": "orders",
        "status": "ACTIVE",
        "definition": passing(),
        "roleArn": ROLE,
        "type": "STANDARD",
        "creationDate": now,
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
    }


async def test_machines_are_listed_to_callers_of_their_region_and_account(client):
    await client.create("b")
    await client.create("a")
    client.region = "cn-north-1"
    arn = await client.create("a")
    assert arn == "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:a"
    assert [m["stateMachineArn"] for m in (await client.call("ListStateMachines"))["stateMachines"]] == [arn]
    client.region = "us-east-1"
    assert [m["name"] for m in (await client.call("ListStateMachines"))["stateMachines"]] == ["a", "b"]
    client.account = "999999999999"
    assert await client.call("ListStateMachines") == {"stateMachines": []}


async def test_a_list_comes_in_pages(client):
    for name in "abc":
        await client.create(name)
    first = await client.call("ListStateMachines", maxResults=2)
    assert [m["name"] for m in first["stateMachines"]] == ["a", "b"]
    rest = await client.call("ListStateMachines", maxResults=2, nextToken=first["nextToken"])
    assert [m["name"] for m in rest["stateMachines"]] == ["c"]
    assert "nextToken" not in rest
    assert (await client.error("ListStateMachines", nextToken="AAAA")).code == "InvalidToken"


# -- the same request again --------------------------------------------------------------------------------------------
async def test_role_and_tags_may_differ_when_a_machine_is_created_again(client):
    await client.create(tags=[{"key": "a", "value": "1"}])
    created = client.bench.clock.now_ms() / 1000
    client.bench.clock.advance(5000)
    again = await client.call(
        "CreateStateMachine",
        name="orders",
        definition=passing(),
        roleArn=OTHER_ROLE,
        tags=[{"key": "b", "value": "2"}],
        loggingConfiguration={"level": "OFF"},
        encryptionConfiguration={"type": "AWS_OWNED_KEY"},
    )
    assert again == {"stateMachineArn": ARN, "creationDate": created}
    assert (await client.call("DescribeStateMachine", stateMachineArn=ARN))["roleArn"] == ROLE


@pytest.mark.parametrize(
    "other",
    [
        {"definition": passing() + " "},
        {"type": "EXPRESS"},
        {"tracingConfiguration": {"enabled": True}},
        {"loggingConfiguration": {"level": "OFF", "includeExecutionData": True}},
        {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k"}},
        {"publish": True},
    ],
)
async def test_a_machine_with_the_same_name_and_anything_else_different_is_another(client, other):
    await client.create()
    params = {"name": "orders", "definition": passing(), "roleArn": ROLE, **other}
    error = await client.error("CreateStateMachine", **params)
    assert (error.code, error.message) == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{ARN}'")


async def test_of_two_creates_at_once_one_wins(client):
    asked = [client.create(definition=passing(number)) for number in (1, 2)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["ApiError", "str"]


# -- refusals ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        ({"name": "a b"}, "InvalidName", "Invalid Name: 'a b'"),
        ({"name": "a\ufffe"}, "InvalidName", "Invalid Name: 'a\ufffe'"),
        ({"roleArn": "role"}, "InvalidArn", "Invalid Role Arn: 'role'"),
        (
            {"definition": '{"StartAt":"P"}'},
            "InvalidDefinition",
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'",
        ),
        (
            {"loggingConfiguration": {"level": "ERROR"}},
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ),
        (
            {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY"}},
            "InvalidEncryptionConfiguration",
            "Invalid Encryption Configuration: kmsKeyId is required for type CUSTOMER_MANAGED_KMS_KEY",
        ),
        (
            {"versionDescription": "first"},
            "ValidationException",
            "Version description can only be set when publish is true",
        ),
    ],
)
async def test_what_cannot_be_created(client, params, code, message):
    error = await client.error(
        "CreateStateMachine", **{"name": "orders", "definition": passing(), "roleArn": ROLE, **params}
    )
    assert (error.code, error.message) == (code, message)
    assert await client.call("ListStateMachines") == {"stateMachines": []}


async def test_quotas_of_machines_tags_and_definitions(client):
    limited = client.limit(machines=1, tags=1, definition_bytes=len(passing()))
    two = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    asked = {"name": "a", "definition": passing(), "roleArn": ROLE}
    assert (await limited.error("CreateStateMachine", **asked, tags=two)).code == "TooManyTags"
    assert (await limited.error("CreateStateMachine", **{**asked, "definition": passing(12)})).code == (
        "InvalidDefinition"
    )
    await limited.create("a")
    assert (await limited.error("CreateStateMachine", **{**asked, "name": "b"})).code == "StateMachineLimitExceeded"
    assert await limited.create("a"), "it exists, so there are no more than before"
    limited.region = "eu-west-1"
    assert await limited.create("b")


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("orders", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: orders'"),
        (f"{ARN}x", "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{ARN}x'"),
        (f"{ARN}:1", "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{ARN}:1'"),
        (f"{ARN}/map", "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{ARN}/map'"),
        (
            ARN.replace("stateMachine", "activity"),
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: activity'",
        ),
    ],
)
async def test_what_cannot_be_described(client, arn, code, message):
    await client.create()
    error = await client.error("DescribeStateMachine", stateMachineArn=arn)
    assert (error.code, error.message) == (code, message)


# -- descriptions ------------------------------------------------------------------------------------------------------
async def test_metadata_comes_without_the_definition(client):
    arn = await client.create()
    shown = await client.call("DescribeStateMachine", stateMachineArn=arn, includedData="METADATA_ONLY")
    assert shown["definition"] == "{}"


async def test_states_are_shown_with_the_variables_that_they_refer_to(client):
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"y.$": "$x"}, "End": True},
    }
    arn = await client.create(definition=jsontext.encode_text({"StartAt": "A", "States": states}))
    shown = await client.call("DescribeStateMachine", stateMachineArn=arn)
    assert shown["variableReferences"] == {"B": ["x"]}


async def test_a_distributed_map_is_described_by_its_label(client):
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    }
    state = {"Type": "Map", "Label": "each", "ItemProcessor": processor, "End": True}
    branch = {"StartAt": "M", "States": {"M": state}}
    outer = {"StartAt": "B", "States": {"B": {"Type": "Parallel", "Branches": [branch], "End": True}}}
    arn = await client.create(definition=jsontext.encode_text(outer))
    shown = await client.call("DescribeStateMachine", stateMachineArn=f"{arn}/each")
    assert (shown["label"], shown["type"], jsontext.decode(shown["definition"])) == ("each", "EXPRESS", processor)
    error = await client.error("UpdateStateMachine", stateMachineArn=f"{arn}/each", roleArn=ROLE)
    assert (error.code, error.members) == ("ValidationException", {"reason": "API_DOES_NOT_SUPPORT_LABELED_ARNS"})


# -- updates -----------------------------------------------------------------------------------------------------------
async def test_every_change_gives_a_machine_a_new_revision_id_and_no_change_keeps_it(client):
    arn = await client.create()
    client.bench.clock.advance(1000)
    first = await client.call("UpdateStateMachine", stateMachineArn=arn, definition=passing(2))
    assert first["updateDate"] == client.bench.clock.now_ms() / 1000
    same = await client.call("UpdateStateMachine", stateMachineArn=arn, definition=passing(2), roleArn=ROLE)
    other = await client.call("UpdateStateMachine", stateMachineArn=arn, roleArn=OTHER_ROLE)
    assert first["revisionId"] == same["revisionId"] != other["revisionId"]
    shown = await client.call("DescribeStateMachine", stateMachineArn=arn)
    assert (shown["definition"], shown["roleArn"], shown["revisionId"]) == (passing(2), OTHER_ROLE, other["revisionId"])


async def test_an_update_that_changes_nothing_gives_a_new_machine_no_revision_id(client):
    arn = await client.create()
    assert "revisionId" not in await client.call("UpdateStateMachine", stateMachineArn=arn, definition=passing())


async def test_an_update_that_spells_out_defaults_changes_nothing(client):
    arn = await client.create(definition=passing())
    defaults = {
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    assert "revisionId" not in await client.call("UpdateStateMachine", stateMachineArn=arn, **defaults)
    logging = {"loggingConfiguration": {"includeExecutionData": True}}
    assert "revisionId" in await client.call("UpdateStateMachine", stateMachineArn=arn, **logging)
    assert "revisionId" in await client.call("UpdateStateMachine", stateMachineArn=arn, **defaults)


async def test_a_configuration_is_replaced_as_a_whole_and_the_others_stay(client):
    arn = await client.create(
        tracingConfiguration={"enabled": True}, loggingConfiguration={"includeExecutionData": True}
    )
    key = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k", "kmsDataKeyReusePeriodSeconds": 60}
    await client.call("UpdateStateMachine", stateMachineArn=arn, loggingConfiguration={}, encryptionConfiguration=key)
    shown = await client.call("DescribeStateMachine", stateMachineArn=arn)
    assert shown["tracingConfiguration"] == {"enabled": True}
    assert shown["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert shown["encryptionConfiguration"] == key


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "MissingRequiredParameter"),
        ({"publish": True}, "MissingRequiredParameter"),
        ({"stateMachineArn": f"{ARN}:1", "definition": passing()}, "StateMachineDoesNotExist"),
        ({"definition": "{}"}, "InvalidDefinition"),
        ({"roleArn": "role"}, "InvalidArn"),
        ({"loggingConfiguration": {"level": "ALL"}}, "InvalidLoggingConfiguration"),
        ({"roleArn": ROLE, "versionDescription": "v"}, "ValidationException"),
    ],
)
async def test_what_cannot_be_updated(client, params, code):
    await client.create(publish=True)
    assert (await client.error("UpdateStateMachine", **{"stateMachineArn": ARN, **params})).code == code


# -- deletion ----------------------------------------------------------------------------------------------------------
async def test_a_machine_without_open_executions_is_gone_at_once_with_all_that_belongs_to_it(client):
    arn = await client.create(publish=True, tags=[{"key": "a", "value": "1"}])
    neighbour = await client.create("orders2", publish=True)
    assert await client.call("DeleteStateMachine", stateMachineArn=arn) == {}
    assert await client.call("DeleteStateMachine", stateMachineArn=arn) == {}
    assert (await client.error("DescribeStateMachine", stateMachineArn=arn)).code == "StateMachineDoesNotExist"
    await client.create(definition=passing(2))
    store = client.bench.store
    assert await store.documents("version") == await store.documents("version", f"{neighbour}:")
    assert [document.body for document in await store.documents("tags", arn)] == ["{}", "{}"]


async def test_open_executions_are_ended_before_their_machine_goes(client):
    arn = await client.create(definition=WAITING)
    engine = client.backend.engine
    started = await engine.start_execution(arn)
    await client.call("DeleteStateMachine", stateMachineArn=arn)
    assert (await client.call("DescribeStateMachine", stateMachineArn=arn))["status"] == "DELETING"
    assert (await client.error("UpdateStateMachine", stateMachineArn=arn, roleArn=ROLE)).code == "StateMachineDeleting"
    assert (await client.error("ListStateMachineAliases", stateMachineArn=arn)).code == "StateMachineDeleting"
    params = {"name": "orders", "definition": WAITING, "roleArn": ROLE}
    assert (await client.error("CreateStateMachine", **params)).code == "StateMachineDeleting"
    await engine.deletions.settled()
    assert (await client.error("DescribeStateMachine", stateMachineArn=arn)).code == "StateMachineDoesNotExist"
    row = await client.bench.store.execution(started.arn)
    assert row is not None
    assert row.status == "ABORTED"


async def test_a_deletion_that_was_cut_off_goes_on_with_the_next_engine(client):
    arn = await client.create(definition=WAITING)
    await client.backend.engine.start_execution(arn)
    await client.bench.store.mark_deleting(arn)
    await client.backend.engine.close()
    async with client.bench.engine() as engine:
        await engine.deletions.settled()
    assert await client.bench.store.machine(arn) is None


async def test_an_arn_of_a_version_deletes_no_machine(client):
    arn = await client.create(publish=True)
    assert await client.call("DeleteStateMachine", stateMachineArn=f"{arn}:1") == {}
    assert await client.call("DescribeStateMachine", stateMachineArn=f"{arn}:1")
    assert (await client.error("DeleteStateMachine", stateMachineArn=f"{arn}/map")).code == "ValidationException"
