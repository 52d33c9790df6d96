"""What every store must do with machines, their revisions and documents; part of the contract's suite."""

from dataclasses import replace
from typing import Any

import pytest

from tobiishi.store.contract import Document, Machine, Store

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"


async def put(store: Store, **changes: Any) -> Machine:
    fields: dict[str, Any] = {
        "arn": MACHINE,
        "name": "orders",
        "machine_type": "STANDARD",
        "role_arn": "arn:role",
        "definition": "{}",
        "now_ms": 500,
    }
    return await store.put_machine(**fields | changes)


class DefinitionsContract:
    """A part of `StoreContract`, which has the fixtures."""

    # -- definitions -----------------------------------------------------------------------------------------------
    async def test_a_machine_is_created(self, store):
        machine = await store.put_machine(MACHINE, "orders", "STANDARD", "arn:role", '{"A":1}', 500)
        assert (machine.arn, machine.name, machine.type) == (MACHINE, "orders", "STANDARD")
        assert (machine.role_arn, machine.created_ms) == ("arn:role", 500)
        revision = machine.revision
        assert (revision.machine_arn, revision.definition, revision.created_ms) == (MACHINE, '{"A":1}', 500)
        assert await store.machine(MACHINE) == machine
        assert await store.revision(revision.id) == revision

    async def test_what_changes_nothing_keeps_the_revision(self, store):
        first = await store.put_machine(MACHINE, "orders", "STANDARD", "arn:role", "{}", 500, settings="[]", tag="a")
        second = await store.put_machine(MACHINE, "orders", "STANDARD", "arn:role", "{}", 900, settings="[]", tag="a")
        assert second == first
        assert await store.machine(MACHINE) == first

    @pytest.mark.parametrize("change", [{"role_arn": "arn:other"}, {"settings": '{"a":1}'}, {"tag": "b"}])
    async def test_all_that_an_execution_keeps_makes_a_revision(self, store, change):
        first = await put(store, now_ms=500)
        second = await put(store, now_ms=900, **change)
        assert second.revision == replace(first.revision, id=second.revision.id, created_ms=900, **change)
        assert second.revision.id != first.revision.id
        assert second.created_ms == 500
        assert await store.machine(MACHINE) == second
        assert await store.revision(first.revision.id) == first.revision

    async def test_a_changed_definition_gets_a_revision_and_the_old_one_stays(self, store):
        first = await store.put_machine(MACHINE, "orders", "STANDARD", "arn:role", "{}", 500)
        second = await store.put_machine(MACHINE, "orders", "STANDARD", "arn:role", '{"B":2}', 900)
        assert second.revision.id != first.revision.id
        assert (second.created_ms, second.revision.created_ms) == (500, 900)
        assert await store.revision(first.revision.id) == first.revision

    async def test_going_back_to_an_earlier_definition_is_a_change_as_any_other(self, store):
        definitions = ["{}", '{"B":2}', "{}"]
        machines = [await put(store, definition=definition) for definition in definitions]
        assert len({machine.revision.id for machine in machines}) == 3
        assert (await store.machine(MACHINE)).revision.definition == "{}"

    async def test_machines_with_the_same_definition_have_their_own_revisions(self, store):
        one = await store.put_machine("arn:b", "b", "STANDARD", "arn:role", "{}", 500)
        two = await store.put_machine("arn:a", "a", "EXPRESS", "arn:role", "{}", 500)
        assert one.revision.id != two.revision.id
        assert await store.machines() == [two, one]

    async def test_what_was_never_put_is_not_there(self, store):
        assert await store.machine("arn:nobody") is None
        assert await store.revision(12345) is None
        assert await store.machines() == []

    async def test_machines_by_prefix_and_page(self, store):
        for arn in ("arn:1:b", "arn:1:a", "arn:2:a", "arn:1:é", "arn:1:%", "arn:10:a"):
            await put(store, arn=arn)
        assert [machine.arn for machine in await store.machines("arn:1:")] == [
            "arn:1:%",
            "arn:1:a",
            "arn:1:b",
            "arn:1:é",
        ]
        assert [machine.arn for machine in await store.machines("arn:1:", limit=2)] == ["arn:1:%", "arn:1:a"]
        rest = await store.machines("arn:1:", after="arn:1:a", limit=2)
        assert [machine.arn for machine in rest] == ["arn:1:b", "arn:1:é"]
        assert await store.machines("arn:3") == []
        assert [await store.count_machines(prefix) for prefix in ("arn:1:", "arn:3", "")] == [4, 0, 6]
        assert len(await store.machines()) == 6

    async def test_a_machine_is_marked_then_deleted_and_its_revisions_stay(self, store):
        machine = await put(store)
        await store.mark_deleting(MACHINE)
        assert await store.machine(MACHINE) == replace(machine, status="DELETING")
        await store.delete_machine(MACHINE)
        assert await store.machine(MACHINE) is None
        assert await store.machines() == []
        assert await store.revision(machine.revision.id) == machine.revision

    async def test_marking_and_deleting_what_is_not_there_does_nothing(self, store):
        await store.mark_deleting(MACHINE)
        await store.delete_machine(MACHINE, [("tags", MACHINE)])
        assert await store.machines() == []

    async def test_putting_a_machine_that_was_being_deleted_makes_it_active(self, store):
        machine = await put(store)
        await store.mark_deleting(MACHINE)
        assert await put(store) == machine

    async def test_a_machine_that_was_deleted_and_made_again_is_a_new_one(self, store):
        first = await put(store, now_ms=500)
        await store.delete_machine(MACHINE)
        second = await put(store, now_ms=900)
        assert (second.created_ms, second.revision.created_ms) == (900, 900)
        assert second.revision.id != first.revision.id

    # -- documents -------------------------------------------------------------------------------------------------
    async def test_a_document_is_put_changed_and_deleted(self, store):
        await store.put_documents([Document("alias", "a", "1"), Document("tags", "a", "2")])
        assert await store.document("alias", "a") == Document("alias", "a", "1")
        await store.put_documents([Document("alias", "a", "3")])
        assert await store.document("alias", "a") == Document("alias", "a", "3")
        await store.put_documents([], [("alias", "a"), ("alias", "nobody")])
        assert await store.document("alias", "a") is None
        assert await store.document("tags", "a") == Document("tags", "a", "2")

    async def test_deletes_go_before_puts(self, store):
        await store.put_documents([Document("alias", "a", "1")])
        await store.put_documents([Document("alias", "a", "2")], [("alias", "a")])
        assert await store.document("alias", "a") == Document("alias", "a", "2")

    async def test_documents_by_prefix_and_page(self, store):
        keys = ["m:2", "m:10", "m:é", "n:1", "m", "m:1"]
        await store.put_documents([Document("version", key, key) for key in keys])
        await store.put_documents([Document("alias", "m:1", "other")])
        assert [found.key for found in await store.documents("version", "m:")] == ["m:1", "m:10", "m:2", "m:é"]
        assert [found.key for found in await store.documents("version", "m:", limit=1)] == ["m:1"]
        assert [found.key for found in await store.documents("version", "m:", "m:10", 2)] == ["m:2", "m:é"]
        assert [found.key for found in await store.documents("version")] == sorted(keys)
        assert await store.documents("activity") == []

    async def test_documents_are_put_and_deleted_with_their_machine(self, store):
        await put(store, documents=[Document("tags", MACHINE, "{}"), Document("version", f"{MACHINE}:1", "{}")])
        assert await store.document("tags", MACHINE) == Document("tags", MACHINE, "{}")
        await store.delete_machine(MACHINE, [("version", f"{MACHINE}:1")])
        assert await store.document("version", f"{MACHINE}:1") is None
        assert await store.document("tags", MACHINE) is not None
