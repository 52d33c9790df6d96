"""Versions: numbered snapshots of a state machine that never change.

A version is a document beside its machine; what it holds is a revision's id. A second document keeps the last number
that was given, because a number is never given again, even when its version is deleted.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.engine.errors import ConflictError, QuotaError
from tobiishi.store.contract import Document, Machine, Store

_VERSION: Final = "version"
_NUMBERS: Final = "version numbers"
INITIAL: Final = "INITIAL"
"""What a caller names the revision of a machine that was never updated."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `revision` is the store's id of what it is a snapshot of."""

    arn: str
    number: int
    revision: int
    created_ms: int
    description: str | None = None

    @classmethod
    def of(cls, document: Document) -> "Version":
        number = int(document.key.rpartition(":")[2])
        return cls(document.key, number, **jsontext.decode(document.body))

    def document(self) -> Document:
        body = asdict(self)
        del body["arn"], body["number"]
        return Document(_VERSION, self.arn, jsontext.encode_text(body))


@dataclass(frozen=True, slots=True)
class Birth:
    """How a machine was created, which a repeated request is compared with, and the last number that was given."""

    last: int = 0
    publish: bool = False
    description: str | None = None

    def document(self, machine_arn: str) -> Document:
        return Document(_NUMBERS, machine_arn, jsontext.encode_text(asdict(self)))


class Versions:
    """The versions of all machines. Whoever publishes or deletes has the machine's turn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, arn: str) -> Version | None:
        """Return the version with this ARN."""
        document = await self._store.document(_VERSION, arn)
        return None if document is None else Version.of(document)

    async def of(self, machine_arn: str) -> list[Version]:
        """Return the machine's versions, newest first."""
        documents = await self._store.documents(_VERSION, f"{machine_arn}:")
        return sorted(map(Version.of, documents), key=lambda version: -version.number)

    async def birth(self, machine_arn: str) -> Birth:
        """Return how the machine was created."""
        document = await self._store.document(_NUMBERS, machine_arn)
        body: dict[str, Any] = {} if document is None else jsontext.decode(document.body)
        return Birth(**body)

    async def publish(
        self,
        machine: Machine,
        now_ms: int,
        description: str | None = None,
        *,
        revision: str | None = None,
        limit: int | None = None,
    ) -> Version:
        """Publish the machine's newest revision; one that is published already is found, as it is.

        `revision` is what the caller takes for the newest: a tag, or `INITIAL`. Raises `ConflictError` if it is
        another, `QuotaError` above `limit` versions.
        """
        if revision is not None and revision != (machine.revision.tag or INITIAL):
            raise ConflictError(
                f"Failed to publish the State Machine version for revision {revision}. "
                f"The current State Machine revision is {machine.revision.tag or INITIAL}."
            )
        for version in await self.of(machine.arn):
            if version.revision == machine.revision.id:
                return version
        await self.check_room(machine.arn, limit)
        return await self._add(machine, now_ms, description)

    async def check_room(self, machine_arn: str, limit: int | None) -> None:
        """Raise `QuotaError` if one more version would be more than `limit`."""
        if limit is not None and len(await self.of(machine_arn)) >= limit:
            raise QuotaError(f"The maximum number of versions of a state machine has been reached: {limit}")

    async def _add(self, machine: Machine, now_ms: int, description: str | None) -> Version:
        birth = await self.birth(machine.arn)
        number = birth.last + 1
        version = Version(f"{machine.arn}:{number}", number, machine.revision.id, now_ms, description)
        numbers = Birth(number, birth.publish, birth.description)
        await self._store.put_documents([version.document(), numbers.document(machine.arn)])
        return version

    async def delete(self, arn: str) -> None:
        """Delete a version; nothing happens if there is none."""
        await self._store.put_documents((), [(_VERSION, arn)])

    async def keys(self, machine_arn: str) -> list[tuple[str, str]]:
        """Return the keys of all that is kept here for a machine, to be deleted with it."""
        versions = await self._store.documents(_VERSION, f"{machine_arn}:")
        return [(_VERSION, document.key) for document in versions] + [(_NUMBERS, machine_arn)]
