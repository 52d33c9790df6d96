"""Expressions that cost too much for the loop: finished by a worker, and answered as a signal."""

import logging
import secrets
from typing import Final

from tobiishi.engine.clock import Clock
from tobiishi.expr.bindings import EvaluationError, Value
from tobiishi.expr.jsonata_worker import JsonataWorker
from tobiishi.interp.effects import Evaluate
from tobiishi.interp.signals import Evaluated

log = logging.getLogger("tobiishi.engine")

INTERNAL_ERROR: Final = "An internal error occurred; the engine's log has the details."


class Evaluations:
    """The expressions that a worker is at. Close it when the engine stops."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._worker = JsonataWorker()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    async def answer(self, question: Evaluate) -> Evaluated:
        """Return what the worker makes of an expression; whatever goes wrong is an answer too."""
        now = self._clock.now_ms() / 1000
        value: Value | EvaluationError
        self._count += 1
        try:
            seed = secrets.randbits(64)
            value = await self._worker.evaluate(question.text, question.environment, now, seed, question.location)
        except Exception:
            log.exception("an expression in %s could not be evaluated", question.location)
            value = EvaluationError("States.Runtime", INTERNAL_ERROR)
        finally:
            self._count -= 1
        return Evaluated(question, value)

    async def close(self) -> None:
        await self._worker.close()
