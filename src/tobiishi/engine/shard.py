"""A shard: one loop, and the executions that it owns.

Theory of operation. Signals queue in one inbox. The loop takes them one by one: it finds the run (in memory, or woken
from the store), applies the signal, and hands the segment to the journal. When the journal says that a segment is
durable, and not before, its effects are performed: tasks start, timers are set, callers are answered. Outcomes come
back as signals. A run whose segment could not be written is dropped and folded again before it hears anything else.

Everything here runs on one asyncio loop and never blocks it. What recovery needs is in the store's outbox: an entry for
each task in flight and for each run that has more to do.
"""

import asyncio
import logging
import secrets
from collections.abc import Coroutine, Sequence
from typing import Any, Final

import orjson

from tobiishi.asl.model import Definition
from tobiishi.engine import tokens
from tobiishi.engine.activities import Activities
from tobiishi.engine.callers import Birth, Callers
from tobiishi.engine.clock import Clock
from tobiishi.engine.dispatch import Catalogue, Dispatcher
from tobiishi.engine.errors import DrainingError, EngineError, StoppedError, UnreadableError
from tobiishi.engine.evaluations import INTERNAL_ERROR, Evaluations
from tobiishi.engine.inbox import Inbox
from tobiishi.engine.indexes import commit_of
from tobiishi.engine.journal import Journal, Write
from tobiishi.engine.leasing import Leasing
from tobiishi.engine.machines import Machines
from tobiishi.engine.pace import Pace
from tobiishi.engine.queries import Outcome
from tobiishi.engine.queues import ActivityQueues
from tobiishi.engine.receipts import Heard, Receipts
from tobiishi.engine.recovery import Recovery, descendants
from tobiishi.engine.resident import Resident, Residents, wake
from tobiishi.engine.settings import Settings
from tobiishi.engine.starts import Starts
from tobiishi.engine.stops import Stops
from tobiishi.engine.timers import Timers
from tobiishi.engine.watching import Source, Watcher, announce
from tobiishi.interp import effects as fx
from tobiishi.interp import signals as sig
from tobiishi.interp.fold import Entry
from tobiishi.interp.run import TRANSITIONS_PER_STEP, Identity, Run, Step
from tobiishi.store.contract import Segment, Store, StoreError, Timer

log = logging.getLogger("tobiishi.engine")

WAKES_AT_ONCE: Final = 100
BACKLOG: Final = 2000
"""Runs that are being woken, and segments that wait for the store, at which signals wait too: they take least room."""

READ_AGAIN_SECONDS: Final = 1.0
"""How long to wait before a store that could not be read is asked again."""

TURN_PAUSE_SECONDS: Final = 0.001
"""What an Express run that merely goes on leaves to the store's threads after its turn, if they have work."""


class Shard:
    """The loop. `mine` names the executions that are this shard's business; None: all that the store has."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        machines: Machines,
        activities: Activities,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self.callers = Callers()
        self.queues = ActivityQueues(clock)
        """Activity tasks that no worker has taken."""
        self.watchers: list[Watcher] = []
        self.draining = False
        self.failed: Exception | None = None
        """Why the shard has stopped by itself; None while it works."""
        self.mine: set[int] | None = None
        self.leasing = Leasing(store, settings, self.lost)
        self.starts = Starts(store, settings.quotas.open_executions)
        self._store = store
        self._machines = machines
        self._clock = clock
        self._settings = settings
        self._secret = b""
        self._residents = Residents(settings.resident_runs)
        self._inbox = Inbox()
        self._waking: dict[int, list[sig.Signal]] = {}
        self._room = asyncio.Event()
        self._journal = Journal(store, lambda: self.leasing.lease, self)
        self._receipts = Receipts()
        self._dispatcher = Dispatcher(catalogue, self.tell, activities, self.queues)
        self._stops = Stops(store, self.leasing, machines, self._dispatcher, self.new_run)
        self._timers = Timers(store, clock, self._timer_due)
        self._timers.wanted = self._is_mine
        self._pace = Pace(settings.quotas.state_transition_rate, clock, lambda run: self.tell(run, sig.Continue()))
        self._evaluations = Evaluations(clock)
        self._recovery = Recovery(store, self._stops, self.queues, self._is_mine, self._take_up)
        self._tasks: set[asyncio.Task[None]] = set()

    # -- life ----------------------------------------------------------------------------------------------------------
    async def start(self, *, adopt: Sequence[int] | None = None) -> None:
        """Take the shard, take up what was in flight, and begin."""
        self._secret = await self._store.secret()
        await self.leasing.acquire()
        if adopt is not None:
            self.mine = {execution for root in adopt for execution in await descendants(self._store, root)}
        await self.starts.load()
        self._journal.start()
        await self._recovery.run()
        self._spawn(self._loop())
        self._spawn(self._pace.run())
        self._timers.start(self._task_done)

    async def drain(self, seconds: float) -> None:
        """Start nothing new, wait for running tasks, and make their results durable."""
        self.draining = True
        self.queues.close()
        await self._journal.settled()  # tasks that are scheduled already do start
        await self._dispatcher.drain(seconds)
        while (self._inbox or self._waking) and self.failed is None:
            await asyncio.sleep(0)
            await self._journal.settled()
        await self._journal.settled()

    async def close(self) -> None:
        """Stop at once. Whatever is durable goes on with the next `start`."""
        self.draining = True
        self.queues.close()
        await self._timers.stop()
        await self._journal.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._dispatcher.cancel()  # now that nothing can start another task
        await self._evaluations.close()
        self._nobody_is_answered(StoppedError("the engine has stopped"))
        await self.leasing.release()

    def check_running(self) -> None:
        """Raise `StoppedError` or `DrainingError` unless something new may start."""
        if self.failed is not None:
            raise StoppedError(f"the engine has stopped: {self.failed}")
        if self.draining:
            raise DrainingError("the engine is stopping and starts nothing new")

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the engine stops: %s", error, exc_info=error)
            self.lost(error)

    @property
    def working(self) -> int:
        """How many tasks `drain` would wait for."""
        return self._dispatcher.working

    @property
    def idle(self) -> bool:
        """Nothing is on its way inside: what there is waits for time, or for a task."""
        working = self._inbox or self._waking or self._evaluations or self.callers.births or self._dispatcher.stopping
        return not working and self._journal.idle and self._timers.idle

    @property
    def resident_runs(self) -> int:
        """How many runs are in memory."""
        return len(self._residents)

    # -- executions ----------------------------------------------------------------------------------------------------
    def begin(self, birth: Birth) -> None:
        """Start a Standard execution; `birth.answer` hears when it is durable."""
        execution = birth.row.id
        self.callers.births[execution] = birth
        self.starts.begun(birth)
        if self.mine is not None:
            self.mine.add(execution)
        self._begin(execution)

    def begin_volatile(
        self, execution: int, run: Run, input_text: str, settings: str = "{}"
    ) -> "asyncio.Future[Outcome]":
        """Run an Express execution in memory; the future hears how it ended."""
        ended = self.callers.wait(execution)
        resident = Resident(execution, run, root=execution, volatile=True, settings=settings)
        self._residents.add(resident)
        self._apply(resident, sig.Start(input_text))
        return ended

    def new_run(self, execution: int, definition: Definition, identity: Identity) -> Run:
        """Return the run of an execution, at its beginning."""

        def mint(entered: int, attempt: int) -> str:
            return tokens.mint(self._secret, tokens.TaskToken(execution, entered, attempt))

        return Run(definition, identity, mint, self._dispatcher.refusal, self._settings.quotas)

    def read_token(self, text: str) -> tokens.TaskToken | None:
        """Return what a task token names; None for what was not minted with this store's key."""
        return tokens.read(self._secret, text)

    # -- signals -------------------------------------------------------------------------------------------------------
    def tell(self, execution: int, signal: sig.Signal) -> None:
        """Let an execution hear something; it will, in its turn."""
        self._inbox.put(execution, signal)

    def ask(self, execution: int, signal: sig.Signal) -> "asyncio.Future[Heard]":
        """Let an execution hear something. The future hears what came of it, once that is durable; None: too late.

        Cancelled before the execution has heard the signal, it takes the signal back. Raises `StoppedError`,
        `UnreadableError`, or `EngineError` if the signal could not be applied.
        """
        receipt = self._receipts.expect(signal)
        if not receipt.done():
            self.tell(execution, signal)
        return receipt

    def _timer_due(self, timer: Timer) -> None:
        if not self.draining:
            self.tell(timer.execution, sig.TimerFired(timer.event, timer.purpose))

    async def _loop(self) -> None:
        while True:
            execution, signal = await self._inbox.next()
            self._hear(execution, signal)
            await asyncio.sleep(self._pause_after(execution, signal))
            while len(self._waking) >= WAKES_AT_ONCE or len(self._journal) >= BACKLOG:
                self._room.clear()
                await self._room.wait()

    def _pause_after(self, execution: int, signal: sig.Signal) -> float:
        """Return how long the loop lets others run.

        A Standard run waits for its own commit between two turns. An Express run waits for nothing, and the store's
        threads get Python's lock only while this one sleeps.
        """
        resident = self._residents.get(execution) if isinstance(signal, sig.Continue) else None
        others_wait = not self._journal.idle or self._waking
        return TURN_PAUSE_SECONDS if resident is not None and resident.volatile and others_wait else 0

    def _hear(self, execution: int, signal: sig.Signal) -> None:
        if execution in self.callers.births and self._residents.get(execution) is None:
            self._begin(execution)
        if isinstance(signal, sig.Start):
            return  # it has begun, just now or before
        resident = self._residents.get(execution)
        if resident is not None:
            self._apply(resident, signal)
        elif execution in self._waking:
            self._waking[execution].append(signal)
        else:
            self._waking[execution] = [signal]
            self._spawn(self._wake(execution))

    async def _wake(self, execution: int) -> None:
        """Bring a run back into memory; the signals that came for it meanwhile follow."""
        while True:
            closed_too = self._redriving(execution)
            try:
                resident = await self._load(execution, closed_too=closed_too)
                if resident is not None or closed_too or not self._redriving(execution):
                    break
            except StoreError as error:
                log.warning("execution %d cannot be read, trying again: %s", execution, error)
                await asyncio.sleep(READ_AGAIN_SECONDS)
            except Exception as error:
                log.exception("execution %d cannot be read and stays as it is", execution)
                self._unreadable(execution, error)
                resident = None
                break
        signals = self._waking.pop(execution)
        self._room.set()
        if resident is None:
            self._give_all(signals, None)
            return
        self._residents.add(resident)
        for signal in signals:
            self._apply(resident, signal)
        self._residents.shrink()

    def _redriving(self, execution: int) -> bool:
        """Whether a run that is being woken shall go on even if it has ended."""
        return any(isinstance(signal, sig.Redrive) for signal in self._waking[execution])

    def _unreadable(self, execution: int, error: Exception) -> None:
        """Leave an execution as it is: another release may be able to read it."""
        unreadable = UnreadableError(f"execution {execution} cannot be read: {error!r}")
        self.callers.unreadable(execution, unreadable)
        for signal in self._waking.get(execution, ()):
            self._receipts.refuse(signal, unreadable)

    async def _load(self, execution: int, *, closed_too: bool = False) -> Resident | None:
        row = await self._store.execution_by_id(execution)
        if row is None or not (closed_too or row.status == "RUNNING"):
            return None
        definition = await self._machines.compiled(row.revision)
        saved, tail = await self._store.tail(execution)
        run = wake(lambda identity: self.new_run(execution, definition, identity), saved, tail)
        sequence = tail[-1].sequence if tail else await self._store.last_sequence(execution)
        resident = Resident(execution, run, root=row.root, sequence=sequence, durable=sequence)
        resident.settings = await self._machines.settings(row.revision)
        resident.going_on = bool(run.ready)
        return resident

    def _begin(self, execution: int) -> None:
        """Apply an execution's first signal."""
        birth = self.callers.births[execution]
        resident = Resident(execution, birth.run(), root=birth.row.root, settings=birth.settings)
        self._residents.add(resident)
        self._apply(resident, sig.Start(birth.input))

    def _apply(self, resident: Resident, signal: sig.Signal) -> None:
        if self._receipts.withdrawn(signal):
            return
        if resident.broken:
            self._receipts.give(signal, None)
            return
        if isinstance(signal, sig.Redrive) and not resident.settled:
            resident.postponed.append(signal)  # the end that it follows may not become durable
            return
        transitions = self._transitions(resident, signal)
        try:
            step = resident.run.apply(signal, self._clock.now_ms(), secrets.randbits(64), transitions)
            write = self._write(resident, signal, step) if step.entries and not resident.volatile else None
        except Exception:
            log.exception("execution %s: %s could not be applied", resident.run.identity.arn, type(signal).__name__)
            self._receipts.refuse(signal, EngineError(INTERNAL_ERROR))
            self._poisoned(resident, signal)
            return
        if resident.volatile:
            self._happened(resident, signal, step.entries, step.effects)
        elif write is not None:
            self._pace.spend(step.entries)
            self._journal.add(write)
        else:
            self._nothing_recorded(resident, signal, step)

    def _transitions(self, resident: Resident, signal: sig.Signal) -> int:
        """Return how many steps a run may take beside recording what it hears."""
        if isinstance(signal, sig.Start) and not resident.volatile:
            return 0 if self.callers.births[resident.execution].poisoned else self._pace.allowance()
        if self.draining and not isinstance(signal, sig.Start):
            return 0
        return TRANSITIONS_PER_STEP if resident.volatile else self._pace.allowance()

    def _poisoned(self, resident: Resident, signal: sig.Signal) -> None:
        """A fault of ours, whatever the user wrote: that execution fails, and the engine goes on."""
        if resident.volatile:
            self._residents.drop(resident.execution)
            ended = Outcome("FAILED", None, "States.Runtime", INTERNAL_ERROR)
            self.callers.ended(resident.execution, resident.run.identity.arn, ended)
        elif isinstance(signal, sig.Start):
            self._poisoned_start(resident.execution)
        elif isinstance(signal, sig.Fail):
            resident.broken = True
            log.error("execution %s cannot even fail; it stays as it is", resident.run.identity.arn)
        else:
            resident.broken = True
            self._fail_if_broken(resident)

    def _poisoned_start(self, execution: int) -> None:
        """Begin again without a first step, so that there is an execution that can fail."""
        self._residents.drop(execution)
        birth = self.callers.births[execution]
        if birth.poisoned:
            del self.callers.births[execution]
            self.starts.gone(birth)
            birth.reject(EngineError(INTERNAL_ERROR))
            return
        birth.poisoned = True
        self._begin(execution)
        self.tell(execution, sig.Fail("States.Runtime", INTERNAL_ERROR))

    def _fail_if_broken(self, resident: Resident) -> None:
        """Let a broken run be folded again and fail, as soon as nothing of it is on its way to the store."""
        if resident.broken and resident.settled:
            self._residents.drop(resident.execution)
            self.tell(resident.execution, sig.Fail("States.Runtime", INTERNAL_ERROR))

    def _nothing_recorded(self, resident: Resident, signal: sig.Signal, step: Step) -> None:
        if isinstance(signal, sig.TimerFired) and signal.purpose != "heartbeat" and resident.settled:
            self._spawn(self._clear_stale_timer(resident.execution, signal))
        self._perform(resident, step.effects)
        if step.late and not resident.settled and self._receipts.awaits(signal):
            resident.late.append(signal)
        else:
            self._receipts.give(signal, None if step.late else step.effects)

    def _tell_all(self, execution: int, signals: Sequence[sig.Signal]) -> None:
        for signal in signals:
            self.tell(execution, signal)

    def _give_all(self, signals: Sequence[sig.Signal], heard: Heard) -> None:
        for signal in signals:
            self._receipts.give(signal, heard)

    async def _clear_stale_timer(self, execution: int, signal: sig.TimerFired) -> None:
        """Delete a timer that fired for nobody."""
        try:
            timers = await self._store.timers(execution)
            stale = [timer for timer in timers if (timer.event, timer.purpose) == (signal.event, signal.purpose)]
            if stale:
                await self._store.clear_timers(stale, self.leasing.lease)
        except StoreError as error:
            log.warning("a timer that fired for nobody stays in the store: %s", error)

    # -- commits -------------------------------------------------------------------------------------------------------
    def _write(self, resident: Resident, signal: sig.Signal, step: Step) -> Write:
        body = orjson.dumps(step.entries)
        segment = Segment(resident.execution, resident.sequence + 1, body, resident.checkpoint(len(body)))
        resident.sequence += 1
        commit = commit_of(resident, signal, step, segment, self._clock.now_ms())
        if resident.sequence == 1:
            commit.start = self.callers.births[resident.execution].row
        return Write(commit, signal, step.entries, step.effects, step.late)

    def committed(self, write: Write) -> None:
        """Perform the effects of a durable segment."""
        execution = write.execution
        resident = self._residents.get(execution)
        assert resident is not None, "a run with segments on their way stays in memory"
        resident.durable = write.commit.segment.sequence
        self.starts.committed(write.commit, resident.run.identity.machine_arn)
        self._room.set()
        birth = self.callers.births.pop(execution, None)
        if birth is not None:
            birth.accept()
        self._happened(resident, write.signal, write.entries, write.effects)
        self._receipts.give(write.signal, None if write.late else write.effects)
        if resident.settled:
            self._give_all(resident.late, None)
            resident.late.clear()
            self._tell_all(execution, resident.postponed)
            resident.postponed.clear()
        self._fail_if_broken(resident)
        self._residents.shrink()

    def refused(self, write: Write) -> None:
        """The ARN is taken: forget the start; its caller gets the one that has it, or an error."""
        self._residents.drop(write.execution)
        birth = self.callers.births.pop(write.execution, None)
        if birth is not None:
            self.starts.gone(birth)
            self._spawn(self.starts.answer_repeated(birth))

    def refold(self, writes: Sequence[Write]) -> None:
        """Drop the runs of segments that are not in the store, and let them hear the same signals again."""
        self._room.set()
        dropped = [self._residents.drop(execution) for execution in {write.execution for write in writes}]
        for write in writes:
            self.tell(write.execution, write.signal)
        for resident in dropped:
            if resident is None:
                continue
            self._tell_all(resident.execution, [*resident.late, *resident.postponed])
            if resident.broken:
                self.tell(resident.execution, sig.Fail("States.Runtime", INTERNAL_ERROR))

    def lost(self, error: BaseException) -> None:
        """Nothing can be written any more: stop, and tell everybody who waits."""
        if self.failed is None:
            self.failed = error if isinstance(error, Exception) else RuntimeError(repr(error))
            log.error("the engine has stopped: %s", error)
            self._journal.halt()  # first: who hears of it must not have that recorded as a failure of its own
            self._nobody_is_answered(StoppedError(f"the engine has stopped: {error}"))

    def _nobody_is_answered(self, error: StoppedError) -> None:
        self.queues.close()
        self.callers.fail_all(error)
        self._receipts.fail_all(error)

    # -- effects -------------------------------------------------------------------------------------------------------
    def _happened(
        self, resident: Resident, signal: sig.Signal, entries: Sequence[Entry], effects: Sequence[fx.Effect]
    ) -> None:
        """Tell the world what is durable; or, as nothing of an Express run is stored, what has just been decided."""
        if isinstance(signal, sig.TaskSucceeded | sig.TaskFailed) and entries:
            self._timers.clear(resident.execution, signal.event, "heartbeat")
            self._dispatcher.ended(resident.execution, signal.event)
        if entries:
            announce(self.watchers, Source(resident.run, resident.settings), entries)
        self._perform(resident, effects)

    def _perform(self, resident: Resident, effects: Sequence[fx.Effect]) -> None:
        execution, identity = resident.execution, resident.run.identity
        for effect in effects:
            match effect:
                case fx.StartTask():
                    if not (self.draining and effect.submitted is not None):
                        self._dispatcher.start(execution, identity, effect)
                case fx.Release():
                    self._timers.clear(execution, effect.event, "heartbeat")
                    self._dispatcher.release(execution, effect.event)
                case fx.StopTask():
                    self._timers.clear(execution, effect.event, "heartbeat")
                    self._stops.perform(resident, effect)
                case fx.SetTimer():
                    stored = effect.purpose != "heartbeat" and not resident.volatile
                    self._timers.set(Timer(execution, effect.event, effect.purpose, effect.due_ms), stored=stored)
                case fx.ClearTimer():
                    self._timers.clear(execution, effect.event, effect.purpose)
                case fx.GoOn():
                    self._go_on(resident)
                case fx.Evaluate():
                    self._spawn(self._evaluate(execution, effect))
                case fx.Redriven():
                    self.callers.redriven(identity.arn)
                case fx.Finish():
                    self._finish(resident, effect)

    def _go_on(self, resident: Resident) -> None:
        """Let a run take its next turn: a Standard one when nothing of it is on its way, or it would never settle."""
        if self.draining:
            return
        if resident.volatile:
            self.tell(resident.execution, sig.Continue())
        elif resident.settled:
            self._pace.go_on(resident.execution)
        else:
            resident.postponed.append(sig.Continue())

    async def _evaluate(self, execution: int, question: fx.Evaluate) -> None:
        self.tell(execution, await self._evaluations.answer(question))

    def _finish(self, resident: Resident, effect: fx.Finish) -> None:
        self._residents.drop(resident.execution)
        ended = Outcome(effect.status, effect.output, effect.error, effect.cause)
        self.callers.ended(resident.execution, resident.run.identity.arn, ended)

    # -- recovery ------------------------------------------------------------------------------------------------------
    def _is_mine(self, execution: int) -> bool:
        return self.mine is None or execution in self.mine

    async def _take_up(self, execution: int) -> None:
        try:
            resident = await self._load(execution)
        except StoreError:
            raise
        except Exception as error:
            log.exception("execution %d cannot be read and stays as it is", execution)
            self._unreadable(execution, error)
            resident = None
        if resident is None:
            return
        for effect in resident.run.pending():
            if isinstance(effect, fx.StartTask):
                self._recover_task(resident, effect)
            elif isinstance(effect, fx.GoOn):
                self.tell(execution, sig.Continue())
        self._residents.add(resident)
        self._residents.shrink()

    def _recover_task(self, resident: Resident, effect: fx.StartTask) -> None:
        taken = effect.submitted is not None or effect.resource.kind != "activity"
        if effect.heartbeat_seconds is not None and taken:
            due_ms = self._clock.now_ms() + round(effect.heartbeat_seconds * 1000)
            self._timers.set(Timer(resident.execution, effect.event, "heartbeat", due_ms), stored=False)
        self._dispatcher.recover(resident.execution, resident.run.identity, effect)
