"""One operation of a served API: its handler with the compiled shapes around it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from botocore.model import OperationModel

from tobiishi import jsontext
from tobiishi.quotas import Quotas
from tobiishi.wire.answers import answer_writer
from tobiishi.wire.contract import ApiError, Handler
from tobiishi.wire.scalars import malformed
from tobiishi.wire.validate import RequestReader, request_reader

_LARGE: Final = 262_144
"""Bytes of a body from which it is read in a thread: the loop has others to serve meanwhile."""


class Operation:
    """Knows how to read and write one operation. Its shapes are compiled when it is first called for."""

    def __init__(self, model: OperationModel, handler: Handler | None, limits: Mapping[str, int]) -> None:
        self.model = model
        self.name: str = model.name
        self._handler = handler
        self._limits = limits

    @property
    def handler(self) -> Handler:
        """Raises `ApiError` if the API does not serve this operation."""
        if self._handler is None:
            raise ApiError("UnsupportedOperation", f"The operation {self.name} is not available on this server.")
        return self._handler

    @cached_property
    def read(self) -> RequestReader:
        return request_reader(self.model.input_shape, self._limits)

    async def params(self, body: bytes, members: Callable[[], Any]) -> dict[str, Any]:
        """Return the members that a request gives; `members` makes one object of them, out of `body` among others.

        Raises `ApiError`.
        """
        if len(body) < _LARGE:
            return self.read(members())
        return await asyncio.to_thread(lambda: self.read(members()))

    @cached_property
    def write(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        return answer_writer(self.model.output_shape)


_LAMBDA: Final = {"Timeout": 900, "MemorySize": 10_240, "EphemeralStorageSize": 10_240}
"""The model's maxima are those of machines that an account manages itself; all other functions have these:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""


def limits_of(service: str, quotas: Quotas) -> Mapping[str, int]:
    """Return the maxima that are others than the model's, by shape name: those that are quotas here, and Lambda's.

    Lengths count characters; that the bytes of UTF-8 are no more either is for the handlers to see.
    """
    if service == "stepfunctions":
        return {"SensitiveData": quotas.payload_bytes, "Definition": quotas.definition_bytes}
    return _LAMBDA if service == "lambda" else {}


def decode_body(body: bytes) -> Any:
    """Return a request's JSON; an empty body stands for no members. Raises `ApiError` SerializationException."""
    if not body:
        return {}
    try:
        value = jsontext.decode(body)
        if b"\\u" in body:
            # Half of an escaped pair is no character: it could neither be stored nor answered.
            jsontext.encode(value)
    except jsontext.JsonError as error:
        raise malformed(f"Could not parse request body into json: {error}") from None
    return value
