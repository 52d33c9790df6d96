"""The names that the AWS SDK for Java v2 makes out of a service model, which are the names in Step Functions' errors.

A client class is named after the service's id (`Elastic Load Balancing v2` becomes `ElasticLoadBalancingV2`), an
exception after its shape (`NoSuchBucket` becomes `NoSuchBucketException`, `DBClusterNotFoundFault` becomes
`DbClusterNotFoundException`). Both go through the same split into words, each of which keeps one capital.
"""

import re
from functools import lru_cache
from typing import Final

_BREAKS: Final = (
    (re.compile(r"[^A-Za-z0-9]+"), " "),
    (re.compile(r"([^a-z]{2,})v([0-9]+)"), r"\1 v\2 "),  # ACMv2: the v belongs to the number
    (re.compile(r"([^A-Z]{2,})V([0-9]+)"), r"\1 V\2 "),  # ApiGatewayV2
    (re.compile(r"(?<=[a-z])(?=[A-Z][A-Za-z0-9])"), " "),  # AutoScaling
    (re.compile(r"([A-Z]+)([A-Z][a-z])"), r"\1 \2"),  # DBInstance: the acronym ends before the next word
    (re.compile(r"([0-9])([A-Za-z])"), r"\1 \2"),  # b2bi: a word starts after a number
)


def words(name: str) -> list[str]:
    """Split a name where the Java SDK does."""
    for pattern, replacement in _BREAKS:
        name = pattern.sub(replacement, name)
    return name.split()


def pascal_case(name: str) -> str:
    return "".join(word[:1].upper() + word[1:].lower() for word in words(name))


@lru_cache(maxsize=1024)
def client_name(service_id: str) -> str:
    """Return the client class's name without `Client`: the prefix of an error name and the Service in its cause."""
    name = pascal_case(service_id).removeprefix("Amazon").removeprefix("Aws")
    return name.removesuffix("Service")


def base_exception_name(service_id: str) -> str:
    """Return what an error gets that the model does not know, such as `Ec2Exception`."""
    return client_name(service_id) + "Exception"


@lru_cache(maxsize=4096)
def exception_name(shape_name: str) -> str:
    """Return the exception class of a modelled error."""
    if shape_name.endswith("Exception"):
        return pascal_case(shape_name)
    return pascal_case(shape_name.removesuffix("Fault")) + "Exception"
