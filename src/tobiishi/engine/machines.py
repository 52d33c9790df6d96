"""State machines and their compiled definitions: what a name stands for, and what an execution of it will run."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tobiishi.asl.compile import compile_definition
from tobiishi.asl.model import Definition, Resource
from tobiishi.asl.walk import resources
from tobiishi.engine.aliases import Aliases
from tobiishi.engine.arns import MachineArn, Place, check_name
from tobiishi.engine.errors import InvalidArnError, MachineDeletingError, MachineNotFoundError, RefusedError
from tobiishi.engine.recent import Recent
from tobiishi.engine.tags import Tags
from tobiishi.engine.turns import Turns
from tobiishi.engine.versions import Versions
from tobiishi.store.contract import Document, Machine, MachineType, Revision, Store

_KEPT: Final = 500
"""Machines and compiled definitions kept in memory."""
_KEPT_CHARACTERS: Final = 4_194_304
"""Characters of all definitions that are kept compiled, which takes many times the text, and that are kept as text."""
_LARGE: Final = 16_384
"""Characters from which a definition is compiled off the loop."""

Resolver = Callable[[str], str | None]
"""Finds the definition of a machine that the store does not know, by its name; returns JSON text."""


LABELED: Final = "API_DOES_NOT_SUPPORT_LABELED_ARNS"


@dataclass(frozen=True, slots=True)
class Target:
    """What a start leads to: `machine`, whose revision is the one to run, and what its caller named to get there."""

    machine: Machine
    version_arn: str | None = None
    alias_arn: str | None = None

    @property
    def revision(self) -> Revision:
        return self.machine.revision


class Machines:
    """Stored machines, by ARN. A definition is compiled once.

    Whoever changes a machine, its versions, aliases or tags does so in the machine's turn: `turns.of(machine.arn)`.
    """

    def __init__(
        self,
        store: Store,
        place: Place,
        prepare: Callable[[Resource], None],
        resolve: Resolver | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`prepare` loads, blocking, what the tasks of a resource will need; `draw` picks an alias's routes."""
        self.turns = Turns()
        self.versions = Versions(store)
        self.aliases = Aliases(store)
        self.tags = Tags(store)
        self._store = store
        self._draw = draw
        self._place = place
        self._prepare = prepare
        self._resolve = resolve or (lambda _: None)
        self._compiled: Recent[int, Definition] = Recent(_KEPT, _KEPT_CHARACTERS)
        self._settings: Recent[int, str] = Recent(_KEPT)
        self._known: Recent[str, Machine] = Recent(_KEPT, _KEPT_CHARACTERS)
        self._changes = 0
        """How often a machine was changed or deleted."""

    async def put(
        self,
        name: str,
        definition: str,
        now_ms: int,
        machine_type: MachineType = "STANDARD",
        role_arn: str | None = None,
    ) -> Machine:
        """Create or update a machine of the engine's own place. Raises `InvalidDefinitionError`, `InvalidNameError`."""
        arn = self._place.machine_arn(check_name(name))
        wanted = Revision(0, arn, definition, now_ms, role_arn or self._place.role_arn())
        async with self.turns.of(wanted.machine_arn):
            return await self.save(wanted, machine_type)

    async def save(self, wanted: Revision, machine_type: MachineType, documents: Sequence[Document] = ()) -> Machine:
        """Make `wanted` the machine's newest revision, and store documents with it; the store gives the revision's id.

        The caller has the machine's turn. Raises `InvalidDefinitionError`.
        """
        compiled = await self.compile(wanted.definition, machine_type)
        arn = wanted.machine_arn
        machine = await self._store.put_machine(
            arn,
            MachineArn.read(arn).name,
            machine_type,
            wanted.role_arn,
            wanted.definition,
            wanted.created_ms,
            settings=wanted.settings,
            tag=wanted.tag,
            documents=documents,
        )
        self._compiled.put(machine.revision.id, compiled, len(wanted.definition))
        self._settings.put(machine.revision.id, wanted.settings)
        self._changes += 1
        self._known.put(arn, machine, len(machine.revision.definition))
        return machine

    async def find(self, arn: str, now_ms: int) -> Machine:
        """Return the machine with exactly this ARN, which may be being deleted. Raises `MachineNotFoundError`.

        What the resolver finds by the ARN's name goes before what is stored: it may have been edited since.
        """
        known = self._known.get(arn)
        if known is not None:
            return known
        resolved = await self._resolved(arn, now_ms)
        if resolved is not None:
            self._known.put(arn, resolved, len(resolved.revision.definition))
        return resolved or await self._stored(arn)

    async def _stored(self, arn: str) -> Machine:
        """Read a machine, and keep it unless one was changed meanwhile: what was read may be what it was before."""
        changes = self._changes
        machine = await self._store.machine(arn)
        if machine is None:
            raise not_found(arn)
        if changes == self._changes:
            self._known.put(arn, machine, len(machine.revision.definition))
        return machine

    async def target(self, arn: str, now_ms: int) -> Target:
        """Return what a start by this ARN runs: a machine's newest revision, a version, or what an alias leads to.

        Raises `InvalidArnError`, `RefusedError` for a labelled Map, `MachineNotFoundError`, `MachineDeletingError`.
        """
        named = unlabelled(arn)
        machine = await self.find(named.machine, now_ms)
        check_active(machine)
        if named.qualifier is None:
            return Target(machine)
        alias = await self.aliases.find(arn)
        version_arn = arn if alias is None else alias.choose(self._draw())
        return Target(await self.at_version(machine, version_arn), version_arn, None if alias is None else alias.arn)

    async def at_version(self, machine: Machine, version_arn: str) -> Machine:
        """Return a machine as it was when a version of it was published. Raises `MachineNotFoundError`."""
        version = await self.versions.find(version_arn)
        revision = None if version is None else await self._store.revision(version.revision)
        if revision is None:
            raise not_found(version_arn)
        return replace(machine, revision=revision)

    def forget(self, arn: str) -> None:
        """Read the machine from the store next time."""
        self._changes += 1
        self._known.drop(arn)

    async def _resolved(self, arn: str, now_ms: int) -> Machine | None:
        """Ask the resolver. Region and account do not count: a definition made for AWS names those of its home."""
        named = _plain(arn)
        text = self._resolve(named.name) if named else None
        if named is None or text is None:
            return None
        stored = await self._store.machine(self._place.machine_arn(named.name))
        return await self.put(named.name, text, now_ms, "STANDARD" if stored is None else stored.type)

    async def compiled(self, revision: int) -> Definition:
        """Return the compiled definition of a revision."""
        definition = self._compiled.get(revision)
        if definition is None:
            stored = await self._store.revision(revision)
            if stored is None:
                raise MachineNotFoundError(f"Definition revision {revision} does not exist")
            machine = await self._store.machine(stored.machine_arn)
            machine_type: MachineType = "STANDARD" if machine is None else machine.type
            definition = await self.compile(stored.definition, machine_type, accepted=True)
            self._compiled.put(revision, definition, len(stored.definition))
            self._settings.put(revision, stored.settings)
        return definition

    async def settings(self, revision: int) -> str:
        """Return a revision's settings, as `engine.configuration` makes them."""
        settings = self._settings.get(revision)
        if settings is None:
            stored = await self._store.revision(revision)
            settings = "{}" if stored is None else stored.settings
            self._settings.put(revision, settings)
        return settings

    async def compile(self, text: str, machine_type: MachineType, *, accepted: bool = False) -> Definition:
        """Compile a definition; one that was stored was `accepted` before, and is not judged again.

        What takes long, or reads models of AWS's services from disk, happens in a thread. Raises
        `InvalidDefinitionError`.
        """
        if len(text) < _LARGE and ":states:::" not in text:
            return compile_definition(text, machine_type=machine_type, accepted=accepted)
        return await asyncio.to_thread(self._compile_and_prepare, text, machine_type, accepted)

    def _compile_and_prepare(self, text: str, machine_type: MachineType, accepted: bool) -> Definition:
        definition = compile_definition(text, machine_type=machine_type, accepted=accepted)
        for resource in set(resources(definition)):
            self._prepare(resource)
        return definition


def unlabelled(arn: str) -> MachineArn:
    """Take apart an ARN that must not name a labelled Map. Raises `InvalidArnError` and `RefusedError`."""
    named = MachineArn.read(arn)
    if named.label is not None:
        raise RefusedError(f"The operation does not support labelled state machine ARNs: '{arn}'", LABELED)
    return named


def check_active(machine: Machine) -> None:
    """Raise `MachineDeletingError` for a machine that is being deleted."""
    if machine.status == "DELETING":
        raise MachineDeletingError(f"State Machine Deleting: '{machine.arn}'")


def not_found(arn: str) -> MachineNotFoundError:
    """Return the error for an ARN that leads to no machine, version or alias."""
    return MachineNotFoundError(f"State Machine Does Not Exist: '{arn}'")


def _plain(arn: str) -> MachineArn | None:
    """Take apart the ARN of a machine itself; None for anything else."""
    try:
        named = MachineArn.read(arn)
    except InvalidArnError:
        return None
    return named if named.machine == arn else None
