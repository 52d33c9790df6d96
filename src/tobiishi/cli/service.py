"""What a server answers with, put together over a session."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tobiishi.api.lambda_.backend import Backend as LambdaBackend
from tobiishi.api.lambda_.service import LambdaApi
from tobiishi.api.loopback import Loopback
from tobiishi.api.states.backend import Backend
from tobiishi.api.states.service import StatesApi
from tobiishi.cli.session import Home, Session
from tobiishi.cli.setup import REAL
from tobiishi.logs.groups import LogGroups
from tobiishi.server.access_log import AccessLog
from tobiishi.server.callers import Callers
from tobiishi.server.deployments import Deployments
from tobiishi.server.gateway import NOT_TO_AWS, NOWHERE, Gateway
from tobiishi.server.guard import Guard
from tobiishi.server.health import Health
from tobiishi.server.objects import Objects
from tobiishi.server.router import Router, Service
from tobiishi.server.settings import ServeSettings
from tobiishi.server.signatures import Signatures
from tobiishi.server.upstream import Upstream
from tobiishi.store.contract import StoreError
from tobiishi.wire.contract import Caller
from tobiishi.wire.json_rpc import JsonService
from tobiishi.wire.page_tokens import PageTokens
from tobiishi.wire.rest_json import RestService


@asynccontextmanager
async def open_gateway(home: Home, session: Session, settings: ServeSettings) -> AsyncIterator[Gateway]:
    """Put together what answers a server's requests. Reads service models, and the store's key."""
    pages = PageTokens(await home.store.secret(), lambda: session.engine.clock.now_ms() / 1000)
    async with AsyncExitStack() as stack:
        upstream, deployments = None, None
        if settings.aws not in {None, REAL}:
            upstream = Upstream(settings.aws, settings.limits.body_seconds)
            stack.push_async_callback(upstream.close)
            objects = Objects(settings.aws, settings.region)
            stack.callback(objects.close)
            deployments = Deployments(objects.read)
        states, functions = _states(session, settings, pages), _functions(session, settings, pages)
        here = {"stepfunctions": Loopback(states.answerer), "lambda": Loopback(functions.answerer)}
        session.sdk.calls.answer_here(here)
        yield Gateway(
            guard=Guard([*settings.allowed_hosts, settings.host]),
            router=Router([states, functions]),
            callers=Callers(Caller(settings.region, settings.account)),
            health=Health(lambda: _why_not_ready(home, session)),
            limits=settings.limits,
            access_log=AccessLog(),
            signatures=Signatures(settings.keys, time.time) if settings.must_sign else None,
            upstream=upstream,
            deployments=deployments,
            elsewhere=NOT_TO_AWS if settings.aws == REAL else NOWHERE,
        )


def _states(session: Session, settings: ServeSettings, pages: PageTokens) -> Service:
    backend = Backend(
        engine=session.engine,
        express=session.express,
        catalogue=session.catalogue,
        log_groups=LogGroups(session.sdk.calls, session.logs.expect),
        quotas=settings.quotas,
        pages=pages,
    )
    states = JsonService(StatesApi(backend), settings.quotas)
    target = "AWSStepFunctions"
    polls = frozenset({f"{target}.GetActivityTask"})
    return Service("states", states, settings.limits.body_bytes, target, polls)


def _functions(session: Session, settings: ServeSettings, pages: PageTokens) -> Service:
    runtime = session.runtime
    assert runtime is not None, "a server's session has one"
    assert runtime.deployed is not None
    functions = RestService(LambdaApi(LambdaBackend(runtime.deployed, runtime.folder, runtime.pool, pages)))
    return Service("lambda", functions, settings.limits.upload_bytes)


async def _why_not_ready(home: Home, session: Session) -> str | None:
    if session.engine.failed is not None:
        return "stopped"
    if session.engine.draining:
        return "draining"
    try:
        await home.store.documents("ready")
    except StoreError:
        return "the store does not answer"
    return None
