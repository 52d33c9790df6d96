"""Integrations that answer from a script."""

import asyncio
from typing import TYPE_CHECKING, Any

from tobiishi.asl.model import Resource
from tobiishi.tasks.contract import AfterCrash, TaskError, TaskRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Script:
    """Answers each attempt of a state from its list; a request that is sent again gets the same answer."""

    def __init__(
        self,
        outcomes: dict[str, list[dict[str, Any]]],
        after_crash: AfterCrash = AfterCrash.RESEND,
        default: dict[str, Any] | None = None,
    ) -> None:
        """`default` is the outcome of every state that `outcomes` does not name: a null output if not given."""
        self._outcomes = outcomes
        self._default = default or {"output": None}
        self._given: dict[str, int] = {}
        self._answers: dict[tuple[str, int], dict[str, Any]] = {}
        self._after_crash = after_crash
        self.answer: Callable[[str, dict[str, Any]], Awaitable[None]] | None = None
        """Takes a token and what whoever holds it says."""
        self.sent: list[tuple[str, int]] = []
        """Every request: execution ARN and scheduling event."""
        self.stopped: list[tuple[int, Any]] = []
        """Every job that was to be stopped: scheduling event, and what was answered to its submission."""

    def plan(self, outcomes: dict[str, list[dict[str, Any]]]) -> None:
        """Answer otherwise from now on."""
        self._outcomes = outcomes

    def find(self, resource: Resource) -> "Script":
        assert resource.arn
        return self

    def prepare(self, resource: Resource) -> None: ...

    def outcome(self, state: str, arn: str, event: int) -> dict[str, Any]:
        """Return what an attempt comes to."""
        key = (arn, event)
        if key not in self._answers:
            outcomes = self._outcomes.get(state, [self._default])
            given = self._given.get(state, 0)
            self._given[state] = given + 1
            self._answers[key] = outcomes[min(given, len(outcomes) - 1)]
        return self._answers[key]

    def refusal(self, resource: Resource, arguments: Any) -> str | None:
        """Refuse arguments that say so themselves: `refused` is the reason."""
        assert resource.arn
        return arguments.get("refused") if isinstance(arguments, dict) else None

    async def call(self, request: TaskRequest) -> Any:
        self.sent.append((request.execution_arn, request.event))
        outcome = self.outcome(request.state, request.execution_arn, request.event)
        if outcome.get("early"):
            assert self.answer is not None
            assert request.token is not None
            await self.answer(request.token, outcome["answer"])
        return outcome["submitted"] if "submitted" in outcome else await _result(outcome)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:
        outcome = self.outcome(request.state, request.execution_arn, request.event)
        assert outcome["submitted"] == submitted
        return await _result(outcome)

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        self.stopped.append((request.event, submitted))

    def after_crash(self, request: TaskRequest) -> AfterCrash:
        return self._after_crash

    def lost_error(self, request: TaskRequest) -> TaskError:
        return TaskError("Lost.SdkClientException", "the engine was gone")


async def _result(outcome: dict[str, Any]) -> Any:
    if outcome.get("silent"):
        await asyncio.Event().wait()
    if "error" in outcome:
        raise TaskError(outcome["error"], outcome.get("cause"))
    return outcome["output"]
