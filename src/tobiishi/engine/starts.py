"""Which Standard executions may start, and what a start gets whose ARN is taken.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (open executions, in an account and region),
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html (idempotency).
"""

from collections import Counter
from typing import Final

from tobiishi.engine.callers import Birth
from tobiishi.engine.errors import ExecutionExistsError, ExecutionLimitError, StoppedError
from tobiishi.engine.queries import execution_input, execution_parent
from tobiishi.store.contract import Commit, Store, StoreError

_FULL: Final = (
    "The maximum number of running executions has been reached. "
    "Running executions must end or be stopped before a new execution can be started."
)


class Starts:
    """Counts open executions by where they live: those in the store, and those on their way there."""

    def __init__(self, store: Store, limit: int | None) -> None:
        self._store = store
        self._limit = limit
        self._open: Counter[tuple[str, ...]] = Counter()

    async def load(self) -> None:
        """Count what the store has."""
        self._open.clear()
        for machine_arn, count in (await self._store.open_executions()).items():
            self._open[_place(machine_arn)] += count

    def check(self, machine_arn: str) -> None:
        """Raise `ExecutionLimitError` if no execution more may be open there."""
        if self._limit is not None and self._open[_place(machine_arn)] >= self._limit:
            raise ExecutionLimitError(_FULL)

    def begun(self, birth: Birth) -> None:
        self._open[_place(birth.row.machine_arn)] += 1

    def gone(self, birth: Birth) -> None:
        """It has come to nothing."""
        self._open[_place(birth.row.machine_arn)] -= 1

    def committed(self, commit: Commit, machine_arn: str) -> None:
        """Count an execution that has ended, or goes on."""
        if commit.stop is not None or commit.redrive is not None:
            self._open[_place(machine_arn)] += (commit.redrive is not None) - (commit.stop is not None)

    async def answer_repeated(self, birth: Birth) -> None:
        """Answer a start whose ARN is taken: with the execution that has it, if it is the same one."""
        try:
            row = await self._store.execution(birth.row.arn)
            assert row is not None, "the ARN is taken"
            same = row.status == "RUNNING" and await execution_input(self._store, row.id) == birth.input
            ours = birth.parent is not None and await execution_parent(self._store, row.id) == birth.parent
        except StoreError as error:
            birth.reject(StoppedError(str(error)))
            return
        if same or ours:
            birth.row = row
            birth.accept()
        else:
            birth.reject(ExecutionExistsError(f"Execution Already Exists: '{row.arn}'"))


def _place(machine_arn: str) -> tuple[str, ...]:
    """Return region and account of an ARN."""
    return tuple(machine_arn.split(":", 5)[3:5])
