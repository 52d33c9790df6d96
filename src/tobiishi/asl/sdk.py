"""Which AWS services and actions exist, by the names that `aws-sdk` resources use.

Step Functions names a service by its service id in lower case without spaces (`Elastic Load Balancing v2` is
`elasticloadbalancingv2`, `SFN` is `sfn`), without a trailing "Service". botocore names its folders otherwise, and a
whole model takes milliseconds to seconds and megabytes to load; so the first lines of every model give the names,
and only the operation names of a model that is used are kept.
"""

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Final

import orjson

_SERVICE_ID: Final = re.compile(rb'"serviceId"\s*:\s*"([^"]+)"')
_HEAD_BYTES: Final = 4096


@cache
def services() -> frozenset[str]:
    """Return the names of all services. The first call reads the head of some 400 files: 0.1 s."""
    return frozenset(_models())


@cache
def actions(service: str) -> frozenset[str]:
    """Return a service's actions in camelCase; none for an unknown service."""
    return frozenset(operations(service))


@cache
def operations(service: str) -> dict[str, str]:
    """Return a service's actions: the camelCase name to the operation's own name."""
    model = _models().get(service)
    if model is None:
        return {}
    names = orjson.loads(_read(model, None))["operations"]
    # AWS's Java SDK, whose names Step Functions takes, writes some acronyms as words: getSSHPublicKey, getSshPublicKey.
    return {_as_words(name): name for name in names} | {name[0].lower() + name[1:]: name for name in names}


def folder(service: str) -> str | None:
    """Return botocore's own name of a service, as `create_client` takes it."""
    model = _models().get(service)
    return None if model is None else model.parent.parent.name


@cache
def _models() -> dict[str, Path]:
    """Return each service's newest model by the service's name."""
    from botocore.loaders import Loader  # noqa: PLC0415 - 60 ms, and most definitions name no aws-sdk resource

    found: dict[str, Path] = {}
    for search_path in Loader().search_paths:
        for model in sorted(Path(search_path).glob("*/*/service-2.json*")):
            if model.name not in {"service-2.json", "service-2.json.gz"}:
                continue
            match = _SERVICE_ID.search(_read(model, _HEAD_BYTES))
            if match:
                found[service_name(match[1].decode())] = model
    return found


def service_name(service_id: str) -> str:
    """Return the `aws-sdk` name for a botocore service id."""
    name = re.sub(r"[\s-]", "", service_id).lower()
    return name.removesuffix("service") or name


def _read(model: Path, size: int | None) -> bytes:
    if model.suffix == ".gz":
        with gzip.open(model) as packed:
            return packed.read(-1 if size is None else size)
    with model.open("rb") as plain:
        return plain.read(-1 if size is None else size)


def _as_words(operation: str) -> str:
    from botocore import xform_name  # noqa: PLC0415 - as above

    snake_case: str = xform_name(operation)
    first, *rest = snake_case.split("_")
    return first + "".join(word.capitalize() for word in rest)
