"""Tags of state machines and activities: names and values that say nothing to the engine.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html,
https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html (reserved names)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import re2

from tobiishi import jsontext
from tobiishi.engine.errors import RefusedError, TooManyTagsError
from tobiishi.store.contract import Document, Store

_TAGS: Final = "tags"
_RESERVED: Final = "aws:"
_TEXT: Final = re2.compile(r"[\p{L}\p{N}\s\p{Z}_.:/=+\-@]*")
_WANTED: Final = "only Unicode letters, digits, white space and _ . : / = + - @"


class Tags:
    """The tags of all resources, by ARN. Whoever changes them has the resource's turn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, arn: str) -> dict[str, str]:
        """Return a resource's tags, in the order in which they were first given."""
        document = await self._store.document(_TAGS, arn)
        tags: dict[str, str] = {} if document is None else jsontext.decode(document.body)
        return tags

    async def add(self, arn: str, tags: Mapping[str, str], limit: int | None = None) -> None:
        """Give a resource more tags. Raises `TooManyTagsError` and `RefusedError`; then it keeps those it has."""
        document = tags_document(arn, {**await self.of(arn), **tags}, limit)
        await self._store.put_documents([document])

    async def remove(self, arn: str, names: Iterable[str]) -> None:
        """Take tags away; those that are not there are passed over."""
        left = await self.of(arn)
        for name in names:
            left.pop(name, None)
        await self._store.put_documents([tags_document(arn, left)])


def tags_of(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return tags as AWS lists them, by name; of two with one name the later counts. Raises `RefusedError`."""
    if not all(tag.get("key") for tag in given):
        raise RefusedError("A tag must have a key")
    for text in (text for tag in given for text in tag.values()):
        if not _TEXT.fullmatch(text):
            raise RefusedError(f"A tag may contain {_WANTED}: '{text}'")
    return {tag["key"]: tag.get("value", "") for tag in given}


def tags_document(arn: str, tags: Mapping[str, str], limit: int | None = None) -> Document:
    """Return what is stored for a resource with these tags. Raises `TooManyTagsError` and `RefusedError`."""
    reserved = [name for name in tags if name.lower().startswith(_RESERVED)]
    if reserved:
        raise RefusedError(f"Tag keys may not begin with '{_RESERVED}': '{reserved[0]}'")
    if limit is not None and len(tags) > limit:
        raise TooManyTagsError(f"A resource may have at most {limit} tags: '{arn}'", arn)
    return Document(_TAGS, arn, jsontext.encode_text(tags))


def tags_key(arn: str) -> tuple[str, str]:
    """Return the key of a resource's tags, to be deleted with it."""
    return (_TAGS, arn)
