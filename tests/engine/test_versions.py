"""Whatever is published and deleted in whatever order, numbers only grow, and a version stays what it was."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tobiishi.engine.arns import Place
from tobiishi.engine.versions import Versions
from tobiishi.store.memory import MemoryStore

ARN = Place().machine_arn("orders")

steps = st.lists(
    st.tuples(st.just("update"), st.integers(0, 3)) | st.tuples(st.sampled_from(["publish", "delete"]), st.just(0)),
    max_size=30,
)


@given(steps)
def test_numbers_only_grow_and_versions_never_change(done):
    asyncio.run(check(done))


async def check(done: list[tuple[str, int]]) -> None:
    store = MemoryStore()
    versions, published, last = Versions(store), dict[int, int](), 0
    machine = await store.put_machine(ARN, "orders", "STANDARD", "role", "0", 0)
    for step, definition in done:
        if step == "update":
            machine = await store.put_machine(ARN, "orders", "STANDARD", "role", str(definition), 0)
        elif step == "publish":
            version = await versions.publish(machine, 0)
            if machine.revision.id not in published.values():
                assert version.number == last + 1
                last, published[version.number] = version.number, machine.revision.id
        elif published:
            await versions.delete(f"{ARN}:{published.popitem()[0]}")
        found = {version.number: version.revision for version in await versions.of(ARN)}
        assert list(found) == sorted(published, reverse=True)
        assert found == published
