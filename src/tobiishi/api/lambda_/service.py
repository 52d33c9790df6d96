"""The operations of Lambda that are served here: functions of Python code, made, looked at, changed, run, deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tobiishi.api.lambda_ import functions, invoke
from tobiishi.api.lambda_.backend import Backend
from tobiishi.wire.contract import Handler


@dataclass(frozen=True, slots=True)
class LambdaApi:
    """Lambda over the function pool. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html"""

    backend: Backend
    service: str = "lambda"

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {name: handler for module in _MODULES for name, handler in module.handlers(self.backend).items()}


_MODULES: Final = (functions, invoke)
