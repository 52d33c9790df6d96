"""CloudFormation's requests on their way to another endpoint: state machines belong here and must not be made there.

A machine that some other endpoint made would look deployed, and run nowhere that its user looks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from tobiishi import jsontext
from tobiishi.server.objects import MAX_BYTES
from tobiishi.server.refusals import RefusedError
from tobiishi.server.templates import Seen, look_into
from tobiishi.wire.contract import Request

Fetch = Callable[[str, str], Awaitable[str | None]]
"""Returns the text of an object, by bucket and key; None if it cannot be had."""

MAX_TEMPLATES: Final = 100
"""Templates within templates that are looked into."""
_MAX_FIELDS: Final = 10_000
_ADVICE: Final = "Create it with CreateStateMachine or CreateActivity, and leave it out of the template."


class Deployments:
    """Looks into templates."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    @staticmethod
    def are_meant(request: Request, scope: str) -> bool:
        """Whether a request, whose signature is for the service `scope`, may make resources of other services."""
        return _is_cloud_control(request) or scope == "cloudformation" or (not scope and _is_form(request))

    async def check(self, request: Request) -> None:
        """Raise `RefusedError` for a request that would make resources of Step Functions."""
        if _is_cloud_control(request):
            types = _type_named(request.body)
        else:
            fields = _fields(request)
            types = await self._types(fields.get("TemplateBody"), fields.get("TemplateURL"))
        if types:
            message = f"{', '.join(sorted(types))} cannot be deployed here yet. {_ADVICE}"
            raise RefusedError(400, "ValidationError", message)

    async def _types(self, template: str | None, url: str | None) -> frozenset[str]:
        types: frozenset[str] = frozenset()
        urls = [] if url is None else [url]
        if template is not None:
            seen = await _seen(template)
            types, urls = seen.types, [*urls, *seen.urls]
        known: set[str] = set()
        while urls and not types and len(known) < MAX_TEMPLATES:
            where = urls.pop()
            if where in known:
                continue
            known.add(where)
            text = await self._template(where)
            if text is None and where == url:
                raise RefusedError(400, "ValidationError", "The template of TemplateURL cannot be read.")
            if text is not None:
                seen = await _seen(text)
                types, urls = seen.types, [*urls, *seen.urls]
        return types

    async def _template(self, url: str) -> str | None:
        place = _place(url)
        return None if place is None else await self._fetch(*place)


async def _seen(template: str) -> Seen:
    if len(template) > MAX_BYTES:
        raise RefusedError(400, "ValidationError", f"A template may have {MAX_BYTES} bytes at most.")
    return await asyncio.to_thread(look_into, template)


def _is_cloud_control(request: Request) -> bool:
    return request.headers.get("x-amz-target", "").startswith("CloudApiService.")


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _fields(request: Request) -> Mapping[str, str]:
    """Return the members of a request in the query protocol."""
    try:
        form = request.body.decode("utf-8", "replace") + "&" + request.query
        pairs = parse_qs(form, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise RefusedError(400, "ValidationError", "The request has too many fields.") from None
    return {name: values[-1] for name, values in pairs.items()}


def _type_named(body: bytes) -> frozenset[str]:
    try:
        given = jsontext.decode(body)
    except jsontext.JsonError:
        return frozenset()
    name = given.get("TypeName") if isinstance(given, dict) else None
    return frozenset({name} if isinstance(name, str) and name.startswith("AWS::StepFunctions::") else ())


def _place(url: str) -> tuple[str, str] | None:
    """Return bucket and key of a template's URL, whichever way S3 is addressed in it; None if it is no such URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = unquote(parts.path).lstrip("/")
    bucket, is_virtual, _ = (parts.hostname or "").partition(".s3")
    if parts.scheme == "s3":
        bucket, key = parts.netloc, path
    elif is_virtual and bucket:
        key = path
    else:
        bucket, _, key = path.partition("/")
    return (bucket, key) if bucket and key else None
