"""Which integration does the work of a Task's Resource."""

from collections.abc import Mapping
from typing import Any

from tobiishi.asl.model import Resource
from tobiishi.tasks import aws_models, optimized
from tobiishi.tasks.contract import AfterCrash, Integration, TaskError, TaskRequest


class Integrations:
    """Finds integrations.

    `function` runs plain function ARNs, `sdk` every `aws-sdk` call; `services` maps an optimized integration, such as
    `http:invoke`, to what does its work in each of its patterns; those of `optimized.ROWS` wait for no job (`.sync`).
    `callbacks` says that something takes the answer that goes with a task token: without it a `.waitForTaskToken` task
    would wait for nobody. What is left out fails its tasks by name.
    """

    def __init__(
        self,
        *,
        function: Integration | None = None,
        sdk: Integration | None = None,
        services: Mapping[str, Integration] | None = None,
        callbacks: bool = False,
    ) -> None:
        self._function = function or _UNAVAILABLE
        self._sdk = sdk or _UNAVAILABLE
        self._services = dict(services or {})
        self._callbacks = callbacks

    def find(self, resource: Resource) -> Integration:
        if resource.pattern == "waitForTaskToken" and not self._callbacks:
            return _UNAVAILABLE
        if resource.kind == "lambda":
            return self._function
        if resource.is_sdk:
            return self._sdk
        name = _name(resource)
        if name in optimized.ROWS and resource.pattern.startswith("sync"):
            return _UNAVAILABLE
        return self._services.get(name, _UNAVAILABLE)

    def prepare(self, resource: Resource) -> None:
        """Load what the resource's tasks will need: the model of a service that is called is read from disk."""
        if resource.is_sdk:
            aws_models.operation(resource)
        elif (row := optimized.ROWS.get(_name(resource))) is not None:
            row.model()


def _name(resource: Resource) -> str:
    return f"{resource.service}:{resource.action}"


class Unavailable:
    """An integration that AWS has and this release has not. Its tasks fail, and no Catch takes that for success."""

    def refusal(self, resource: Resource, arguments: Any) -> str | None:  # noqa: ARG002 - the protocol's shape
        return None

    async def call(self, request: TaskRequest) -> Any:
        raise self.lost_error(request)

    async def attend(self, request: TaskRequest, submitted: Any) -> Any:  # noqa: ARG002 - the protocol's shape
        raise self.lost_error(request)

    async def stop(self, request: TaskRequest, submitted: Any) -> None:
        """Do nothing: nothing was started."""

    def after_crash(self, request: TaskRequest) -> AfterCrash:  # noqa: ARG002 - it fails again
        return AfterCrash.RESEND

    def lost_error(self, request: TaskRequest) -> TaskError:
        resource = request.resource
        what = f"{resource.resource_type}:{resource.resource}" if resource.kind == "service" else resource.arn
        return TaskError("States.Runtime", f"{what} is valid on AWS but not available in this release of tobiishi.")


_UNAVAILABLE = Unavailable()
