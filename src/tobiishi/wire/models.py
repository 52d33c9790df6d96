"""AWS's service models as botocore ships them: which operations there are, and the shapes of what goes in and out."""

from functools import lru_cache
from typing import Final

from botocore.loaders import Loader
from botocore.model import ServiceModel

_LOADER: Final = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
"""Botocore's own files only: models that a user keeps under ~/.aws are for clients, not for what is served."""


@lru_cache(maxsize=8)
def service_model(service: str) -> ServiceModel:
    """Return a service's model by botocore's name: `stepfunctions`, `lambda`. Blocks for some 40 ms the first time."""
    return ServiceModel(_LOADER.load_service_model(service, "service-2"), service)
