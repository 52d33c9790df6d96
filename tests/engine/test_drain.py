"""What a drain waits for, and what it leaves to the next engine."""

import asyncio

from tests.engine.conftest import Bench
from tests.language.script import Script
from tests.language.stores import settle

NESTED = {
    "StartAt": "T",
    "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True}},
}


async def test_a_submitted_job_is_left_to_the_next_engine(bench: Bench) -> None:
    bench.script = Script({"T": [{"submitted": {"id": 1}, "silent": True}]})
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, NESTED), "{}", "one")
        await settle(engine)
        assert engine.working == 0
        async with asyncio.timeout(10):
            await engine.drain(3600)
    bench.script = Script({"T": [{"submitted": {"id": 1}, "output": "done"}]})
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).output == '"done"'


async def test_a_task_without_an_answer_is_waited_for(bench: Bench) -> None:
    bench.script = Script({"T": [{"silent": True}]})
    async with bench.engine() as engine:
        await engine.start_execution(await bench.machine(engine, NESTED), "{}", "one")
        await settle(engine)
        assert engine.working == 1
        await engine.drain(0)
        assert engine.working == 0
