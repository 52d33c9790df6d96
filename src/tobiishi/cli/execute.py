"""The work of `tobiishi run`."""

import asyncio
import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tobiishi.asl.compile import compile_definition
from tobiishi.asl.walk import resources
from tobiishi.cli.definitions import check, complain_of, has_errors, machine_name
from tobiishi.cli.errors import UNUSABLE, Finished, UserError
from tobiishi.cli.files import STDIN, read_text
from tobiishi.cli.follow import InterruptedRunError, follow, unless_interrupted
from tobiishi.cli.report import report
from tobiishi.cli.session import Home, Session, open_directory, open_memory, open_session
from tobiishi.cli.setup import Flags, Kept, Setup, new_setup
from tobiishi.cli.shell import resume_command
from tobiishi.cli.stage import Stage, set_stage
from tobiishi.engine.arns import check_name, execution_arn
from tobiishi.engine.errors import EngineError, InvalidNameError
from tobiishi.engine.inputs import check_input
from tobiishi.engine.settings import Settings
from tobiishi.interp.payload import MAX_BYTES
from tobiishi.store.contract import Store


@dataclass(frozen=True, slots=True)
class Order:
    """What `tobiishi run` was asked for."""

    definition: Path
    given: str
    name: str | None
    data: Path
    express: bool
    flags: Flags
    quiet: bool
    drain_seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """An order that was found sound."""

    order: Order
    machine: str
    definition: str
    input: str
    name: str
    setup: Setup

    @property
    def arn(self) -> str:
        """The ARN of a Standard execution; an Express one gets its own when it starts."""
        return execution_arn(self.setup.place.machine_arn(self.machine), self.name)


def execute(order: Order) -> int:
    """Run an execution to its end; return the exit code."""
    return asyncio.run(_execute(_plan(order)))


def _plan(order: Order) -> Plan:
    """Read and check everything before anything starts; whatever is wrong is said at once."""
    if order.given == "-" and order.definition == STDIN:
        raise UserError("standard input cannot be both the definition and the input")
    definition, findings = check(order.definition, "EXPRESS" if order.express else "STANDARD")
    if has_errors(findings):
        complain_of(findings)
    try:
        input_text = _input(order)
        machine = _machine(order.definition)
        name = check_name(order.name) if order.name is not None else _new_name()
        setup = new_setup(order.flags, order.definition)
    except EngineError as error:
        raise UserError(str(error)) from None
    if has_errors(findings):
        raise Finished(UNUSABLE)
    return Plan(order, machine, definition, input_text, name, setup)


def _input(order: Order) -> str:
    text = order.given
    if text == "-" or text.startswith("@"):
        path = STDIN if text == "-" else Path(text[1:])
        text = read_text(path, "input", MAX_BYTES)
    check_input(text, MAX_BYTES)
    return text


def _machine(definition: Path) -> str:
    """Return the state machine's name, which is the file's."""
    try:
        return check_name(machine_name(definition))
    except InvalidNameError as error:
        raise UserError(f"{error}. The state machine is named after the file: rename it") from None


def _new_name() -> str:
    """Return a name that sorts by time and is short enough to type."""
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


async def _execute(plan: Plan) -> int:
    order = plan.order
    async with (
        set_stage(None if order.express else plan.arn, quiet=order.quiet) as stage,
        _home(plan) as home,
        open_session(home, plan.setup, Settings(place=plan.setup.place)) as session,
    ):
        session.engine.watchers.append(lambda source, entries: stage.view.hear(source.arn, entries))
        await session.start(adopt=[])
        if order.express:
            return await _run_express(plan, session, stage)
        return await _run_standard(plan, session, stage)


def _home(plan: Plan) -> AbstractAsyncContextManager[Home]:
    """Express executions need no data directory, unless they start others that must not be lost."""
    if plan.order.express and not _starts_others(plan.definition):
        return open_memory()
    return open_directory(plan.order.data, "tobiishi run")


def _starts_others(definition: str) -> bool:
    compiled = compile_definition(definition, machine_type="EXPRESS")
    return any(resource.service == "states" for resource in resources(compiled))


async def _run_standard(plan: Plan, session: Session, stage: Stage) -> int:
    engine, order = session.engine, plan.order
    machine = await engine.machines.put(plan.machine, plan.definition, engine.clock.now_ms())
    await _refuse_taken_name(plan, engine.store)
    Kept(order.data).keep(plan.arn, plan.setup)
    started = await engine.start_execution(machine.arn, plan.input, plan.name)
    return await follow(session, stage, started.arn, order.data, order.drain_seconds)


async def _run_express(plan: Plan, session: Session, stage: Stage) -> int:
    engine = session.engine
    machine = await engine.machines.put(plan.machine, plan.definition, engine.clock.now_ms(), "EXPRESS")
    try:
        result = await unless_interrupted(
            session.express.start_sync(machine.arn, plan.input, plan.name), stage.interrupts
        )
    except InterruptedRunError:
        stage.view.say(f"tobiishi: {plan.name} has ended. Nothing of an Express execution is stored; run it again.")
        return stage.interrupts.exit_code
    stage.view.close()
    return report(result.outcome, plan.name, stage.view.progress.failure)


async def _refuse_taken_name(plan: Plan, store: Store) -> None:
    row = await store.execution(plan.arn)
    if row is None:
        return
    if row.status == "RUNNING":
        command = resume_command(plan.name, plan.order.data)
        raise UserError(f"{plan.name} exists and has not ended; go on with: {command}")
    raise UserError(f"{plan.name} exists and has ended ({row.status}); choose another --name")
