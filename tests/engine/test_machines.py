"""State machines that nobody stored: found by their name, as they are now."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tobiishi import jsontext
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.engine.arns import Place
from tobiishi.engine.errors import MachineNotFoundError
from tobiishi.engine.machines import Machines
from tobiishi.store.contract import Machine
from tobiishi.store.memory import MemoryStore

HERE = Place().machine_arn("orders")
ELSEWHERE = "arn:aws:states:eu-west-1:999999999999:stateMachine:orders"


def definition(result: int) -> str:
    return jsontext.encode_text({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": True}}})


@pytest.fixture
async def store() -> AsyncIterator[MemoryStore]:
    store = MemoryStore()
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def machines(store: MemoryStore) -> Callable[[dict[str, str]], Machines]:
    return lambda files: Machines(store, Place(), lambda _: None, files.get)


@pytest.mark.parametrize("arn", [HERE, ELSEWHERE])
async def test_a_name_is_enough(machines, arn):
    machine = await machines({"orders": definition(1)}).find(arn, 0)
    assert (machine.arn, machine.type) == (HERE, "STANDARD")


async def test_what_was_edited_since_the_last_run_goes_before_what_is_stored(machines):
    await machines({"orders": definition(1)}).find(HERE, 0)
    assert (await machines({"orders": definition(2)}).find(HERE, 1)).revision.definition == definition(2)


async def test_what_has_no_file_any_more_is_taken_from_the_store(machines):
    await machines({"orders": definition(1)}).find(HERE, 0)
    assert (await machines({}).find(HERE, 1)).revision.definition == definition(1)


async def test_a_machine_keeps_its_type(machines):
    await machines({}).put("orders", definition(1), 0, "EXPRESS")
    assert (await machines({"orders": definition(2)}).find(HERE, 1)).type == "EXPRESS"


@pytest.mark.parametrize("arn", ["orders", f"{HERE}:1", ELSEWHERE.replace("stateMachine", "activity"), HERE + "/x"])
async def test_what_is_no_machine_is_not_looked_for(machines, arn):
    with pytest.raises(MachineNotFoundError):
        await machines({"orders": definition(1), "x": definition(1)}).find(arn, 0)


# -- what was taken stays so -------------------------------------------------------------------------------------------
async def test_a_stored_definition_is_not_judged_again(store):
    text = jsontext.encode_text({"StartAt": "P", "Nonsense": 1, "States": {"P": {"Type": "Pass", "End": True}}})
    machine = await store.put_machine(HERE, "orders", "STANDARD", "role", text, 0)
    machines = Machines(store, Place(), lambda _: None)
    assert (await machines.compiled(machine.revision.id)).start_at == "P"
    with pytest.raises(InvalidDefinitionError):
        await machines.put("orders", text, 0)


class SlowStore(MemoryStore):
    """A store that reads a machine, and hands it over when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()

    async def machine(self, arn: str) -> Machine | None:
        read = await super().machine(arn)
        self.reading.set()
        await self.go_on.wait()
        return read


async def test_what_was_read_before_a_change_is_not_kept():
    store = SlowStore()
    machines = Machines(store, Place(), lambda _: None)
    await machines.put("orders", definition(1), 0)
    machines.forget(HERE)
    reading = asyncio.create_task(machines.find(HERE, 0))
    await store.reading.wait()
    await machines.put("orders", definition(2), 0)
    machines.forget(HERE)
    store.go_on.set()
    assert (await reading).revision.definition == definition(1)
    assert (await machines.find(HERE, 0)).revision.definition == definition(2)
