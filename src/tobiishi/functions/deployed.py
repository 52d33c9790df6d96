"""Functions that were made through Lambda's API: their configuration is in the store, their code beside it.

What a function is comes from the store once, at `open`, and is held in memory: looking one up never waits.
"""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.functions.catalogue import Function
from tobiishi.functions.packages import Package, Packages
from tobiishi.functions.settings import RESERVED_VARIABLES
from tobiishi.store.contract import Document, Store
from tobiishi.tasks.function_name import LATEST, FunctionName

KIND: Final = "function"
DEFAULT_TIMEOUT: Final = 3
DEFAULT_MEMORY: Final = 128
_MAX_ENVIRONMENT: Final = 4096


class DeploymentError(Exception):
    """Base of what can be wrong with a request about a function."""


class FunctionExistsError(DeploymentError):
    """There is a function of that name."""


class FunctionMissingError(DeploymentError):
    """There is no function of that name."""


class RevisionError(DeploymentError):
    """The function is not as its caller believes: it has another revision."""


class UnusableError(DeploymentError):
    """The function could not be run like this."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function as Lambda describes it: `configuration` in AWS's shape, without State and the like."""

    arn: str
    configuration: Mapping[str, Any]
    tags: Mapping[str, str]
    package: Package

    def document(self) -> Document:
        body = {
            "configuration": self.configuration,
            "tags": self.tags,
            "digest": self.package.digest,
            "size": self.package.size,
        }
        return Document(KIND, self.arn, jsontext.encode_text(body))

    def function(self) -> Function:
        """Return how to run it."""
        configuration = self.configuration
        return Function(
            name=configuration["FunctionName"],
            handler=configuration["Handler"],
            task_root=self.package.root,
            timeout=configuration["Timeout"],
            memory=configuration["MemorySize"],
            environment=configuration.get("Environment", {}).get("Variables", {}),
            concurrency=None,
            edited_ns=uuid.UUID(configuration["RevisionId"]).int,
            region=self.arn.split(":")[3],
        )


class DeployedFunctions:
    """All functions that were made through the API. Changes are durable when a method returns."""

    def __init__(self, store: Store, packages: Packages) -> None:
        self._store = store
        self._packages = packages
        self._functions: dict[str, Deployed] = {}
        self._changing = asyncio.Lock()

    async def open(self) -> None:
        """Read what there is, and delete code that nothing uses."""
        for document in await self._store.documents(KIND):
            body = jsontext.decode(document.body)
            package = self._packages.find(body["digest"], body["size"])
            self._functions[document.key] = Deployed(document.key, body["configuration"], body["tags"], package)
        used = {deployed.package.digest for deployed in self._functions.values()}
        await asyncio.to_thread(self._packages.sweep, used)

    # -- looking -------------------------------------------------------------------------------------------------------
    def find(self, name: str) -> Function | None:
        """Return the function that a whole ARN stands for, as `FunctionDirectory.find` does."""
        parsed = FunctionName.parse(name)
        if parsed.region is None or parsed.account is None or parsed.qualifier not in (None, LATEST):
            return None
        deployed = self._functions.get(replace(parsed, qualifier=None).arn)
        return None if deployed is None else deployed.function()

    def get(self, arn: str) -> Deployed:
        """Raises `FunctionMissingError`."""
        try:
            return self._functions[arn]
        except KeyError:
            raise FunctionMissingError(f"Function not found: {arn}") from None

    def of(self, region: str, account: str) -> list[Deployed]:
        """Return the functions of a region and account, in the order of their names."""
        found = (self._functions[arn] for arn in sorted(self._functions))
        return [deployed for deployed in found if deployed.arn.split(":")[3:5] == [region, account]]

    # -- changing ------------------------------------------------------------------------------------------------------
    async def create(
        self, arn: str, archive: bytes, configuration: Mapping[str, Any], tags: Mapping[str, str]
    ) -> Deployed:
        """Make a function. Raises `FunctionExistsError`, `UnusableError`, `PackageError`, `StoreError`."""
        given = {"Timeout": DEFAULT_TIMEOUT, "MemorySize": DEFAULT_MEMORY, **configuration}
        check_configuration(given)
        async with self._changing:
            if arn in self._functions:
                raise FunctionExistsError(f"Function already exist: {given['FunctionName']}")
            package = await asyncio.to_thread(self._packages.add, archive)
            return await self._keep(Deployed(arn, _revised(given), tags, package))

    async def update_code(self, arn: str, archive: bytes, revision: str | None = None) -> Deployed:
        """Give a function other code. Raises `FunctionMissingError`, `RevisionError`, `PackageError`, `StoreError`."""
        async with self._changing:
            old = self._expected(arn, revision)
            package = await asyncio.to_thread(self._packages.add, archive)
            return await self._keep(replace(old, configuration=_revised(old.configuration), package=package))

    async def update_configuration(self, arn: str, changes: Mapping[str, Any], revision: str | None = None) -> Deployed:
        """Change what `changes` has. Raises `FunctionMissingError`, `RevisionError`, `UnusableError`, `StoreError`."""
        async with self._changing:
            old = self._expected(arn, revision)
            changed = {**old.configuration, **changes}
            check_configuration(changed)
            return await self._keep(replace(old, configuration=_revised(changed)))

    async def delete(self, arn: str) -> None:
        """Raises `FunctionMissingError`, `StoreError`. The code goes with the next `open`: a call may be using it."""
        async with self._changing:
            self.get(arn)
            await self._store.put_documents([], [(KIND, arn)])
            del self._functions[arn]

    def _expected(self, arn: str, revision: str | None) -> Deployed:
        deployed = self.get(arn)
        if revision is not None and revision != deployed.configuration["RevisionId"]:
            raise RevisionError(
                "The Revision Id provided does not match the latest Revision Id. "
                "Call the GetFunction API to retrieve the latest Revision Id"
            )
        return deployed

    async def _keep(self, deployed: Deployed) -> Deployed:
        await self._store.put_documents([deployed.document()])
        self._functions[deployed.arn] = deployed
        return deployed


def _revised(configuration: Mapping[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    return {**configuration, "RevisionId": str(uuid.uuid4()), "LastModified": now}


def check_configuration(configuration: Mapping[str, Any]) -> None:
    """Raise `UnusableError` for a function that could not be run, in Lambda's words where it has them."""
    runtime, handler = configuration.get("Runtime"), configuration.get("Handler")
    if not runtime or not handler:
        raise UnusableError(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    if not runtime.startswith("python3."):
        raise UnusableError(f"The runtime {runtime} is not available: functions run on Python here.")
    if not all(handler.rpartition(".")):
        raise UnusableError("Handler must be MODULE.FUNCTION")
    _check_environment(configuration.get("Environment", {}).get("Variables", {}))


def _check_environment(variables: Mapping[str, str]) -> None:
    refused = "Lambda was unable to configure your environment variables because the environment variables you have "
    reserved = sorted(RESERVED_VARIABLES & variables.keys())
    if reserved:
        raise UnusableError(
            f"{refused}provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > _MAX_ENVIRONMENT:
        raise UnusableError(f"{refused}provided exceeded the 4KB limit.")
    if any("\0" in text or not name or "=" in name for name, value in variables.items() for text in (name, value)):
        raise UnusableError(f"{refused}provided contains invalid keys.")
