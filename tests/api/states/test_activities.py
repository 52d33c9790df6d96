"""CreateActivity, DeleteActivity, DescribeActivity, ListActivities, GetActivityTask."""

import asyncio

import pytest

from tests.api.states.conftest import Client
from tests.engine.outside import ACTIVITY, activity
from tests.language.stores import settle
from tobiishi import jsontext


async def test_an_activity_from_its_creation_to_its_end(client: Client) -> None:
    created = await client.call("CreateActivity", name="press")
    now = client.bench.clock.now_ms() / 1000
    assert created == {"activityArn": ACTIVITY, "creationDate": now}
    client.bench.clock.advance(1000)
    assert await client.call("CreateActivity", name="press", tags=[{"key": "a", "value": "b"}]) == created
    assert await client.call("DescribeActivity", activityArn=ACTIVITY) == {
        "activityArn": ACTIVITY,
        "name": "press",
        "creationDate": now,
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    assert await client.call("DeleteActivity", activityArn=ACTIVITY) == {}
    assert await client.call("DeleteActivity", activityArn=ACTIVITY) == {}
    error = await client.error("DescribeActivity", activityArn=ACTIVITY)
    assert (error.code, error.message) == ("ActivityDoesNotExist", f"Activity Does Not Exist: '{ACTIVITY}'")


async def test_tags_go_with_the_first_creation(client: Client) -> None:
    await client.call("CreateActivity", name="press", tags=[{"key": "team", "value": "a"}])
    await client.call("CreateActivity", name="press", tags=[{"key": "team", "value": "b"}])
    tags = await client.call("ListTagsForResource", resourceArn=ACTIVITY)
    assert tags["tags"] == [{"key": "team", "value": "a"}]
    error = await client.limit(tags=1).error("CreateActivity", name="other", tags=[{"key": "a"}, {"key": "b"}])
    assert error.code == "TooManyTags"


async def test_what_cannot_be_created(client: Client) -> None:
    error = await client.error("CreateActivity", name="a b")
    assert (error.code, error.message) == ("InvalidName", "Invalid Name: 'a b'")
    key = {"type": "CUSTOMER_MANAGED_KMS_KEY"}
    assert (await client.error("CreateActivity", name="a", encryptionConfiguration=key)).code == (
        "InvalidEncryptionConfiguration"
    )
    await client.call("CreateActivity", name="a")
    key["kmsKeyId"] = "k"
    assert (await client.error("CreateActivity", name="a", encryptionConfiguration=key)).code == "ActivityAlreadyExists"
    assert (await client.limit(activities=1).error("CreateActivity", name="b")).code == "ActivityLimitExceeded"


async def test_lists_come_in_pages(client: Client) -> None:
    for name in ("c", "a", "b"):
        await client.call("CreateActivity", name=name)
    client.region = "eu-central-1"
    await client.call("CreateActivity", name="elsewhere")
    client.region = "us-east-1"
    names, token = [], None
    while True:
        page = await client.call("ListActivities", maxResults=2, **({"nextToken": token} if token else {}))
        names += [item["name"] for item in page["activities"]]
        token = page.get("nextToken")
        if token is None:
            break
    assert names == ["a", "b", "c"]
    assert (await client.error("ListActivities", nextToken="made up")).code == "InvalidToken"


@pytest.mark.parametrize("operation", ["DescribeActivity", "DeleteActivity", "GetActivityTask"])
async def test_an_arn_must_be_one(client: Client, operation: str) -> None:
    error = await client.error(operation, activityArn="press")
    assert (error.code, error.message) == ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: press'")


async def test_a_task_goes_to_a_worker_and_back(client: Client) -> None:
    await client.call("CreateActivity", name="press")
    machine = await client.create("orders", jsontext.encode_text(activity()))
    started = await client.call("StartExecution", stateMachineArn=machine, input='{"n":1}')
    task = await client.call("GetActivityTask", activityArn=ACTIVITY, workerName="me")
    assert task["input"] == '{"n":1}'
    assert await client.call("SendTaskSuccess", taskToken=task["taskToken"], output="2") == {}
    described = await client.call("DescribeExecution", executionArn=started["executionArn"])
    assert (described["status"], described["output"]) == ("SUCCEEDED", "2")


async def test_no_task_is_an_answer_without_a_token(client: Client) -> None:
    await client.call("CreateActivity", name="press")
    poll = asyncio.ensure_future(client.call("GetActivityTask", activityArn=ACTIVITY))
    await settle(client.backend.engine)
    client.bench.clock.advance(60_000)
    assert await poll == {}
    assert (await client.error("GetActivityTask", activityArn=f"{ACTIVITY}s")).code == "ActivityDoesNotExist"


async def test_so_many_workers_may_poll(client: Client) -> None:
    await client.call("CreateActivity", name="press")
    one = client.limit(activity_pollers=1)
    poll = asyncio.ensure_future(one.call("GetActivityTask", activityArn=ACTIVITY))
    await settle(client.backend.engine)
    assert (await one.error("GetActivityTask", activityArn=ACTIVITY)).code == "ActivityWorkerLimitExceeded"
    await client.backend.engine.drain(0)
    assert await poll == {}
    assert (await one.error("GetActivityTask", activityArn=ACTIVITY)).status == 503
