"""Activities: created once, found by name, gone when deleted."""

import asyncio
from typing import Any

import pytest

from tobiishi.engine.activities import Activities
from tobiishi.engine.arns import Place
from tobiishi.engine.errors import (
    ActivityExistsError,
    ActivityLimitError,
    ActivityNotFoundError,
    InvalidArnError,
    InvalidEncryptionError,
    InvalidNameError,
    TooManyTagsError,
)
from tobiishi.engine.tags import Tags
from tobiishi.store.memory import MemoryStore

HERE = Place()
KEY = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def activities(store: MemoryStore) -> Activities:
    return Activities(store)


async def test_creating_twice_finds_the_first(activities: Activities, store: MemoryStore) -> None:
    first = await activities.create(HERE, "press", 5, tags={"team": "a"})
    again = await activities.create(HERE, "press", 9, tags={"team": "b"})
    assert first == again == await activities.find(first.arn)
    assert (first.name, first.created_ms, first.encryption) == ("press", 5, {"type": "AWS_OWNED_KEY"})
    assert first.arn == "arn:aws:states:us-east-1:123456789012:activity:press"
    assert await Tags(store).of(first.arn) == {"team": "a"}


async def test_creating_at_once_makes_one(activities: Activities) -> None:
    made = await asyncio.gather(*(activities.create(HERE, "press", now) for now in range(10)))
    assert len({activity.created_ms for activity in made}) == 1


@pytest.mark.parametrize("encryption", [KEY, {**KEY, "kmsDataKeyReusePeriodSeconds": 60}])
async def test_the_encryption_cannot_be_changed(activities: Activities, encryption: dict[str, Any]) -> None:
    made = await activities.create(HERE, "press", 0, encryption=encryption)
    assert (await activities.find(made.arn)).encryption == encryption
    assert await activities.create(HERE, "press", 0, encryption=encryption) == made
    with pytest.raises(ActivityExistsError):
        await activities.create(HERE, "press", 0, encryption={"type": "AWS_OWNED_KEY"})


async def test_what_cannot_be_created(activities: Activities) -> None:
    for name in ("a b", "a:b", "", "a" * 81, "\x00"):
        with pytest.raises(InvalidNameError, match="Invalid Name: '"):
            await activities.create(HERE, name, 0)
    with pytest.raises(InvalidEncryptionError):
        await activities.create(HERE, "press", 0, encryption={"type": "CUSTOMER_MANAGED_KMS_KEY"})
    with pytest.raises(TooManyTagsError):
        await activities.create(HERE, "press", 0, tags={"a": "", "b": ""}, tag_limit=1)
    assert await activities.page(HERE) == []


async def test_a_deleted_activity_is_gone_with_its_tags(activities: Activities, store: MemoryStore) -> None:
    arn = (await activities.create(HERE, "press", 0, tags={"a": "b"})).arn
    await activities.delete(arn)
    await activities.delete(arn)
    with pytest.raises(ActivityNotFoundError, match=f"Activity Does Not Exist: '{arn}'"):
        await activities.find(arn)
    with pytest.raises(ActivityNotFoundError):
        activities.check(arn)
    assert await Tags(store).of(arn) == {}


@pytest.mark.parametrize("arn", ["press", HERE.machine_arn("press"), HERE.activity_arn(""), HERE.activity_arn("a:b")])
async def test_what_is_no_arn_of_an_activity(activities: Activities, arn: str) -> None:
    with pytest.raises(InvalidArnError, match="Invalid Arn: '"):
        await activities.find(arn)
    with pytest.raises(InvalidArnError):
        await activities.delete(arn)


async def test_each_account_has_its_own(activities: Activities, store: MemoryStore) -> None:
    elsewhere = Place(account="210987654321")
    for name in ("b", "a", "c"):
        await activities.create(HERE, name, 0, limit=3)
    with pytest.raises(ActivityLimitError):
        await activities.create(HERE, "d", 0, limit=3)
    await activities.create(elsewhere, "d", 0, limit=3)
    await activities.create(HERE, "a", 0, limit=3)
    again = Activities(store)
    await again.load()
    with pytest.raises(ActivityLimitError):
        await again.create(HERE, "d", 0, limit=3)
    assert [activity.name for activity in await again.page(HERE)] == ["a", "b", "c"]
    assert [activity.name for activity in await again.page(HERE, HERE.activity_arn("a"), 1)] == ["b"]
    assert [activity.name for activity in await again.page(elsewhere)] == ["d"]
