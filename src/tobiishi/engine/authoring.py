"""Making and changing state machines: names, idempotency and what belongs together.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html,
https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from tobiishi.asl.errors import SCHEMA, InvalidDefinitionError
from tobiishi.engine.arns import MachineArn, Place, check_name
from tobiishi.engine.configuration import same_settings, settings_text
from tobiishi.engine.errors import (
    ConflictError,
    InvalidArnError,
    MachineExistsError,
    MachineLimitError,
    MissingParameterError,
    RefusedError,
)
from tobiishi.engine.machines import Machines, check_active, not_found, unlabelled
from tobiishi.engine.tags import tags_document
from tobiishi.engine.versions import Birth, Version
from tobiishi.problem import Problem
from tobiishi.quotas import Quotas
from tobiishi.store.contract import Machine, MachineType, Revision, Store, same_content

_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Draft:
    """A machine that somebody wants. `settings` is as `engine.configuration` makes it."""

    name: str
    definition: str
    role_arn: str
    type: MachineType = "STANDARD"
    settings: str = "{}"
    tags: Mapping[str, str] = field(default_factory=dict)
    publish: bool = False
    version_description: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different about a machine; None leaves a thing as it is.

    `configurations` are those of logging, tracing and encryption that are given, by AWS's names.
    """

    definition: str | None = None
    role_arn: str | None = None
    configurations: Mapping[str, Any] = field(default_factory=dict)
    publish: bool = False
    version_description: str | None = None


@dataclass(frozen=True, slots=True)
class Authored:
    """A machine as it is now, and the version that was asked for."""

    machine: Machine
    version: Version | None = None


class Authoring:
    """Creates and updates machines, each in its turn."""

    def __init__(self, store: Store, machines: Machines, quotas: Quotas) -> None:
        self._store = store
        self._machines = machines
        self._quotas = quotas

    async def create(self, place: Place, draft: Draft, now_ms: int) -> Authored:
        """Create a machine. The same request again finds it; role and tags may differ, and are left as they are.

        Raises `InvalidNameError`, `InvalidArnError`, `InvalidDefinitionError`, `MachineExistsError`,
        `MachineDeletingError`, `MachineLimitError`, `TooManyTagsError`, `RefusedError`.
        """
        _check_publication(draft)
        arn = place.machine_arn(check_name(draft.name))
        check_role(draft.role_arn)
        self._check_size(draft.definition)
        async with self._machines.turns.of(arn):
            machine = await self._store.machine(arn)
            if machine is None:
                machine = await self._create(arn, draft, now_ms)
            else:
                await self._check_same(machine, draft)
            return await self._published(machine, draft.version_description, now_ms, publish=draft.publish)

    async def _create(self, arn: str, draft: Draft, now_ms: int) -> Machine:
        wanted = Revision(0, arn, draft.definition, now_ms, draft.role_arn, draft.settings)
        tags = tags_document(arn, draft.tags, self._quotas.tags)
        birth = Birth(publish=draft.publish, description=draft.version_description).document(arn)
        await self._check_count(arn)
        return await self._machines.save(wanted, draft.type, [tags, birth])

    async def _check_count(self, arn: str) -> None:
        """Raise `MachineLimitError` if the account has all the machines it may have in the region."""
        limit = self._quotas.machines
        if limit is None:
            return
        prefix = arn.removesuffix(MachineArn.read(arn).name)
        if await self._store.count_machines(prefix) >= limit:
            raise MachineLimitError(f"State Machine Max Limit Exceeded: {limit}")

    async def _check_same(self, machine: Machine, draft: Draft) -> None:
        """Raise unless the machine is what the draft would make."""
        check_active(machine)
        held, birth = machine.revision, await self._machines.versions.birth(machine.arn)
        same = (held.definition, machine.type, birth.publish, birth.description)
        wanted = (draft.definition, draft.type, draft.publish, draft.version_description)
        if same != wanted or not same_settings(held.settings, draft.settings):
            raise MachineExistsError(f"State Machine Already Exists: '{machine.arn}'")

    async def update(self, arn: str, change: Change, now_ms: int) -> Authored:
        """Change a machine. What changes nothing keeps its revision; every other change gives it a new tag.

        Raises `InvalidArnError`, `InvalidDefinitionError`, `InvalidLoggingError`, `InvalidEncryptionError`,
        `MachineNotFoundError`, `MachineDeletingError`, `MissingParameterError`, `RefusedError`, `QuotaError`.
        """
        _check_publication(change)
        if change.definition is None and change.role_arn is None and not change.configurations:
            raise MissingParameterError(
                "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration, "
                "or the EncryptionConfiguration must be specified"
            )
        if change.role_arn is not None:
            check_role(change.role_arn)
        self._check_size(change.definition or "")
        unlabelled(arn)
        async with self._machines.turns.of(arn):
            machine = await self._existing(arn)
            held = machine.revision
            settings = settings_text(change.configurations, held.settings)
            wanted = replace(
                held,
                definition=held.definition if change.definition is None else change.definition,
                role_arn=held.role_arn if change.role_arn is None else change.role_arn,
                settings=held.settings if same_settings(settings, held.settings) else settings,
            )
            if not same_content(held, wanted):
                if change.publish:
                    await self._machines.versions.check_room(arn, self._quotas.versions)
                wanted = replace(wanted, created_ms=now_ms, tag=str(uuid4()))
                machine = await self._machines.save(wanted, machine.type)
            return await self._published(machine, change.version_description, now_ms, publish=change.publish)

    async def _published(self, machine: Machine, description: str | None, now_ms: int, *, publish: bool) -> Authored:
        if not publish:
            return Authored(machine)
        versions, limit = self._machines.versions, self._quotas.versions
        return Authored(machine, await versions.publish(machine, now_ms, description, limit=limit))

    async def publish(self, arn: str, revision: str | None, description: str | None, now_ms: int) -> Version:
        """Publish a machine's newest revision as a version. Raises what `update` raises, and `ConflictError`."""
        unlabelled(arn)
        async with self._machines.turns.of(arn):
            machine = await self._existing(arn)
            limit = self._quotas.versions
            return await self._machines.versions.publish(machine, now_ms, description, revision=revision, limit=limit)

    async def withdraw(self, version_arn: str) -> None:
        """Delete a version; nothing happens if there is none. Raises `ConflictError` if an alias leads to it."""
        named = unlabelled(version_arn)
        if named.qualifier is None or not named.qualifier.isdecimal():
            raise InvalidArnError(f"Invalid Arn: 'Invalid ARN: {version_arn}'")
        async with self._machines.turns.of(named.machine):
            leading = await self._machines.aliases.of(named.machine, version_arn)
            if leading:
                names = ", ".join(alias.name for alias in leading)
                raise ConflictError(
                    "Version to be deleted must not be referenced by an alias. "
                    f"Current list of aliases referencing this version: [{names}]"
                )
            await self._machines.versions.delete(version_arn)

    async def _existing(self, arn: str) -> Machine:
        """Return a machine that may be changed. Raises `MachineNotFoundError` and `MachineDeletingError`."""
        machine = await self._store.machine(arn)
        if machine is None:
            raise not_found(arn)
        check_active(machine)
        return machine

    def _check_size(self, definition: str) -> None:
        limit = self._quotas.definition_bytes
        if len(definition.encode("utf-8", "surrogatepass")) > limit:
            problem = Problem(SCHEMA, "/", f"The definition is larger than {limit} bytes")
            raise InvalidDefinitionError([problem])


def _check_publication(asked: Draft | Change) -> None:
    """Raise `RefusedError` for a description of a version that is not published."""
    if asked.version_description is not None and not asked.publish:
        raise RefusedError("Version description can only be set when publish is true")


def check_role(arn: str) -> None:
    """Raise `InvalidArnError` unless it is the ARN of an IAM role; whether that exists is nobody's business here."""
    if not _ROLE.fullmatch(arn):
        raise InvalidArnError(f"Invalid Role Arn: '{arn}'")
