"""The service models that come with botocore: one copy of each, shared by all clients."""

from functools import lru_cache
from typing import Final

from botocore.loaders import Loader, create_loader
from botocore.model import OperationModel, ServiceModel

from tobiishi.asl import sdk
from tobiishi.asl.model import Resource
from tobiishi.tasks.contract import TaskError

LOADER: Final[Loader] = create_loader()


@lru_cache(maxsize=256)
def service_model(folder: str) -> ServiceModel:
    """Return a model by botocore's own name of the service. The first time it is read from disk, up to a second."""
    return ServiceModel(LOADER.load_service_model(folder, "service-2"), folder)


def operation(resource: Resource) -> OperationModel:
    """Return the model of an `aws-sdk` resource's action. Raises `TaskError` if there is none."""
    folder = sdk.folder(resource.service)
    name = sdk.operations(resource.service).get(resource.action)
    if folder is None or name is None:
        raise TaskError("States.Runtime", f"The resource '{resource.arn}' names no action of an AWS service.")
    return service_model(folder).operation_model(name)
