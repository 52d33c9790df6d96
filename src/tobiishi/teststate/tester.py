"""Runs a state to its end, and says how it ended.

A run that is over is thrown away: nothing is stored. Five minutes are all it gets, as any Express execution does.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any
from uuid import uuid4

from tobiishi.asl.model import Task
from tobiishi.engine.arns import Place
from tobiishi.engine.clock import Clock
from tobiishi.engine.dispatch import Catalogue, attempt
from tobiishi.expr.jsonata_worker import JsonataWorker
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.run import Refusal
from tobiishi.quotas import AWS, Quotas
from tobiishi.teststate.case import Case, read_case
from tobiishi.teststate.outcome import Outcome
from tobiishi.teststate.request import Request
from tobiishi.teststate.run import StateRun, identity_of


class StateTester:
    """Tests states with the integrations of a catalogue."""

    def __init__(self, catalogue: Catalogue, clock: Clock, quotas: Quotas = AWS) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._quotas = quotas
        self._evaluating = asyncio.Lock()

    async def test(self, request: Request) -> Mapping[str, Any]:
        """Return the members of TestState's output. Raises what `read_case` raises."""
        case = await asyncio.to_thread(self._read, request)
        default_role = Place(request.region, request.account).role_arn()
        identity = identity_of(case, str(uuid4()), str(uuid4()), default_role)
        run = StateRun(case, identity, self._refusal(case), self._quotas)
        driver = _Driver(run, self._catalogue, self._clock, self._evaluating)
        try:
            return (await driver.to_the_end()).answer(run)
        finally:
            await driver.close()

    def _read(self, request: Request) -> Case:
        """Read the request, and from disk what its task will need."""
        case = read_case(request, self._quotas.payload_bytes)
        if case.mock is None and isinstance(case.state, Task):
            self._catalogue.prepare(case.state.resource)
        return case

    def _refusal(self, case: Case) -> Refusal:
        """A mock takes any arguments: nobody is called with them."""
        if case.mock is not None:
            return lambda _resource, _arguments: None
        return lambda resource, arguments: self._catalogue.find(resource).refusal(resource, arguments)


class _Driver:
    """Gives a run its signals, and performs what it asks for."""

    def __init__(self, run: StateRun, catalogue: Catalogue, clock: Clock, evaluating: asyncio.Lock) -> None:
        self._run = run
        self._catalogue = catalogue
        self._clock = clock
        self._evaluating = evaluating
        self._heard: asyncio.Queue[sig.Signal | asyncio.Task[sig.Signal]] = asyncio.Queue()
        self._timers: dict[tuple[int, str], int] = {}
        self._work: set[asyncio.Task[sig.Signal]] = set()

    async def to_the_end(self) -> Outcome:
        outcome = Outcome()
        signal: sig.Signal = sig.Start(self._run.case.request.input)
        while True:
            now_ms = self._clock.now_ms()
            step = self._run.apply(signal, now_ms, secrets.randbits(64), transitions=1)
            outcome.hear(step.entries, now_ms)
            if outcome.is_over:
                return outcome
            self._perform(step.effects)
            signal = await self._next()

    async def close(self) -> None:
        """Let go of whatever still runs for the test."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    def _perform(self, effects: Sequence[fx.Effect]) -> None:
        for effect in effects:
            match effect:
                case fx.StartTask():
                    self._start(effect)
                case fx.SetTimer():
                    self._timers[effect.event, effect.purpose] = effect.due_ms
                case fx.ClearTimer():
                    self._timers.pop((effect.event, effect.purpose), None)
                case fx.GoOn():
                    self._heard.put_nowait(sig.Continue())
                case fx.Evaluate():
                    self._spawn(self._evaluate(effect))
                case _:
                    pass  # a task that has timed out is let go of by `close`; the outcome has heard of the end

    def _start(self, effect: fx.StartTask) -> None:
        mock = self._run.case.mock
        if mock is None:
            self._spawn(attempt(self._catalogue, self._run.identity, effect, self._run.inspection.watch))
        elif mock.result is not None:
            self._heard.put_nowait(sig.TaskSucceeded(effect.event, mock.result.text))
        else:
            self._heard.put_nowait(sig.TaskFailed(effect.event, mock.error, mock.cause))

    async def _evaluate(self, question: fx.Evaluate) -> sig.Signal:
        """Have a process finish what is too much for the loop: one at a time, whoever asks."""
        now, seed = self._clock.now_ms() / 1000, secrets.randbits(64)
        async with self._evaluating:
            worker = JsonataWorker()
            try:
                answer = await worker.evaluate(question.text, question.environment, now, seed, question.location)
            finally:
                await worker.close()
        return sig.Evaluated(question, answer)

    def _spawn(self, work: Coroutine[Any, Any, sig.Signal]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[sig.Signal]") -> None:
        self._work.discard(task)
        if not task.cancelled():
            self._heard.put_nowait(task)

    async def _next(self) -> sig.Signal:
        """Return what the run hears next: a timer that is due, or what there is to hear. Raises what work has raised.

        There always is a timer: the run's own end.
        """
        (event, purpose), due_ms = min(self._timers.items(), key=lambda timer: timer[1])
        heard = await self._heard_before(due_ms)
        if heard is None:
            del self._timers[event, purpose]
            return sig.TimerFired(event, purpose)
        return heard.result() if isinstance(heard, asyncio.Task) else heard

    async def _heard_before(self, due_ms: int) -> "sig.Signal | asyncio.Task[sig.Signal] | None":
        if due_ms <= self._clock.now_ms():
            return None
        if not self._heard.empty():
            await asyncio.sleep(0)
            return self._heard.get_nowait()
        hearing = asyncio.ensure_future(self._heard.get())
        sleeping = asyncio.ensure_future(self._clock.sleep_until(due_ms))
        try:
            await asyncio.wait((hearing, sleeping), return_when=asyncio.FIRST_COMPLETED)
            return hearing.result() if hearing.done() else None
        finally:
            hearing.cancel()
            sleeping.cancel()
            await asyncio.gather(hearing, sleeping, return_exceptions=True)
