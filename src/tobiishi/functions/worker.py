"""The process that runs one function: `python -P -m tobiishi.functions.worker HANDLER PARENT_PID`.

AWS's own runtime client does the work, in this process: handlers, contexts, errors and log lines are Lambda's. Nothing
of the engine is imported here, so that a worker starts fast and user code meets nothing it did not bring.
"""

import ctypes
import os
import signal
import sys
from typing import Any, Final

from awslambdaric import bootstrap
from awslambdaric.lambda_config import LambdaConfigProvider
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient
from awslambdaric.lambda_runtime_marshaller import to_json

_PR_SET_PDEATHSIG: Final = 1


class RuntimeClient(LambdaRuntimeClient):  # type: ignore[misc]  # awslambdaric has no types
    """AWS's client, for a Runtime API whose address is `HOST:PORT/KEY`, with Lambda's paths in its stack traces."""

    def __init__(self, address: str, task_root: str, *, use_thread: bool) -> None:
        host, _, key = address.partition("/")
        super().__init__(host, use_thread)
        self._key = key
        self._task_root = task_root

    def call_rapid(self, http_method: str, endpoint: str, *args: Any, **kwargs: Any) -> None:
        super().call_rapid(http_method, f"/{self._key}{endpoint}", *args, **kwargs)

    def post_init_error(self, error_response_data: dict[str, Any], error_type_override: str | None = None) -> None:
        super().post_init_error(self._as_deployed(error_response_data), error_type_override)

    def post_invocation_error(self, invoke_id: str, error_response_data: str, xray_fault: str, *rest: Any) -> None:
        error = to_json(self._as_deployed(self.marshaller.unmarshal_request(error_response_data)))
        xray_fault = ""  # nobody reads it here, and it would travel as one long header
        super().post_invocation_error(invoke_id, error, xray_fault, *rest)

    def _as_deployed(self, error: dict[str, Any]) -> dict[str, Any]:
        """Show the function's files where Lambda has them: the caller of a function sees no path of this machine."""
        here, there = f'File "{self._task_root}/', 'File "/var/task/'
        return {**error, "stackTrace": [line.replace(here, there) for line in error["stackTrace"]]}


def die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends; end now if it has ended already."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main() -> None:
    handler, parent = sys.argv[1:]
    die_with(int(parent))
    sys.argv[1:] = []
    sys.dont_write_bytecode = True  # the user's folder stays clean, and an edit within the same second is seen
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path.insert(0, task_root)
    config = LambdaConfigProvider(["", handler])
    bootstrap.run(handler, RuntimeClient(config.api_address, task_root, use_thread=config.use_thread_polling))


if __name__ == "__main__":
    main()
