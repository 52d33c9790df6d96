"""Following an execution to its end, or to the moment when somebody presses Ctrl-C."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tobiishi.cli.errors import UserError
from tobiishi.cli.interrupts import Interrupts
from tobiishi.cli.report import report
from tobiishi.cli.session import Session
from tobiishi.cli.setup import Kept
from tobiishi.cli.shell import resume_command
from tobiishi.cli.stage import Stage
from tobiishi.cli.text import count
from tobiishi.cli.view import View
from tobiishi.engine.errors import StoppedError
from tobiishi.engine.queries import Outcome
from tobiishi.store.contract import ExecutionRow, Filter

T = TypeVar("T")


class InterruptedRunError(Exception):
    """A signal came before the end."""


async def follow(session: Session, stage: Stage, arn: str, data: Path, drain_seconds: float) -> int:
    """Follow a Standard execution until it, and all that it started, has ended; return the exit code."""
    row = await session.engine.store.execution(arn)
    assert row is not None, "it was started, or found"
    go_on = f"Go on with: {resume_command(row.name, data)}"
    try:
        outcome = await unless_interrupted(_ending(session, stage.view, row, drain_seconds), stage.interrupts)
    except InterruptedRunError:
        await _stop(session, stage.view, drain_seconds)
        if await _running(session, row.root):
            stage.view.say(f"tobiishi: {row.name} has stopped where it was. {go_on}")
        return stage.interrupts.exit_code
    except StoppedError as error:
        raise UserError(f"{error}. {go_on}") from None
    await _forget_setup(session, row, data)
    stage.view.close()
    return report(outcome, row.name, stage.view.progress.failure)


async def unless_interrupted(work: Coroutine[Any, Any, T], interrupts: Interrupts) -> T:
    """Return what `work` returns, or raise `InterruptedRunError` as soon as a signal comes."""
    task = asyncio.ensure_future(work)
    asked = asyncio.ensure_future(interrupts.asked.wait())
    try:
        await asyncio.wait((task, asked), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise InterruptedRunError
        return task.result()
    finally:
        asked.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _ending(session: Session, view: View, row: ExecutionRow, drain_seconds: float) -> Outcome:
    """Return how the execution ended, once nested executions and functions called without waiting are through."""
    outcome = await session.engine.wait(row.arn)
    while rows := await _running(session, row.root):
        view.say(f"tobiishi: waiting for {count(len(rows), 'nested execution')} to end")
        for nested in rows:
            await session.engine.wait(nested.arn)
    await session.express.settled()
    await session.drain(drain_seconds)
    return outcome


async def _forget_setup(session: Session, row: ExecutionRow, data: Path) -> None:
    """Nothing of the tree will go on, so nobody needs to know what it ran with."""
    root = await session.engine.store.execution_by_id(row.root)
    if root is not None:
        Kept(data).forget(root.arn)


async def _running(session: Session, root: int) -> list[ExecutionRow]:
    """Return the executions of a tree that have not ended, newest first."""
    return await session.engine.store.executions(Filter(root=root, status="RUNNING"), limit=1000)


async def _stop(session: Session, view: View, seconds: float) -> None:
    """Let the tasks that run end, for `seconds` at most, and make their results durable."""
    working = session.engine.working
    if working:
        view.say(
            f"tobiishi: stopping; waiting up to {seconds:g} s for {count(working, 'task')} to end. "
            "Press Ctrl-C again to leave at once."
        )
    await session.drain(seconds)
