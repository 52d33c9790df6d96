"""Following an execution to its end, or to the moment when somebody presses Ctrl-C."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tobiishi.cli.interrupts import Interrupts
from tobiishi.cli.session import Session
from tobiishi.cli.text import count
from tobiishi.cli.view import View
from tobiishi.engine.queries import Outcome
from tobiishi.store.contract import ExecutionRow, Filter

T = TypeVar("T")


class InterruptedRunError(Exception):
    """A signal came before the end."""


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


async def follow(session: Session, arn: str, view: View, interrupts: Interrupts) -> Outcome:
    """Return how an execution ended, once everything that it started has ended too.

    Raises `InterruptedRunError`.
    """
    row = await session.engine.store.execution(arn)
    assert row is not None, "it was started, or found"
    outcome = await unless_interrupted(session.engine.wait(arn), interrupts)
    await unless_interrupted(_finish_nested(session, row.root, view), interrupts)
    return outcome


async def _finish_nested(session: Session, root: int, view: View) -> None:
    while rows := await running(session, root):
        view.say(f"tobiishi: waiting for {count(len(rows), 'nested execution')} to end")
        for row in rows:
            await session.engine.wait(row.arn)
    await session.express.settled()


async def running(session: Session, root: int) -> list[ExecutionRow]:
    """Return the executions of a tree that have not ended, newest first."""
    return await session.engine.store.executions(Filter(root=root, status="RUNNING"), limit=1000)


async def drain(session: Session, seconds: float, view: View) -> None:
    """Let the tasks that run end, for `seconds` at most, and make their results durable."""
    working = view.progress.working
    if working:
        view.say(
            f"tobiishi: stopping; waiting up to {seconds:g} s for {count(working, 'task')} to end. "
            "Press Ctrl-C again to leave at once."
        )
    await session.drain(seconds)
