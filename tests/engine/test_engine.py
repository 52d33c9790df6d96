import asyncio

import pytest

from tests.engine.conftest import PASS, TASK, Bench
from tests.language.script import Script
from tests.language.stores import settle
from tobiishi import jsontext
from tobiishi.engine.errors import (
    DrainingError,
    ExecutionExistsError,
    ExecutionNotFoundError,
    InvalidInputError,
    InvalidNameError,
    MachineNotFoundError,
    StoppedError,
    WrongTypeError,
)
from tobiishi.interp import signals as sig
from tobiishi.interp import states
from tobiishi.interp.run import TRANSITIONS_PER_STEP
from tobiishi.store.contract import Filter


async def test_an_execution_runs_to_its_end(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS)
        started = await engine.start_execution(arn, '{"a":1}', "one")
        assert started.arn == "arn:aws:states:us-east-1:123456789012:execution:machine:one"
        ended = await engine.wait(started.arn)
        assert (ended.status, ended.output) == ("SUCCEEDED", '{"a":1}')
        assert (await engine.wait(started.arn)) == ended, "asking again reads the store"


async def test_the_same_start_again_is_answered_alike_while_it_runs(bench: Bench) -> None:
    bench.script = _silent()
    async with bench.engine() as engine:
        arn = await bench.machine(engine, TASK)
        first = await engine.start_execution(arn, "{}", "one")
        assert await engine.start_execution(arn, "{}", "one") == first
        with pytest.raises(ExecutionExistsError, match="Execution Already Exists"):
            await engine.start_execution(arn, '{"other":1}', "one")
        await engine.stop_execution(first.arn)
        with pytest.raises(ExecutionExistsError):
            await engine.start_execution(arn, "{}", "one")
        assert len(await bench.store.executions(Filter())) == 1


async def test_two_equal_starts_at_once_make_one_execution(bench: Bench) -> None:
    bench.script = _silent()
    async with bench.engine() as engine:
        arn = await bench.machine(engine, TASK)
        answers = await asyncio.gather(*(engine.start_execution(arn, "{}", "one") for _ in range(5)))
        assert len({answer.arn for answer in answers}) == 1
        assert len({answer.execution for answer in answers}) == 1


@pytest.mark.parametrize("text", ["", "nonsense", "[1,", '{"a":NaN}', "[" * 300 + "]" * 300, '"' + "é" * 140_000 + '"'])
async def test_bad_input_is_refused_and_nothing_is_stored(bench: Bench, text: str) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS)
        with pytest.raises(InvalidInputError, match="Invalid State Machine Execution Input"):
            await engine.start_execution(arn, text)
        assert await bench.store.executions(Filter()) == []


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 81, "tab\t", "a:b", "q?"])
async def test_bad_names_are_refused(bench: Bench, name: str) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS)
        with pytest.raises(InvalidNameError, match="Invalid Name"):
            await engine.start_execution(arn, "{}", name)


async def test_unknown_machines_and_executions(bench: Bench) -> None:
    async with bench.engine() as engine:
        with pytest.raises(MachineNotFoundError, match="State Machine Does Not Exist"):
            await engine.start_execution("arn:aws:states:us-east-1:123456789012:stateMachine:none")
        with pytest.raises(ExecutionNotFoundError, match="Execution Does Not Exist"):
            await engine.wait("arn:aws:states:us-east-1:123456789012:execution:machine:none")


async def test_an_express_machine_has_no_standard_executions(bench: Bench) -> None:
    async with bench.engine() as engine:
        arn = await bench.machine(engine, PASS, "EXPRESS")
        with pytest.raises(WrongTypeError):
            await engine.start_execution(arn)


async def test_stopping_aborts_and_cancels_the_task(bench: Bench) -> None:
    bench.script = _silent()
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        row = await engine.stop_execution(started.arn, "Why", "because")
        assert row.status == "ABORTED"
        ended = await engine.wait(started.arn)
        assert (ended.error, ended.cause) == ("Why", "because")
        await settle(engine)
        assert (await bench.types(started.arn))[-1] == "ExecutionAborted"
        assert await bench.store.outbox() == []


async def test_late_and_doubled_answers_change_nothing(bench: Bench) -> None:
    bench.script = _silent()
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK), "{}", "one")
        engine.tell(started.execution, sig.TaskSucceeded(3, "1"))
        engine.tell(started.execution, sig.TaskSucceeded(3, "2"))
        engine.tell(started.execution, sig.TaskFailed(99, "No", None))
        assert (await engine.wait(started.arn)).output == "1"
        engine.tell(started.execution, sig.TaskSucceeded(3, "3"))
        await settle(engine)
        assert (await engine.wait(started.arn)).output == "1"


async def test_an_idle_run_leaves_memory_and_its_signal_wakes_it(bench: Bench) -> None:
    bench.script = _silent()
    async with bench.engine(resident_runs=1) as engine:
        arn = await bench.machine(engine, TASK)
        started = [await engine.start_execution(arn, "{}", f"e{n}") for n in range(10)]
        await settle(engine)
        assert engine.resident_runs <= 2
        for n, one in enumerate(started):
            engine.tell(one.execution, sig.TaskSucceeded(3, str(n)))
        ended = [await engine.wait(one.arn) for one in started]
        assert [one.output for one in ended] == [str(n) for n in range(10)]


async def test_a_waiting_run_is_evicted_and_its_timer_wakes_it(bench: Bench) -> None:
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
    async with bench.engine(resident_runs=1) as engine:
        arn = await bench.machine(engine, definition)
        started = [await engine.start_execution(arn, str(n)) for n in range(5)]
        await settle(engine)
        bench.clock.advance(86_400_000)
        ended = [await engine.wait(one.arn) for one in started]
        assert [one.output for one in ended] == ["0", "1", "2", "3", "4"]


async def test_an_endless_loop_starves_nobody(bench: Bench) -> None:
    loop = {
        "StartAt": "C",
        "States": {
            "C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "P"}], "Default": "E"},
            "P": {"Type": "Pass", "Next": "C"},
            "E": {"Type": "Succeed"},
        },
    }
    async with bench.engine() as engine:
        endless = (await engine.machines.put("endless", _text(loop), 0)).arn
        quick = await bench.machine(engine, PASS)
        looping = await engine.start_execution(endless, '{"n":1}')
        for n in range(5):
            started = await engine.start_execution(quick, str(n))
            assert (await engine.wait(started.arn)).output == str(n)
        events = len(await bench.types(looping.arn))
        assert events < 25_000, "the quick ones did not have to wait for the loop's end"
        ended = await engine.wait(looping.arn)
        assert ended.status == "FAILED"
        assert "maximum number of history events (25000)" in (ended.cause or "")
        assert 24_990 < len(await bench.types(looping.arn)) <= 25_000


async def test_draining_records_results_and_begins_nothing(bench: Bench) -> None:
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
    two = {"StartAt": "T", "States": {"T": {**call, "Next": "U"}, "U": {**call, "End": True}}}
    bench.script = _silent()
    async with bench.engine() as engine:
        arn = await bench.machine(engine, two)
        started = await engine.start_execution(arn, "{}", "one")
        await settle(engine)
        draining = asyncio.ensure_future(engine.drain(1))
        await asyncio.sleep(0)
        engine.tell(started.execution, sig.TaskSucceeded(3, "1"))
        await draining
        with pytest.raises(DrainingError):
            await engine.start_execution(arn)
        assert (await bench.types(started.arn))[-1] == "TaskSucceeded"
    bench.script = type(bench.script)({"U": [{"output": "done"}]})
    async with bench.engine() as engine:
        assert (await engine.wait(started.arn)).output == '"done"'
        assert (await bench.types(started.arn)).count("TaskScheduled") == 2


async def test_a_fault_of_ours_fails_one_execution_only(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    async with bench.engine() as engine:
        task = await bench.machine(engine, TASK)
        succeed = (await engine.machines.put("s", _text({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}), 0)).arn
        monkeypatch.setitem(states.ENTER, "Succeed", broken)
        ended = await engine.wait((await engine.start_execution(succeed)).arn)
        assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
        assert (await engine.wait((await engine.start_execution(task)).arn)).status == "SUCCEEDED"


async def test_closing_tells_those_who_wait(bench: Bench) -> None:
    bench.script = _silent()
    async with bench.engine() as engine:
        started = await engine.start_execution(await bench.machine(engine, TASK))
        waiting = asyncio.ensure_future(engine.wait(started.arn))
        await settle(engine)
    with pytest.raises(StoppedError):
        await waiting


def test_the_share_of_a_run_is_a_count() -> None:
    assert TRANSITIONS_PER_STEP == 200


def _silent() -> Script:
    return Script({"T": [{"silent": True}], "U": [{"silent": True}]})


def _text(definition: object) -> str:
    return jsontext.encode_text(definition)
