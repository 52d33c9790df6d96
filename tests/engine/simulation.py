"""A world made of one seed: random machines, tasks that answer when they like, a store that fails, engines that die.

Everything random comes from the seed and nothing waits for real time, so a seed names one course of events.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from tests.language import outside
from tests.store.faulty import Crash, FaultyStore
from tobiishi import jsontext
from tobiishi.asl.model import Resource
from tobiishi.engine.engine import Engine
from tobiishi.engine.errors import EngineError
from tobiishi.engine.queries import Outcome, events
from tobiishi.engine.settings import Settings
from tobiishi.interp import signals as sig
from tobiishi.store.contract import Commit, ExecutionRow, Filter, Lease, Store, StoreError
from tobiishi.store.memory import MemoryStore
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest
from tobiishi.testing import VirtualClock

CALL: Final = "arn:aws:states:::lambda:invoke"
JOB: Final = "arn:aws:states:::states:startExecution.sync"
CALLBACK: Final = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ACTIVITY: Final = "arn:aws:states:us-east-1:123456789012:activity:work"
LOST: Final = "Lost.SdkClientException"
STUMBLING: Final = {"execution_by_id", "tail", "due_timers", "last_sequence", "timers", "clear_timers", "revision"}
"""What a store fails to do at times."""
PATIENCE: Final = 20_000
"""Passes of the event loop after which a world that does not come to its end counts as stuck."""


class Machines:
    """Draws definitions. A state whose name ends in `r` makes requests that may be sent again after a crash."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._named = 0

    def definition(self) -> dict[str, Any]:
        definition = self._loop() if self._rng.random() < 0.1 else self._workflow(2)
        if self._rng.random() < 0.3:
            definition["TimeoutSeconds"] = self._rng.randint(5, 60)
        return definition

    def _workflow(self, depth: int) -> dict[str, Any]:
        names = [self._name() for _ in range(self._rng.randint(1, 3))]
        end = self._name()
        states: dict[str, Any] = {end: {"Type": "Succeed"}}
        for name, following in zip(names, [*names[1:], end], strict=True):
            states[name] = {**self._state(depth, end), "Next": following}
        return {"StartAt": names[0], "States": states}

    def _name(self) -> str:
        self._named += 1
        return f"S{self._named}{self._rng.choice('rl')}"

    def _state(self, depth: int, end: str) -> dict[str, Any]:
        kinds = [self._pass, self._wait, self._task, self._task, self._task]
        kinds += [self._parallel, self._map] if depth else []
        state = self._rng.choice(kinds)(depth)
        if state["Type"] in ("Task", "Parallel", "Map"):
            if self._rng.random() < 0.5:
                retrier = {"ErrorEquals": ["Flaky", LOST], "IntervalSeconds": 1, "MaxAttempts": 2}
                state["Retry"] = [retrier]
            if self._rng.random() < 0.5:
                state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": end}]
        return state

    def _pass(self, depth: int) -> dict[str, Any]:
        return {"Type": "Pass", "Result": self._rng.randint(0, 9)}

    def _wait(self, depth: int) -> dict[str, Any]:
        return {"Type": "Wait", "Seconds": self._rng.choice([0, 1, 5, 90])}

    def _task(self, depth: int) -> dict[str, Any]:
        task = {"Type": "Task", "Resource": self._rng.choice([CALL, JOB, CALLBACK, ACTIVITY])}
        seconds = self._rng.randint(2, 100)
        heartbeat = {"HeartbeatSeconds": seconds - 1} if self._rng.random() < 0.3 else {}
        return {**task, "TimeoutSeconds": seconds, **heartbeat}

    def _parallel(self, depth: int) -> dict[str, Any]:
        return {"Type": "Parallel", "Branches": [self._workflow(depth - 1) for _ in range(self._rng.randint(1, 3))]}

    def _map(self, depth: int) -> dict[str, Any]:
        items = {"Type": "Map", "ItemsPath": "$$.Execution.Input.list", "MaxConcurrency": self._rng.randint(0, 2)}
        return {**items, "ItemProcessor": self._workflow(depth - 1)}

    def _loop(self) -> dict[str, Any]:
        """More transitions than a run may take at once."""
        again = {"Variable": "$.n", "NumericLessThan": self._rng.randint(90, 300), "Next": "Add"}
        add = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"}
        more = {"Type": "Choice", "Choices": [again], "Default": "T"}
        states = {"Add": add, "More": more, "T": {**self._task(0), "End": True}}
        return {"StartAt": "More", "States": states}


class Tasks:
    """Integrations whose answers are drawn from the seed, and given when `release` says so."""

    def __init__(self, seed: int, store: Store) -> None:
        self._seed = seed
        self._store = store
        self._held: dict[tuple[str, int], asyncio.Future[None]] = {}
        self.sent: Counter[tuple[str, int, str]] = Counter()
        """How often each request was made: execution ARN, scheduling event, state."""
        self.submitted: Counter[tuple[str, int]] = Counter()
        self.stopped: set[tuple[str, int]] = set()

    def find(self, _: Resource) -> "Tasks":
        return self

    def prepare(self, resource: Resource) -> None: ...

    def refusal(self, resource: Resource, arguments: Any) -> str | None:
        return None

    def answer(self, arn: str, event: int) -> dict[str, Any]:
        """Return what an attempt comes to, sooner or later."""
        rng = random.Random(f"{self._seed} {arn} {event}")
        outcomes: list[dict[str, Any]] = [{"error": "Flaky"}, {"error": "Bad"}, {"silent": True}]
        return rng.choice([*outcomes, *({"output": rng.randint(0, 99)} for _ in range(4))])

    async def call(self, request: TaskRequest) -> Any:
        await self._check_durable(request)
        self.sent[request.execution_arn, request.event, request.state] += 1
        if request.resource.pattern:
            return {"job": request.event}
        return await self._answer(request)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:
        assert submitted == {"job": request.event}
        self.submitted[request.execution_arn, request.event] += 1
        return await self._answer(request)

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        assert submitted == {"job": request.event}
        self.stopped.add((request.execution_arn, request.event))

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        return AfterCrash.RESEND if request.state.endswith("r") else AfterCrash.LOST

    def lost_error(self, _: TaskRequest) -> TaskError:
        return TaskError(LOST, "the engine was gone")

    def release(self, rng: random.Random) -> None:
        """Let one task end."""
        waiting = [future for future in self._held.values() if not future.done()]
        if waiting:
            rng.choice(waiting).set_result(None)

    async def _answer(self, request: TaskRequest) -> Any:
        key = (request.execution_arn, request.event)
        answer = self.answer(*key)
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if "silent" not in answer:
            assert key not in self._held, f"{key} runs twice"
            self._held[key] = held
        try:
            await held
        finally:
            self._held.pop(key, None)
        if "error" in answer:
            raise TaskError(answer["error"], "scripted")
        return answer["output"]

    async def _check_durable(self, request: TaskRequest) -> None:
        row = await self._store.execution(request.execution_arn)
        assert row is not None, "nothing happens for an execution that is not durable"
        kinds = {event["id"]: event["type"] async for event in events(self._store, row.id)}
        assert kinds.get(request.event) == "TaskScheduled", f"{request.event} was acted on before it was durable"


class Trouble(FaultyStore):
    """Takes its time, and fails at random."""

    def __init__(self, store: Store, rng: random.Random) -> None:
        super().__init__(store)
        self._rng = rng
        for commit in range(1, 2000):
            self._plan(commit)

    def _plan(self, commit: int) -> None:
        faults = [self.fail_before, self.fail_after, self.crash_before, self.crash_after]
        fault = self._rng.choices([None, *faults], [84, 6, 6, 2, 2])[0]
        if fault is not None:
            fault(commit)

    async def commit(self, commits: Sequence[Commit], lease: Lease) -> frozenset[int]:
        await self._linger()
        try:
            return await super().commit(commits, lease)
        finally:
            await self._linger()

    def __getattr__(self, name: str) -> Any:
        method = super().__getattr__(name)
        return self._stumbling(method) if name in STUMBLING else method

    def _stumbling(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **named: Any) -> Any:
            await self._linger()
            if self._rng.random() < 0.05:
                raise StoreError("stumbled")
            self._check_alive()
            answer = await method(*args, **named)
            await self._linger()
            return answer

        return call

    async def _linger(self) -> None:
        for _ in range(self._rng.randint(0, 5)):
            await asyncio.sleep(0)


class World:
    """Executions on one engine after the other, over one store."""

    def __init__(self, seed: int, executions: int = 25) -> None:
        self.rng = random.Random(seed)
        self.store = MemoryStore()
        self.clock = VirtualClock()
        self.tasks = Tasks(seed, self.store)
        self.engines = 0
        self.arns: list[str] = []
        self.answered = 0
        """How many tokens were answered in time."""
        self.redriven: set[tuple[str, str]] = set()
        """Redrives that were answered: ARN and client token."""
        self._draw = Machines(self.rng)
        self._left = executions
        self._redrives = executions
        self._watched: list[tuple[str, asyncio.Task[Outcome]]] = []
        self._asked: list[asyncio.Task[Any]] = []

    async def run(self) -> None:
        """Live until every execution has been started and has ended."""
        await outside.create_activity(self.store, ACTIVITY)
        while self._left or await self.running() or await self.store.outbox():
            assert self.engines < 200, "the world does not come to its end"
            await self._one_engine()

    async def running(self) -> list[str]:
        rows = await self.store.executions(Filter(status="RUNNING"), limit=1000)
        return [row.arn for row in rows]

    async def _one_engine(self) -> None:
        self.engines += 1
        store = Trouble(self.store, self.rng)
        settings = Settings(resident_runs=self.rng.randint(1, 3))
        engine = Engine(store.as_store(), self.tasks, clock=self.clock, settings=settings)
        try:
            await engine.start()
            await self._live(engine)
        except (Crash, StoreError):
            return  # it did not even start, perhaps
        finally:
            await self._bury(engine)

    async def _live(self, engine: Engine) -> None:
        for _ in range(PATIENCE):
            if engine.failed is not None or await self._at_rest(engine):
                return
            if self.rng.random() < 0.005:
                return  # killed
            if self.rng.random() < 0.005:
                await engine.drain(0)
                return
            await self._something(engine)
            for _ in range(self.rng.randint(0, 6)):
                await asyncio.sleep(0)
        raise AssertionError(f"stuck: {await self.running()}")

    async def _at_rest(self, engine: Engine) -> bool:
        return not (self._left or await self.running() or await self.store.outbox()) and engine.idle

    async def _something(self, engine: Engine) -> None:
        chance = self.rng.random()
        if chance < 0.1 and self._left:
            self._left -= 1
            self._ask(self._start(engine, f"e{self._left}"))
        elif chance < 0.5:
            self.tasks.release(self.rng)
        elif chance < 0.52:
            self._ask(self._stop(engine))
        elif chance < 0.55:
            await self._tell_nonsense(engine)
        elif chance < 0.7:
            await self._act_outside(engine)
        elif chance < 0.85:
            self.clock.advance(self.rng.choice([10, 500, 1000, 5000, 40_000]))
        elif chance < 0.9 and self._redrives:
            await self._redrive_one(engine)

    def _ask(self, request: Any) -> None:
        self._asked.append(asyncio.ensure_future(request))

    async def _start(self, engine: Engine, name: str) -> None:
        text = jsontext.encode_text(self._draw.definition())
        given = jsontext.encode_text({"list": list(range(self.rng.randint(0, 4))), "n": 0})
        with suppress(EngineError, Crash):
            machine = await engine.machines.put(f"of-{name}", text, self.clock.now_ms())
            started = await engine.start_execution(machine.arn, given, name)
            assert await self.store.execution(started.arn) is not None, "answered before it was durable"
            self.arns.append(started.arn)
            self._watched.append((started.arn, asyncio.ensure_future(engine.wait(started.arn))))

    async def _stop(self, engine: Engine) -> None:
        running = await self.running()
        if not running:
            return
        arn = self.rng.choice(running)
        with suppress(EngineError, Crash):
            row = await engine.stop_execution(arn, "Stopped", "at random")
            assert row.status != "RUNNING" or row.redrives

    async def _redrive_one(self, engine: Engine) -> None:
        """Redrive an execution, perhaps twice at once, by the same client token or by another."""
        rows = await self.store.executions(Filter(), limit=1000)
        unsuccessful = [row.arn for row in rows if row.status not in ("RUNNING", "SUCCEEDED")]
        if not unsuccessful:
            return
        self._redrives -= 1
        arn, token = self.rng.choice(unsuccessful), f"token-{self._redrives}"
        for again in self.rng.choice([[token], [token, token], [token, "another"]]):
            self._ask(self._redrive(engine, arn, again))

    async def _redrive(self, engine: Engine, arn: str, token: str) -> None:
        with suppress(EngineError, Crash):
            redriven_ms = await engine.redrives.redrive(arn, token)
            row = await self.store.execution(arn)
            assert row is not None
            assert row.redriven_ms is not None, "answered before it was durable"
            assert row.redriven_ms >= redriven_ms
            self.redriven.add((arn, token))

    async def _act_outside(self, engine: Engine) -> None:
        """A worker takes a task, or whoever holds a token uses it: in time, too late, or twice."""
        running = await self.running()
        row = await self.store.execution(self.rng.choice(running)) if running else None
        if row is None:
            return
        waiting = list(outside.attempts([event async for event in events(self.store, row.id)]))
        if not waiting:
            return
        attempt = self.rng.choice(waiting)
        if attempt.activity is not None:
            self._ask(self._take(engine, attempt.activity))
        else:
            self._ask(self._use_token(engine, row, attempt))
            if self.rng.random() < 0.1:
                self._ask(self._use_token(engine, row, attempt))

    async def _take(self, engine: Engine, activity: str) -> None:
        with suppress(EngineError, Crash):
            await engine.workers.take(activity)

    async def _use_token(self, engine: Engine, row: ExecutionRow, attempt: outside.Attempt) -> None:
        answer = self.tasks.answer(row.arn, attempt.event)
        token = await outside.token_of(self.store, row, attempt)
        with suppress(EngineError, StoreError, Crash):
            if "silent" in answer:
                await engine.callbacks.heartbeat(token)
                return
            if "error" in answer:
                await engine.callbacks.fail(token, answer["error"], "scripted")
            else:
                await engine.callbacks.succeed(token, str(answer["output"]))
            self.answered += 1
            left = outside.attempts([event async for event in events(self.store, row.id)])
            assert attempt.event not in [other.event for other in left], "answered before it was durable"

    async def _tell_nonsense(self, engine: Engine) -> None:
        """Late and doubled answers, timers that fired for nobody."""
        running = await self.store.executions(Filter(), limit=1000)
        if running:
            silly: list[sig.Signal] = [
                sig.TokenSucceeded(2, 9, "1"),
                sig.TokenFailed(9999, 0),
                sig.Heartbeat(9999, 0),
                sig.ActivityTaken(9999),
            ]
            silly += [sig.TaskFailed(9999, "Nonsense"), sig.TaskSucceeded(9999, "1"), sig.Continue()]
            silly += [sig.TimerFired(9999, purpose) for purpose in ("wait", "retry", "timeout", "heartbeat")]
            engine.tell(self.rng.choice(running).id, self.rng.choice(silly))

    async def _bury(self, engine: Engine) -> None:
        with suppress(Crash):
            await engine.close()
        for arn, watch in self._watched:
            await asyncio.wait([watch])
            if watch.cancelled() or watch.exception() is not None:
                continue
            row = await self.store.execution(arn)
            assert row is not None
            if row.redrives:
                continue  # it has ended more than once
            assert watch.result().status == row.status, "announced otherwise than it is stored"
        for request in self._asked:
            await asyncio.wait([request], timeout=5)
            assert request.done(), f"nobody was told that the engine is gone: {request}"
            request.result()
        self._watched.clear()
        self._asked.clear()
