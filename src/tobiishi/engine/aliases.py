"""Aliases: names that lead to one version of a state machine, or to two by weight.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from tobiishi import jsontext
from tobiishi.engine.arns import MachineArn
from tobiishi.engine.errors import ConflictError, InvalidNameError, QuotaError, RefusedError
from tobiishi.store.contract import Document, Store

_ALIAS: Final = "alias"
_NAME: Final = re.compile(r"(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}")
_BAD_ROUTING: Final = "INVALID_ROUTING_CONFIGURATION"


@dataclass(frozen=True, slots=True)
class Route:
    """A version and its share of the starts, in percent."""

    version_arn: str
    weight: int


@dataclass(frozen=True, slots=True)
class Alias:
    """One alias; `routes` are one or two, whose weights make 100."""

    arn: str
    routes: tuple[Route, ...]
    description: str | None
    created_ms: int
    updated_ms: int

    @property
    def name(self) -> str:
        return self.arn.rpartition(":")[2]

    @classmethod
    def of(cls, document: Document) -> "Alias":
        body = jsontext.decode(document.body)
        routes = tuple(Route(**route) for route in body.pop("routes"))
        return cls(document.key, routes, **body)

    def document(self) -> Document:
        body = asdict(self)
        del body["arn"]
        return Document(_ALIAS, self.arn, jsontext.encode_text(body))

    def choose(self, draw: float) -> str:
        """Return the version that a start gets; `draw` is a random number of at least 0 and less than 1."""
        first, *others = self.routes
        return first.version_arn if not others or draw * 100 < first.weight else others[0].version_arn


def check_routes(routes: Sequence[Route]) -> MachineArn:
    """Return the machine that routes lead to. Raises `RefusedError` unless they are versions of one, and make 100.

    Whether the versions exist is for whoever can look.
    """
    arns = [route.version_arn for route in routes]
    received = f"Received: [{', '.join(arns)}]"
    if len(set(arns)) < len(arns):
        raise RefusedError(
            f"Routing configuration must contain distinct state machine version ARNs. {received}", _BAD_ROUTING
        )
    machines = [MachineArn.read(arn) for arn in arns]
    if not all((machine.qualifier or "").isdecimal() for machine in machines):
        raise no_versions(routes)
    if len({machine.machine for machine in machines}) > 1:
        raise RefusedError(
            f"Routing configuration must contain versions of the same state machine. {received}", _BAD_ROUTING
        )
    weights = [route.weight for route in routes]
    if sum(weights) != 100:
        raise RefusedError(f"Sum of routing configuration weights must equal 100. Received: {weights}", _BAD_ROUTING)
    return machines[0]


def no_versions(routes: Sequence[Route]) -> RefusedError:
    """Return the error for routes of which one leads to no version."""
    arns = ", ".join(route.version_arn for route in routes)
    return RefusedError(
        f"Routing configuration must contain state machine version ARNs. Received: [{arns}]", _BAD_ROUTING
    )


class Aliases:
    """The aliases of all machines. Whoever changes one has the machine's turn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, arn: str) -> Alias | None:
        """Return the alias with this ARN."""
        document = await self._store.document(_ALIAS, arn)
        return None if document is None else Alias.of(document)

    async def of(self, machine_arn: str, version_arn: str | None = None) -> list[Alias]:
        """Return the machine's aliases in the order of their creation; with `version_arn` those that lead to it."""
        aliases = [Alias.of(document) for document in await self._store.documents(_ALIAS, f"{machine_arn}:")]
        leading = [
            alias
            for alias in aliases
            if version_arn is None or version_arn in (route.version_arn for route in alias.routes)
        ]
        return sorted(leading, key=lambda alias: (alias.created_ms, alias.name))

    async def create(
        self,
        machine: MachineArn,
        name: str,
        routes: Sequence[Route],
        description: str | None,
        now_ms: int,
        limit: int | None,
    ) -> Alias:
        """Create an alias; one that exists just so already is found.

        Raises `ConflictError`, `InvalidNameError`, `QuotaError`.
        """
        if not _NAME.fullmatch(name):
            raise InvalidNameError(f"Invalid Name: '{name}'")
        alias = Alias(f"{machine.machine}:{name}", tuple(routes), description, now_ms, now_ms)
        held = await self.find(alias.arn)
        if held is not None:
            if (held.routes, held.description) == (alias.routes, description):
                return held
            raise ConflictError(
                "Failed to create alias because an alias with the same name and a different routing configuration "
                "already exists."
            )
        if limit is not None and len(await self.of(machine.machine)) >= limit:
            raise QuotaError(f"The maximum number of aliases of a state machine has been reached: {limit}")
        await self._store.put_documents([alias.document()])
        return alias

    async def update(self, alias: Alias, routes: Sequence[Route] | None, description: str | None, now_ms: int) -> Alias:
        """Change what is given; what changes nothing leaves the alias as it is."""
        wanted = replace(
            alias,
            routes=alias.routes if routes is None else tuple(routes),
            description=alias.description if description is None else description,
        )
        if wanted == alias:
            return alias
        changed = replace(wanted, updated_ms=now_ms)
        await self._store.put_documents([changed.document()])
        return changed

    async def delete(self, arn: str) -> None:
        """Delete an alias; nothing happens if there is none."""
        await self._store.put_documents((), [(_ALIAS, arn)])

    async def keys(self, machine_arn: str) -> list[tuple[str, str]]:
        """Return the keys of a machine's aliases, to be deleted with it."""
        return [(_ALIAS, alias.arn) for alias in await self.of(machine_arn)]
