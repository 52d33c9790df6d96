"""Answers to tasks by whoever holds their tokens: activity workers, and what a callback's request has reached.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

from tobiishi import jsontext
from tobiishi.engine.dispatch import unicode_text
from tobiishi.engine.errors import InvalidOutputError, InvalidTokenError, TaskNotFoundError, TaskTimedOutError
from tobiishi.engine.shard import Shard
from tobiishi.engine.tokens import TaskToken
from tobiishi.interp import signals as sig
from tobiishi.store.contract import Store


class Callbacks:
    """Each operation is answered once it is durable.

    All raise `InvalidTokenError` for what is no token of this store, `TaskTimedOutError` for one that was used before
    or came too late, `TaskNotFoundError` when the execution is gone, and `StoppedError`.
    """

    def __init__(self, shard: Shard, store: Store, payload_bytes: int) -> None:
        self._shard = shard
        self._store = store
        self._payload_bytes = payload_bytes

    async def succeed(self, token: str, output: str) -> None:
        """End a task well. `output` is JSON text. Raises `InvalidOutputError` too."""
        named = self._read(token)
        check_output(output, self._payload_bytes)
        await self._answer(named, sig.TokenSucceeded(named.entered, named.attempt, output))

    async def fail(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Let a task fail."""
        named = self._read(token)
        texts = (None if text is None else unicode_text(text) for text in (error, cause))
        await self._answer(named, sig.TokenFailed(named.entered, named.attempt, *texts))

    async def heartbeat(self, token: str) -> None:
        """Say that a task is still at work: its HeartbeatSeconds count anew."""
        named = self._read(token)
        await self._answer(named, sig.Heartbeat(named.entered, named.attempt))

    def _read(self, token: str) -> TaskToken:
        named = self._shard.read_token(token)
        if named is None:
            raise InvalidTokenError("Invalid Token: 'Invalid token'")
        return named

    async def _answer(self, named: TaskToken, signal: sig.TokenAnswer) -> None:
        if await self._shard.ask(named.execution, signal) is not None:
            return
        if await self._store.execution_by_id(named.execution) is None:
            raise TaskNotFoundError("Task Does Not Exist: 'Provided task does not exist'")
        raise TaskTimedOutError("Task Timed Out: 'Provided task does not exist anymore'")


def check_output(text: str, limit: int) -> None:
    """Raise `InvalidOutputError` for a task's output that is not JSON, too deep, or over `limit` bytes of UTF-8."""
    if len(text.encode("utf-8", "surrogatepass")) > limit:
        raise InvalidOutputError(f"Invalid Output: 'more than {limit} bytes'")
    try:
        jsontext.encode(jsontext.decode(text))
    except jsontext.JsonError as error:
        raise InvalidOutputError(f"Invalid Output: '{error}'") from None
