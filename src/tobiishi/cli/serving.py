"""The work of `tobiishi serve`."""

import asyncio
import errno
import logging
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tobiishi.api.states.backend import Backend
from tobiishi.api.states.service import StatesApi
from tobiishi.cli.errors import UserError
from tobiishi.cli.interrupts import Interrupts
from tobiishi.cli.session import Home, Session, open_directory, open_session
from tobiishi.cli.setup import Flags, Setup
from tobiishi.engine.settings import Settings
from tobiishi.quotas import Quotas
from tobiishi.server.access_log import AccessLog
from tobiishi.server.callers import Callers
from tobiishi.server.gateway import Gateway
from tobiishi.server.guard import Guard
from tobiishi.server.health import Health
from tobiishi.server.listener import Limits, Listener
from tobiishi.server.router import Router
from tobiishi.store.contract import StoreError
from tobiishi.wire.contract import Caller
from tobiishi.wire.json_rpc import JsonService
from tobiishi.wire.page_tokens import PageTokens

log = logging.getLogger("tobiishi.server")


@dataclass(frozen=True, slots=True)
class Order:
    """What `tobiishi serve` was asked for."""

    host: str
    port: int
    data: Path
    flags: Flags
    drain_seconds: float


def run(order: Order) -> int:
    """Serve until a signal comes; return the exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    return asyncio.run(_serve(order))


async def _serve(order: Order) -> int:
    setup = Setup().overridden(order.flags).check()
    async with AsyncExitStack() as stack:
        interrupts = stack.enter_context(Interrupts(sys.stderr.flush).handled())
        home = await stack.enter_async_context(open_directory(order.data, "tobiishi serve"))
        session = await stack.enter_async_context(open_session(home, setup, Settings(place=setup.place)))
        listener = await _listener(home, session, setup)
        server = await _listen(listener, order)
        await session.start()
        _greet(server)
        await interrupts.asked.wait()
        await session.drain(order.drain_seconds)
        server.close()
        await listener.shutdown(1)
    return 0


async def _listener(home: Home, session: Session, setup: Setup) -> Listener:
    backend = Backend(
        engine=session.engine,
        express=session.express,
        catalogue=session.catalogue,
        quotas=Quotas(),
        pages=PageTokens(await home.store.secret(), lambda: session.engine.clock.now_ms() / 1000),
    )
    gateway = Gateway(
        guard=Guard(),
        router=Router({"AWSStepFunctions": JsonService(StatesApi(backend))}),
        callers=Callers(Caller(setup.region, setup.account)),
        health=Health(lambda: _why_not_ready(home, session)),
        limits=Limits(),
        access_log=AccessLog(),
    )
    return Listener(gateway.handle, Limits())


async def _why_not_ready(home: Home, session: Session) -> str | None:
    if session.engine.failed is not None:
        return "stopped"
    if session.engine.draining:
        return "draining"
    try:
        await home.store.secret()
    except StoreError:
        return "the store does not answer"
    return None


async def _listen(listener: Listener, order: Order) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(listener, order.host, order.port, backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = f"port {order.port} of {order.host} is in use; stop what listens there, or give --port another one"
            raise UserError(text) from None
        raise UserError(f"cannot listen at {order.host}:{order.port}: {error.strerror or error}") from None


def _greet(server: asyncio.Server) -> None:
    host, port = server.sockets[0].getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    log.info("tobiishi: listening at %s", url)
    log.info("SDKs and the AWS CLI need AWS_ENDPOINT_URL_SFN=%s AWS_DISABLE_HOST_PREFIX_INJECTION=true", url)
