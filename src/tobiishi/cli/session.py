"""An engine over a data directory, with everything its tasks need: opened in the right order, closed in reverse.

Nothing of an earlier engine may still be at work when this one starts: the directory is held first, then the functions
that an earlier one left behind are ended, then the store is opened.
"""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError

from tobiishi.cli.errors import UserError
from tobiishi.cli.machine_files import MachineFiles
from tobiishi.cli.setup import REAL, Setup
from tobiishi.cli.text import count
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.engine.nested import NestedExecutions
from tobiishi.engine.settings import Settings
from tobiishi.functions.catalogue import Catalogue, Catalogues, FunctionDirectory
from tobiishi.functions.deployed import DeployedFunctions
from tobiishi.functions.leftovers import LeftoversError, end_leftovers
from tobiishi.functions.packages import Packages
from tobiishi.functions.pool import FunctionPool, PoolSettings
from tobiishi.functions.settings import CatalogueError
from tobiishi.logs.delivery import Delivery
from tobiishi.logs.executions import ExecutionLogs
from tobiishi.store.contract import Store
from tobiishi.store.directory import DataDirectory, DirectoryHeldError
from tobiishi.store.memory import MemoryStore
from tobiishi.store.sqlite import SqliteStore
from tobiishi.tasks.aws_clients import Destination, Endpoint, RealAws
from tobiishi.tasks.aws_sdk import AwsSdk
from tobiishi.tasks.connections import Connection, Connections, ConnectionsFile, failure
from tobiishi.tasks.http import HttpInvoke
from tobiishi.tasks.lambda_ import Functions, Invocation, InvokeError, LambdaFunction, LambdaInvoke
from tobiishi.tasks.nested import StartExecution
from tobiishi.tasks.optimized import optimized_calls
from tobiishi.tasks.paced import Paced
from tobiishi.tasks.registry import Integrations

log = logging.getLogger("tobiishi.cli")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs functions: a pool of workers over a folder of functions and over those that were uploaded."""

    pool: FunctionPool
    folder: FunctionDirectory | None
    deployed: DeployedFunctions | None


@dataclass(frozen=True, slots=True)
class Session:
    """An engine that has not started yet, and what belongs to it."""

    engine: Engine
    express: Express
    catalogue: Integrations
    runtime: Runtime | None
    sdk: AwsSdk
    logs: ExecutionLogs

    async def start(self, *, adopt: Sequence[int] | None = None) -> None:
        """Begin. With `adopt`, only the executions of those roots, and new ones, are this engine's business."""
        await self.engine.start(adopt=adopt)
        await self.express.recover(adopt=adopt)

    async def drain(self, seconds: float) -> None:
        """Start nothing new; give the tasks and functions that run that long, and make their results durable."""
        await self.engine.drain(seconds)
        if self.runtime is not None:
            await self.runtime.pool.drain(seconds)
        await self.logs.drain(seconds)


@dataclass(frozen=True, slots=True)
class Home:
    """Where an engine keeps what it must: an open store, a folder for the records of function workers, and one for
    code that was uploaded.
    """

    store: Store
    workers: Path
    code: Path


@asynccontextmanager
async def open_memory() -> AsyncIterator[Home]:
    """Keep everything in memory, for an Express execution that starts no other: nothing of it is written."""
    with tempfile.TemporaryDirectory(prefix="tobiishi-") as folder:
        yield Home(MemoryStore(), Path(folder, "workers"), Path(folder, "code"))


@asynccontextmanager
async def open_directory(data: Path, command: str) -> AsyncIterator[Home]:
    """Hold a data directory, end what an earlier engine left behind, and open the store."""
    async with AsyncExitStack() as stack:
        try:
            directory = stack.enter_context(DataDirectory(data, command))
        except DirectoryHeldError as error:
            raise UserError(f"{error}; wait until it ends, or give --data another folder") from None
        try:
            ended = await asyncio.to_thread(end_leftovers, directory.workers)
        except LeftoversError as error:
            raise UserError(str(error)) from None
        if ended:
            log.warning("ended %s of functions, left by an earlier engine", count(ended, "process", "processes"))
        store = SqliteStore(directory.database)
        await store.open()
        stack.push_async_callback(store.close)
        yield Home(store, directory.workers, directory.path / "code")


@asynccontextmanager
async def open_session(
    home: Home, setup: Setup, settings: Settings, *, serves: PoolSettings | None = None
) -> AsyncIterator[Session]:
    """Put an engine together over an open store. Raises `UserError` for functions that cannot be served, and
    for an AWS configuration that cannot be read.

    `serves`: the session is a server's, which takes uploaded functions and answers that come with task tokens.
    """
    async with AsyncExitStack() as stack:
        runtime = await _open_runtime(stack, home, setup, serves)
        sdk = _open_sdk(setup)
        stack.callback(sdk.close)
        http = HttpInvoke(ConnectionsFile(Path(setup.connections)) if setup.connections else NoConnections())
        stack.push_async_callback(http.close)
        rate = settings.quotas.http_task_rate
        nested = NestedExecutions()
        functions: Functions = runtime.pool if runtime else NoFunctions()
        integrations = Integrations(
            function=LambdaFunction(functions, settings.quotas.payload_bytes),
            sdk=sdk,
            services={
                "lambda:invoke": LambdaInvoke(functions, settings.quotas.payload_bytes),
                "http:invoke": http if rate is None else Paced(http, rate),
                "states:startExecution": StartExecution(nested),
                **optimized_calls(sdk.calls),
            },
            callbacks=serves is not None,
        )
        resolve = MachineFiles(Path(setup.machines)) if setup.machines else None
        engine = Engine(home.store, integrations, settings=settings, resolve=resolve)
        express = Express(engine)
        nested.attach(engine, express)
        delivery = Delivery(sdk.calls)
        stack.push_async_callback(delivery.close)
        logs = ExecutionLogs(delivery)
        engine.watchers.append(logs.hear)
        stack.push_async_callback(engine.close)
        yield Session(engine, express, integrations, runtime, sdk, logs)


async def _open_runtime(stack: AsyncExitStack, home: Home, setup: Setup, serves: PoolSettings | None) -> Runtime | None:
    folder = _function_folder(setup)
    deployed = None if serves is None else DeployedFunctions(home.store, Packages(home.code))
    if deployed is not None:
        await deployed.open()
    catalogues: list[Catalogue] = [catalogue for catalogue in (deployed, folder) if catalogue is not None]
    if not catalogues:
        return None
    pool = FunctionPool(Catalogues(*catalogues), serves or PoolSettings(region=setup.region), home.workers)
    stack.push_async_callback(pool.close)
    await pool.open()
    return Runtime(pool, folder, deployed)


def _function_folder(setup: Setup) -> FunctionDirectory | None:
    if setup.functions is None:
        return None
    try:
        return FunctionDirectory(Path(setup.functions))
    except (CatalogueError, OSError) as error:
        raise UserError(f"--functions {setup.functions}: {error}") from None


def _open_sdk(setup: Setup) -> AwsSdk:
    try:
        return AwsSdk(_destination(setup))
    except BotoCoreError as error:
        raise UserError(f"the AWS configuration cannot be used: {error}") from None


def _destination(setup: Setup) -> Destination | None:
    if setup.aws is None:
        return None
    return RealAws() if setup.aws == REAL else Endpoint(setup.aws)


class NoConnections(Connections):
    """What an HTTP task finds when nobody named a file of connections."""

    async def connection(self, arn: str) -> Connection:
        raise failure("ResourceNotFound", f"There are no connections, so not '{arn}'. Start with --connections FILE.")


class NoFunctions(Functions):
    """What a task finds when nobody named a folder of functions."""

    def check(self, name: str) -> None:
        raise InvokeError("ResourceNotFoundException", 404, f"Function not found: {name}. Start with --functions DIR.")

    async def invoke(
        self,
        name: str,
        payload: bytes,  # noqa: ARG002 - the protocol's shape
        *,
        invoked_arn: str,
        client_context: str | None = None,  # noqa: ARG002
    ) -> Invocation:
        self.check(invoked_arn or name)
        raise AssertionError("check raises")

    def invoke_later(
        self,
        name: str,
        payload: bytes,  # noqa: ARG002 - the protocol's shape
        *,
        invoked_arn: str,
        client_context: str | None = None,  # noqa: ARG002
    ) -> None:
        self.check(invoked_arn or name)
