"""State machines and their compiled definitions."""

import asyncio
import re
from collections.abc import Callable
from typing import Final

from tobiishi.asl.compile import compile_definition
from tobiishi.asl.model import Definition, Resource
from tobiishi.asl.walk import resources
from tobiishi.engine.arns import Place, check_name
from tobiishi.engine.errors import MachineNotFoundError
from tobiishi.engine.recent import Recent
from tobiishi.store.contract import Machine, MachineType, Store

_MACHINE: Final = re.compile(r"arn:aws[a-z-]*:states:[^:]*:[^:]*:stateMachine:([^:/]+)")
_KEPT: Final = 500
"""Machines and compiled definitions kept in memory."""
_LARGE: Final = 16_384
"""Characters from which a definition is compiled off the loop."""

Resolver = Callable[[str], str | None]
"""Finds the definition of a machine that the store does not know, by its name; returns JSON text."""


class Machines:
    """Stored machines, by ARN. A definition is compiled once."""

    def __init__(
        self, store: Store, place: Place, prepare: Callable[[Resource], None], resolve: Resolver | None = None
    ) -> None:
        """`prepare` loads, blocking, what the tasks of a resource will need."""
        self._store = store
        self._place = place
        self._prepare = prepare
        self._resolve = resolve or (lambda _: None)
        self._compiled: Recent[int, Definition] = Recent(_KEPT)
        self._known: Recent[str, Machine] = Recent(_KEPT)

    async def put(
        self,
        name: str,
        definition: str,
        now_ms: int,
        machine_type: MachineType = "STANDARD",
        role_arn: str | None = None,
    ) -> Machine:
        """Create or update a machine. Raises `InvalidDefinitionError` or `InvalidNameError`."""
        check_name(name)
        compiled = await self._compile(definition, machine_type)
        arn = self._place.machine_arn(name)
        role = role_arn or self._place.role_arn()
        machine = await self._store.put_machine(arn, name, machine_type, role, definition, now_ms)
        self._compiled.put(machine.revision.id, compiled)
        self._known.put(arn, machine)
        return machine

    async def find(self, arn: str, now_ms: int) -> Machine:
        """Return a machine. Raises `MachineNotFoundError`.

        What the resolver finds by the ARN's name goes before what is stored: it may have been edited since.
        """
        machine = self._known.get(arn) or await self._resolved(arn, now_ms) or await self._store.machine(arn)
        if machine is None:
            raise MachineNotFoundError(f"State Machine Does Not Exist: '{arn}'")
        self._known.put(arn, machine)
        return machine

    async def _resolved(self, arn: str, now_ms: int) -> Machine | None:
        """Ask the resolver. Region and account do not count: a definition made for AWS names those of its home."""
        match = _MACHINE.fullmatch(arn)
        text = self._resolve(match[1]) if match else None
        if match is None or text is None:
            return None
        stored = await self._store.machine(self._place.machine_arn(match[1]))
        return await self.put(match[1], text, now_ms, "STANDARD" if stored is None else stored.type)

    async def compiled(self, revision: int) -> Definition:
        """Return the compiled definition of a revision."""
        definition = self._compiled.get(revision)
        if definition is None:
            stored = await self._store.revision(revision)
            if stored is None:
                raise MachineNotFoundError(f"Definition revision {revision} does not exist")
            machine = await self._store.machine(stored.machine_arn)
            machine_type: MachineType = "STANDARD" if machine is None else machine.type
            definition = await self._compile(stored.definition, machine_type)
            self._compiled.put(revision, definition)
        return definition

    async def _compile(self, text: str, machine_type: MachineType) -> Definition:
        """Compile a definition. What takes long, or reads models of AWS's services from disk, happens in a thread."""
        if len(text) < _LARGE and ":aws-sdk:" not in text:
            return compile_definition(text, machine_type=machine_type)
        return await asyncio.to_thread(self._compile_and_prepare, text, machine_type)

    def _compile_and_prepare(self, text: str, machine_type: MachineType) -> Definition:
        definition = compile_definition(text, machine_type=machine_type)
        for resource in set(resources(definition)):
            self._prepare(resource)
        return definition
