"""Activities: names for work that is done elsewhere, by workers that ask for it.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.asl.model import Resource
from tobiishi.engine.arns import Place, check_name, resource_of
from tobiishi.engine.configuration import AWS_OWNED, check_encryption
from tobiishi.engine.errors import (
    ActivityExistsError,
    ActivityLimitError,
    ActivityNotFoundError,
    InvalidArnError,
)
from tobiishi.engine.tags import tags_document, tags_key
from tobiishi.engine.turns import Turns
from tobiishi.store.contract import Document, Store

_ACTIVITY: Final = "activity"


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. `encryption` is its encryptionConfiguration as AWS shapes it."""

    arn: str
    created_ms: int
    encryption: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.arn.rpartition(":")[2]

    @classmethod
    def of(cls, document: Document) -> "Activity":
        return cls(document.key, **jsontext.decode(document.body))

    def document(self) -> Document:
        body = {"created_ms": self.created_ms, "encryption": dict(self.encryption)}
        return Document(_ACTIVITY, self.arn, jsontext.encode_text(body))


class Activities:
    """All activities. Which ones exist is known without asking the store: a task asks that before it is scheduled."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.turns = Turns()
        self._known: defaultdict[str, set[str]] = defaultdict(set)
        """ARNs by what comes before the name."""

    async def load(self) -> None:
        """Learn which activities there are."""
        for document in await self._store.documents(_ACTIVITY):
            self._known[_home(document.key)].add(document.key)

    async def create(
        self,
        place: Place,
        name: str,
        now_ms: int,
        *,
        encryption: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        limit: int | None = None,
        tag_limit: int | None = None,
    ) -> Activity:
        """Create an activity; one that exists is found, whatever the tags are.

        Raises `InvalidNameError`, `InvalidEncryptionError`, `ActivityExistsError` for another encryption than it has,
        `ActivityLimitError` above `limit` activities, `TooManyTagsError` above `tag_limit`, and `RefusedError`.
        """
        arn = place.activity_arn(check_name(name))
        check_encryption(encryption or {})
        async with self.turns.of(arn):
            stored = await self._store.document(_ACTIVITY, arn)
            if stored is not None:
                return _same(Activity.of(stored), encryption)
            self._check_limit(arn, limit)
            activity = Activity(arn, now_ms, encryption or AWS_OWNED)
            documents = [activity.document(), *([tags_document(arn, tags, tag_limit)] if tags else [])]
            await self._store.put_documents(documents)
            self._known[_home(arn)].add(arn)
        return activity

    async def delete(self, arn: str) -> None:
        """Delete an activity; nothing happens if there is none. Tasks that are scheduled already stay.

        Raises `InvalidArnError`.
        """
        check_arn(arn)
        async with self.turns.of(arn):
            await self._store.put_documents((), [(_ACTIVITY, arn), tags_key(arn)])
            self._known[_home(arn)].discard(arn)

    async def find(self, arn: str) -> Activity:
        """Return an activity. Raises `InvalidArnError` and `ActivityNotFoundError`."""
        check_arn(arn)
        document = await self._store.document(_ACTIVITY, arn)
        if document is None:
            raise _not_found(arn)
        return Activity.of(document)

    def check(self, arn: str) -> None:
        """Raise `InvalidArnError` or `ActivityNotFoundError` unless there is such an activity."""
        check_arn(arn)
        if not self._exists(arn):
            raise _not_found(arn)

    async def page(self, place: Place, after: str = "", limit: int | None = None) -> list[Activity]:
        """Return the place's activities by ARN, from the one after `after` on."""
        documents = await self._store.documents(_ACTIVITY, place.activity_arn(""), after, limit)
        return [Activity.of(document) for document in documents]

    def refusal(self, resource: Resource) -> str | None:
        """Return why no task of an activity can be scheduled, in AWS's words; None if one can."""
        return None if self._exists(resource.arn) else f"The activity {resource.arn} does not exist."

    def _exists(self, arn: str) -> bool:
        return arn in self._known.get(_home(arn), ())

    def _check_limit(self, arn: str, limit: int | None) -> None:
        if limit is not None and len(self._known.get(_home(arn), ())) >= limit:
            raise ActivityLimitError(f"Activity Limit Exceeded: 'The account has {limit} activities'")


def check_arn(arn: str) -> None:
    """Raise `InvalidArnError` for what is not an activity's ARN."""
    name, *rest = resource_of(arn, "activity")
    if rest or not name:
        raise InvalidArnError(f"Invalid Arn: 'Invalid ARN: {arn}'")


def _home(arn: str) -> str:
    return arn.rpartition(":")[0]


def _same(activity: Activity, encryption: Mapping[str, Any] | None) -> Activity:
    if encryption is not None and encryption != activity.encryption:
        raise ActivityExistsError(f"Activity Already Exists: '{activity.arn}', with another encryption configuration")
    return activity


def _not_found(arn: str) -> ActivityNotFoundError:
    return ActivityNotFoundError(f"Activity Does Not Exist: '{arn}'")
