"""The work of `tobiishi serve`."""

import asyncio
import errno
import logging
import os
import resource
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tobiishi.cli.errors import UserError
from tobiishi.cli.interrupts import Interrupts
from tobiishi.cli.service import open_gateway
from tobiishi.cli.session import Session, open_directory, open_session
from tobiishi.cli.setup import Setup
from tobiishi.cli.text import count
from tobiishi.engine.settings import Settings
from tobiishi.functions.pool import PoolSettings, workers_for_this_machine
from tobiishi.server.listener import Listener
from tobiishi.server.log_lines import write_log
from tobiishi.server.setting_sources import SettingError, read_settings
from tobiishi.server.settings import ServeSettings

log = logging.getLogger("tobiishi.server")

_OTHER_FILES = 1024
"""For the store, for workers, and for calls to services."""
_LAST_WORDS_SECONDS = 2.0
"""What answers that are on their way get when the engine has stopped."""


def run(flags: Mapping[str, Any], config: Path | None) -> int:
    """Serve until a signal comes; return the exit code. Raises `UserError` for settings that cannot be used."""
    try:
        settings = read_settings(flags, os.environ, config)
    except SettingError as error:
        raise UserError(str(error)) from None
    setup = Setup(
        functions=settings.functions,
        aws=settings.aws,
        connections=settings.connections,
        region=settings.region,
        account=settings.account,
    ).check()
    write_log(settings.log_format, settings.log_level)
    _make_room(settings.limits.connections)
    return asyncio.run(_serve(settings, setup))


def _make_room(connections: int) -> None:
    """Let this process have as many files open as its connections need, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def _serve(settings: ServeSettings, setup: Setup) -> int:
    async with AsyncExitStack() as stack:
        interrupts = stack.enter_context(Interrupts(sys.stderr.flush).handled())
        home = await stack.enter_async_context(open_directory(Path(settings.data), "tobiishi serve"))
        engine_settings = Settings(place=setup.place, quotas=settings.quotas, drain_seconds=settings.drain)
        session = await stack.enter_async_context(
            open_session(home, setup, engine_settings, serves=_pool_settings(settings))
        )
        gateway = await stack.enter_async_context(open_gateway(home, session, settings))
        listener = Listener(gateway.handle, settings.limits)
        server = await _bind(listener, settings)
        await session.start()
        await server.start_serving()
        _greet(server)
        await _until_stopped(session, interrupts)
        if interrupts.asked.is_set():
            await _drain(session, settings.drain)
        server.close()
        await session.engine.close()  # answers those who still wait for an execution's end
        listener.pre_shutdown()  # closes connections that have nothing to wait for
        await listener.shutdown(_LAST_WORDS_SECONDS)
        if session.engine.failed is not None:
            raise UserError(f"the engine has stopped: {session.engine.failed}; start again when that is mended")
    return 0


def _pool_settings(settings: ServeSettings) -> PoolSettings:
    return PoolSettings(
        region=settings.region,
        workers=settings.workers or workers_for_this_machine(),
        workers_per_function=settings.workers_per_function,
    )


async def _bind(listener: Listener, settings: ServeSettings) -> asyncio.Server:
    """Take the port; nobody is let in yet."""
    host, port = settings.host, settings.port
    try:
        return await asyncio.get_running_loop().create_server(listener, host, port, backlog=1024, start_serving=False)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = f"port {port} of {host} is in use; stop what listens there, or give --port another one"
            raise UserError(text) from None
        raise UserError(f"cannot listen at {host}:{port}: {error.strerror or error}; give --host another one") from None


def _greet(server: asyncio.Server) -> None:
    host, port = server.sockets[0].getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    log.info("listening at %s", url)
    log.info("SDKs and the AWS CLI need AWS_ENDPOINT_URL_SFN=%s AWS_DISABLE_HOST_PREFIX_INJECTION=true", url)


async def _until_stopped(session: Session, interrupts: Interrupts) -> None:
    """Return when a signal comes, or when the engine has stopped by itself."""
    while not interrupts.asked.is_set() and session.engine.failed is None:
        try:
            await asyncio.wait_for(interrupts.asked.wait(), 1.0)
        except TimeoutError:
            continue


async def _drain(session: Session, seconds: float) -> None:
    working = count(session.engine.working, "task")
    log.info("stopping; waiting up to %g s for %s to end. A second signal leaves at once", seconds, working)
    await session.drain(seconds)
