"""State transitions at a rate: they wait, and none is lost."""

from dataclasses import replace
from typing import Any

from tests.engine.conftest import Bench
from tests.language.stores import settle
from tobiishi.quotas import AWS, Rate


def chain(length: int) -> dict[str, Any]:
    states = {f"S{at}": {"Type": "Pass", "Next": f"S{at + 1}"} for at in range(length - 1)}
    return {"StartAt": "S0", "States": {**states, f"S{length - 1}": {"Type": "Pass", "End": True}}}


SLOW = replace(AWS, state_transition_rate=Rate(burst=5, per_second=2))


async def test_transitions_wait_for_the_bucket(bench: Bench) -> None:
    async with bench.engine(quotas=SLOW) as engine:
        started = await engine.start_execution(await bench.machine(engine, chain(8)))
        await settle(engine)
        entered = [kind for kind in await bench.types(started.arn) if kind == "PassStateEntered"]
        assert 5 <= len(entered) < 8
        for _ in range(8):
            bench.clock.advance(500)
            await settle(engine)
        assert (await engine.wait(started.arn)).status == "SUCCEEDED"


async def test_those_who_wait_all_end(bench: Bench) -> None:
    async with bench.engine(quotas=SLOW) as engine:
        arn = await bench.machine(engine, chain(4))
        started = [await engine.start_execution(arn) for _ in range(6)]
        for _ in range(40):
            bench.clock.advance(500)
            await settle(engine)
        assert {(await engine.wait(one.arn)).status for one in started} == {"SUCCEEDED"}
        assert bench.clock.now_ms() - started[0].started_ms >= (24 - 5) / 2 * 1000


async def test_who_waits_is_taken_up_by_the_next_engine(bench: Bench) -> None:
    async with bench.engine(quotas=SLOW) as engine:
        started = await engine.start_execution(await bench.machine(engine, chain(8)))
        await settle(engine)
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).status == "SUCCEEDED"


async def test_an_abort_does_not_wait(bench: Bench) -> None:
    async with bench.engine(quotas=SLOW) as engine:
        started = await engine.start_execution(await bench.machine(engine, chain(20)))
        await settle(engine)
        row = await engine.stop_execution(started.arn)
        assert row.status == "ABORTED"
        bench.clock.advance(60_000)
        await settle(engine)
