"""CreateStateMachine, UpdateStateMachine, DeleteStateMachine, DescribeStateMachine, ListStateMachines."""

from collections.abc import Mapping
from typing import Any

from tobiishi import jsontext
from tobiishi.api.states.backend import Backend
from tobiishi.api.states.paging import Page
from tobiishi.engine.arns import MachineArn, Place
from tobiishi.engine.authoring import Authoring, Change, Draft
from tobiishi.engine.configuration import CONFIGURATIONS, described, settings_text
from tobiishi.engine.labels import labelled_map
from tobiishi.engine.machines import not_found, unlabelled
from tobiishi.engine.tags import tags_of
from tobiishi.engine.versions import Version
from tobiishi.store.contract import Machine, Revision
from tobiishi.wire.contract import Call, Handler


def handlers(backend: Backend) -> dict[str, Handler]:
    """Return the operations on state machines."""
    operations = MachineOperations(backend)
    return {
        "CreateStateMachine": operations.create,
        "UpdateStateMachine": operations.update,
        "DeleteStateMachine": operations.delete,
        "DescribeStateMachine": operations.describe,
        "ListStateMachines": operations.list_machines,
    }


def configuration(revision: Revision, references: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return what the descriptions of a machine and of an execution's machine both show of a revision."""
    return {
        "definition": revision.definition,
        "roleArn": revision.role_arn,
        **described(revision.settings),
        "revisionId": revision.tag,
        "variableReferences": {name: list(variables) for name, variables in references.items()} or None,
    }


class MachineOperations:
    """The handlers, over one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine
        self._machines = backend.engine.machines
        self._store = backend.engine.store
        self._authoring = Authoring(self._store, self._machines, backend.quotas)

    async def create(self, call: Call) -> dict[str, Any]:
        params = call.params
        draft = Draft(
            name=params["name"],
            definition=params["definition"],
            role_arn=params["roleArn"],
            type=params.get("type", "STANDARD"),
            settings=settings_text(params),
            tags=tags_of(params.get("tags", ())),
            **_publication(params),
        )
        await self._check_log_groups(draft.settings, opening=True)
        place = Place.of(call.region, call.account)
        made = await self._authoring.create(place, draft, self._engine.clock.now_ms())
        self._expect_logs(made.machine)
        return {
            "stateMachineArn": made.machine.arn,
            "creationDate": made.machine.created_ms / 1000,
            "stateMachineVersionArn": _arn(made.version),
        }

    async def update(self, call: Call) -> dict[str, Any]:
        params = call.params
        change = Change(
            definition=params.get("definition"),
            role_arn=params.get("roleArn"),
            configurations={name: params[name] for name in CONFIGURATIONS if name in params},
            **_publication(params),
        )
        await self._check_log_groups(settings_text(change.configurations))
        now_ms = self._engine.clock.now_ms()
        made = await self._authoring.update(params["stateMachineArn"], change, now_ms)
        self._expect_logs(made.machine)
        return {
            "updateDate": now_ms / 1000,
            "revisionId": made.machine.revision.tag,
            "stateMachineVersionArn": _arn(made.version),
        }

    async def _check_log_groups(self, settings: str, *, opening: bool = False) -> None:
        if self._backend.log_groups is not None:
            await self._backend.log_groups.check(settings, opening=opening)

    def _expect_logs(self, machine: Machine) -> None:
        if self._backend.log_groups is not None:
            self._backend.log_groups.expect(machine)

    async def delete(self, call: Call) -> dict[str, Any]:
        """Delete a machine. The ARN of a version or an alias names no machine, so nothing happens."""
        arn = call.params["stateMachineArn"]
        unlabelled(arn)
        await self._engine.deletions.delete(arn)
        return {}

    async def describe(self, call: Call) -> dict[str, Any]:
        arn = call.params["stateMachineArn"]
        named = MachineArn.read(arn)
        machine = await self._store.machine(named.machine)
        if machine is None:
            raise not_found(arn)
        version = await self._version(arn) if named.qualifier is not None else None
        if version is not None:
            machine = await self._machines.at_version(machine, version.arn)
        shown = await self._shown(machine, named.label, call.params.get("includedData"))
        return {
            **shown,
            "stateMachineArn": arn if version is None else version.arn,
            "name": machine.name,
            "status": machine.status,
            "creationDate": (machine.created_ms if version is None else version.created_ms) / 1000,
            "description": None if version is None else version.description,
        }

    async def _version(self, arn: str) -> Version:
        """Return the version that an ARN names, or that the alias leads to first. Raises `MachineNotFoundError`."""
        alias = await self._machines.aliases.find(arn)
        version = await self._machines.versions.find(arn if alias is None else alias.routes[0].version_arn)
        if version is None:
            raise not_found(arn)
        return version

    async def _shown(self, machine: Machine, label: str | None, included: str | None) -> dict[str, Any]:
        """Return what a description shows of a revision; with a label, of the Map that it names."""
        compiled = await self._machines.compiled(machine.revision.id)
        shown = {**configuration(machine.revision, compiled.variable_references), "type": machine.type}
        if label is not None:
            processor = labelled_map(machine.revision.definition, label)
            if processor is None:
                raise not_found(f"{machine.arn}/{label}")
            execution_type = processor.get("ProcessorConfig", {}).get("ExecutionType", "STANDARD")
            return {**shown, "definition": jsontext.encode_text(processor), "type": execution_type, "label": label}
        return {**shown, "definition": "{}"} if included == "METADATA_ONLY" else shown

    async def list_machines(self, call: Call) -> dict[str, Any]:
        prefix = Place.of(call.region, call.account).machine_arn("")
        page = Page.of(self._backend, call, prefix)
        found = await self._store.machines(prefix, page.after or "", page.size + 1)
        cut = page.cut(found, lambda machine: machine.arn)
        return {"stateMachines": [_listed(machine) for machine in cut.items], "nextToken": cut.next_token}


def _publication(params: Mapping[str, Any]) -> dict[str, Any]:
    return {"publish": params.get("publish", False), "version_description": params.get("versionDescription")}


def _arn(version: Version | None) -> str | None:
    return None if version is None else version.arn


def _listed(machine: Machine) -> dict[str, Any]:
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "type": machine.type,
        "creationDate": machine.created_ms / 1000,
    }
