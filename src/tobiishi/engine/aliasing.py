"""Making and changing aliases: what they may lead to, and when a machine lets it be done."""

from collections.abc import Sequence

from tobiishi.engine.aliases import Alias, Route, check_routes
from tobiishi.engine.arns import MachineArn
from tobiishi.engine.errors import InvalidArnError, RefusedError, ResourceNotFoundError
from tobiishi.engine.machines import Machines, check_active, not_found, unlabelled
from tobiishi.quotas import Quotas
from tobiishi.store.contract import Store


class Aliasing:
    """Changes aliases, in the turn of their machine."""

    def __init__(self, store: Store, machines: Machines, quotas: Quotas) -> None:
        self._store = store
        self._machines = machines
        self._aliases = machines.aliases
        self._quotas = quotas

    async def create(self, name: str, routes: Sequence[Route], description: str | None, now_ms: int) -> Alias:
        """Create an alias of the machine whose versions the routes lead to; the same request again finds it.

        Raises `RefusedError`, `InvalidArnError`, `InvalidNameError`, `ResourceNotFoundError`, `MachineDeletingError`,
        `ConflictError`, `QuotaError`.
        """
        machine = check_routes(routes)
        async with self._machines.turns.of(machine.machine):
            await self._check_alive(machine)
            await self._check_versions(routes)
            return await self._aliases.create(machine, name, routes, description, now_ms, self._quotas.aliases)

    async def update(self, arn: str, routes: Sequence[Route] | None, description: str | None, now_ms: int) -> Alias:
        """Change an alias; None leaves a thing as it is. Raises what `create` raises."""
        machine = _of_alias(arn)
        if routes is None and description is None:
            raise RefusedError(
                "Either the description or the RoutingConfiguration must be specified", "MISSING_REQUIRED_PARAMETER"
            )
        if routes is not None and check_routes(routes).machine != machine.machine:
            raise RefusedError(
                f"Routing configuration must contain versions of the alias's state machine: '{machine.machine}'",
                "INVALID_ROUTING_CONFIGURATION",
            )
        async with self._machines.turns.of(machine.machine):
            alias = await self.find(arn)
            await self._check_alive(machine)
            await self._check_versions(routes or ())
            return await self._aliases.update(alias, routes, description, now_ms)

    async def delete(self, arn: str) -> None:
        """Delete an alias; nothing happens if there is none. Raises `InvalidArnError`."""
        machine = _of_alias(arn)
        async with self._machines.turns.of(machine.machine):
            await self._aliases.delete(arn)

    async def find(self, arn: str) -> Alias:
        """Return an alias. Raises `InvalidArnError` and `ResourceNotFoundError`."""
        _of_alias(arn)
        alias = await self._aliases.find(arn)
        if alias is None:
            raise _missing(arn)
        return alias

    async def of(self, arn: str) -> list[Alias]:
        """Return a machine's aliases, or those that lead to a version.

        Raises `MachineNotFoundError` and `MachineDeletingError`.
        """
        named = unlabelled(arn)
        machine = await self._store.machine(named.machine)
        if machine is None:
            raise not_found(arn)
        check_active(machine)
        return await self._aliases.of(named.machine, None if named.qualifier is None else arn)

    async def _check_alive(self, named: MachineArn) -> None:
        machine = await self._store.machine(named.machine)
        if machine is None:
            raise _missing(named.machine)
        check_active(machine)

    async def _check_versions(self, routes: Sequence[Route]) -> None:
        for route in routes:
            if await self._machines.versions.find(route.version_arn) is None:
                raise _missing(route.version_arn)


def _of_alias(arn: str) -> MachineArn:
    """Take apart the ARN of an alias. Raises `InvalidArnError`."""
    named = unlabelled(arn)
    if named.qualifier is None or named.qualifier.isdecimal():
        raise InvalidArnError(f"Invalid Arn: 'Invalid ARN: {arn}'")
    return named


def _missing(arn: str) -> ResourceNotFoundError:
    return ResourceNotFoundError("Request references a resource that does not exist.", arn)
