"""Tasks in flight: performs what `StartTask` asks, and brings the outcome back as a signal."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, Protocol

from tobiishi import jsontext
from tobiishi.asl.model import Resource
from tobiishi.engine.activities import Activities
from tobiishi.engine.errors import DrainingError, StoppedError
from tobiishi.engine.queues import ActivityQueues
from tobiishi.interp.effects import StartTask, StopTask
from tobiishi.interp.run import Identity
from tobiishi.interp.signals import Signal, TaskFailed, TaskSubmitted, TaskSucceeded
from tobiishi.tasks.contract import AfterCrash, Integration, TaskError, TaskRequest

log = logging.getLogger("tobiishi.engine")

_ODD: Final = "integration %s failed unexpectedly"

Report = Callable[[int, Signal], None]
"""Takes an execution's id and what it should hear."""

Done = Callable[[], Awaitable[None]]
"""Hears that a job was stopped, as far as it could be."""


class Catalogue(Protocol):
    """Where integrations are found."""

    def find(self, resource: Resource) -> Integration:
        """Return the integration for a resource; one that is not built fails its tasks by name."""

    def prepare(self, resource: Resource) -> None:
        """Load what the resource's tasks will need. May block: called in a thread."""


class Dispatcher:
    """Runs integrations as asyncio tasks, one for each (execution, scheduling event)."""

    def __init__(self, catalogue: Catalogue, report: Report, activities: Activities, queues: ActivityQueues) -> None:
        self._catalogue = catalogue
        self._report = report
        self._activities = activities
        self._queues = queues
        self._inflight: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._attending: set[asyncio.Task[None]] = set()
        self._endings: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._inflight)

    @property
    def working(self) -> int:
        """How many tasks `drain` would wait for."""
        return sum(task not in self._attending for task in self._inflight.values())

    @property
    def stopping(self) -> int:
        """How many jobs are being stopped."""
        return len(self._endings)

    def refusal(self, resource: Resource, arguments: Any) -> str | None:
        """Return why no task of a resource can be started with these arguments; None if one can."""
        if resource.kind == "activity":
            return self._activities.refusal(resource)
        return self._catalogue.find(resource).refusal(resource, arguments)

    def start(self, execution: int, identity: Identity, effect: StartTask) -> None:
        """Begin an attempt, or go on waiting for a job that was submitted."""
        if effect.submitted is not None and not effect.resource.is_job:
            return  # whoever holds the token ends it
        key = (execution, effect.event)
        if effect.resource.kind == "activity":
            self._queues.add(effect.resource.arn, key)
            return
        task = asyncio.create_task(self._run(execution, identity, effect), name=f"task {key}")
        self._inflight[key] = task
        if effect.submitted is not None:
            self._attending.add(task)
        task.add_done_callback(lambda done: self._forget(key, done))

    def recover(self, execution: int, identity: Identity, effect: StartTask) -> None:
        """Take up a task whose outcome was not recorded before a crash: re-attach, send again, or call it lost."""
        if effect.submitted is not None or effect.resource.kind == "activity":
            self.start(execution, identity, effect)
            return
        try:
            lost = self._lost(identity, effect)
        except TaskError as error:
            lost = error
        except Exception:
            log.exception(_ODD, effect.resource.arn)
            lost = _unexpected(effect)
        if lost is None:
            self.start(execution, identity, effect)
        else:
            self._report(execution, _failed(effect, lost))

    def _lost(self, identity: Identity, effect: StartTask) -> TaskError | None:
        """Return what a request that was in flight has failed with; None if it may be sent again."""
        request = request_of(identity, effect)
        integration = self._catalogue.find(effect.resource)
        return None if integration.after_crash(request) is AfterCrash.RESEND else integration.lost_error(request)

    def ended(self, execution: int, event: int) -> None:
        """The task's outcome is recorded: whatever still runs for it, runs for nobody."""
        task = self._inflight.pop((execution, event), None)
        if task is not None:
            task.cancel()

    def release(self, execution: int, event: int) -> None:
        """The task is somebody else's now. Nobody attends to its job any more, but a request on its way goes on."""
        self._queues.remove((execution, event))
        if self._inflight.get((execution, event)) in self._attending:
            self.ended(execution, event)

    def stop(self, execution: int, identity: Identity, effect: StopTask, done: Done | None) -> None:
        """Cancel an attempt that nobody waits for, and end the job that it has submitted; `done` hears of that."""
        self._queues.remove((execution, effect.event))
        task = self._inflight.pop((execution, effect.event), None)
        if task is not None:
            task.cancel()
        if effect.has_job:
            ending = asyncio.create_task(self._stop_job(identity, effect.task, done))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def drain(self, seconds: float) -> None:
        """Wait for what runs; cancel what is left after `seconds`.

        Jobs that were submitted go on by themselves, and the next engine attends to them: nobody waits for those.
        """
        tasks = [*(set(self._inflight.values()) - self._attending), *self._endings]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        await self.cancel()

    async def cancel(self) -> None:
        tasks = [*self._inflight.values(), *self._endings]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, key: tuple[int, int], done: asyncio.Task[None]) -> None:
        self._attending.discard(done)
        if self._inflight.get(key) is done:
            del self._inflight[key]

    async def _run(self, execution: int, identity: Identity, effect: StartTask) -> None:
        this = asyncio.current_task()
        assert this is not None
        try:
            signal = await attempt(self._catalogue, identity, effect)
        except DrainingError:
            return  # it needed the engine, which is stopping: the next one takes it up
        self._forget((execution, effect.event), this)
        self._report(execution, signal)

    async def _stop_job(self, identity: Identity, task: StartTask, done: Done | None) -> None:
        assert task.submitted is not None
        try:
            submitted = jsontext.decode(task.submitted)
            await self._catalogue.find(task.resource).stop(request_of(identity, task), submitted)
        except (DrainingError, StoppedError):
            return  # it needed the engine, which is stopping: the next one stops it
        except TaskError as error:
            log.warning("job of %s could not be stopped: %s", task.resource.arn, error.error)
        except Exception:
            log.exception("job of %s could not be stopped", task.resource.arn)
        if done is not None:
            await done()


async def attempt(
    catalogue: Catalogue, identity: Identity, effect: StartTask, watch: Callable[[object], None] | None = None
) -> Signal:
    """Make an attempt, or wait for the job that one has submitted; return what the execution is to hear.

    `watch` goes with the request (see `TaskRequest`). Runs in an asyncio task of its own. Raises `DrainingError` if it
    needs the engine and that is stopping.
    """
    this = asyncio.current_task()
    assert this is not None
    try:
        request = replace(request_of(identity, effect), watch=watch)
        return await _perform(catalogue.find(effect.resource), request, effect)
    except TaskError as error:
        return _failed(effect, error)
    except jsontext.JsonError as error:
        return TaskFailed(effect.event, "States.Runtime", f"The task's result has no JSON text: {error}")
    except DrainingError:
        raise
    except asyncio.CancelledError:
        if this.cancelling():
            raise
        log.exception(_ODD, effect.resource.arn)  # something inside it was cancelled, not the task
        return _failed(effect, _unexpected(effect))
    except Exception:
        log.exception(_ODD, effect.resource.arn)
        return _failed(effect, _unexpected(effect))


async def _perform(integration: Integration, request: TaskRequest, effect: StartTask) -> Signal:
    if effect.submitted is not None:
        answer = await integration.attend(request, jsontext.decode(effect.submitted))
        return TaskSucceeded(effect.event, jsontext.encode_text(answer))
    answer = await integration.call(request)
    text = jsontext.encode_text(answer)
    return TaskSubmitted(effect.event, text) if effect.resource.pattern else TaskSucceeded(effect.event, text)


def _failed(effect: StartTask, error: TaskError) -> TaskFailed:
    return TaskFailed(
        effect.event, unicode_text(error.error), None if error.cause is None else unicode_text(error.cause)
    )


def unicode_text(text: str) -> str:
    """Return text that JSON and the store can hold: what a function or a server said may have lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def _unexpected(effect: StartTask) -> TaskError:
    """Return the failure that stands for an exception which no integration should raise."""
    cause = f"An internal error occurred while calling {effect.resource.arn}; the engine's log has the details."
    return TaskError("States.Runtime", cause)


def request_of(identity: Identity, effect: StartTask) -> TaskRequest:
    """Return what an integration gets to see."""
    credentials: dict[str, Any] | None = None if effect.role_arn is None else {"RoleArn": effect.role_arn}
    return TaskRequest(
        execution_arn=identity.arn,
        execution_name=identity.name,
        machine_arn=identity.machine_arn,
        role_arn=identity.role_arn,
        region=identity.region,
        state=effect.state,
        event=effect.event,
        resource=effect.resource,
        arguments=jsontext.decode(effect.arguments),
        attempt=effect.attempt,
        token=effect.token,
        credentials=credentials,
        timeout_seconds=effect.timeout_seconds,
        heartbeat_seconds=effect.heartbeat_seconds,
    )
