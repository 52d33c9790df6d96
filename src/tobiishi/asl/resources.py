"""Resource ARNs: what a Task calls.

Optimized integrations are a table (AWS's "Integrating services with Step Functions" pages, one per service). SDK
calls are whatever botocore's models know: `aws-sdk:SERVICE:ACTION`, with the service's name in lower case without
spaces and the operation in camelCase. See `asl.sdk` for the look-up.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from tobiishi.asl import sdk
from tobiishi.asl.errors import INVALID_RESOURCE
from tobiishi.asl.model import Resource
from tobiishi.asl.place import MachineType, Place
from tobiishi.expr.bindings import Value

_PARTITION: Final = r"arn:aws(?:-[a-z]+)*"
_LAMBDA: Final = re.compile(rf"{_PARTITION}:lambda:[^\s:]+:[^\s:]+:function:[\w-]+(?::[\w$-]+)?")
_ACTIVITY: Final = re.compile(rf"{_PARTITION}:states:[^\s:]+:[^\s:]+:activity:[^\s:]{{1,80}}")
_SERVICE: Final = re.compile(
    rf"{_PARTITION}:states:::(?P<type>(?:aws-sdk:)?[a-z0-9-]+)"
    r":(?P<action>[a-zA-Z0-9]+)(?:\.(?P<pattern>sync:2|sync|waitForTaskToken))?",
)

_SUGGESTIONS_MAX: Final = 100
_SUGGESTED_MAX: Final = 200

_RR: Final = frozenset({""})
_SYNC: Final = frozenset({"", "sync"})
_TOKEN: Final = frozenset({"", "waitForTaskToken"})
_BOTH: Final = _SYNC | _TOKEN


def _actions(patterns: frozenset[str], names: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(names.split(), patterns)


INTEGRATIONS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "apigateway": _actions(_TOKEN, "invoke"),
    "athena": _actions(_SYNC, "startQueryExecution")
    | _actions(_RR, "getQueryExecution getQueryResults stopQueryExecution"),
    "batch": _actions(_SYNC, "submitJob"),
    "bedrock": _actions(_TOKEN, "invokeModel") | _actions(_BOTH, "createModelCustomizationJob"),
    "bedrockagentcore": _actions(_RR, "invokeHarness"),
    "codebuild": _actions(_SYNC, "retryBuild retryBuildBatch startBuild startBuildBatch")
    | _actions(_RR, "batchDeleteBuilds batchGetReports deleteBuildBatch stopBuild stopBuildBatch"),
    "databrew": _actions(_SYNC, "startJobRun"),
    "dynamodb": _actions(_RR, "deleteItem getItem putItem updateItem"),
    "ecs": _actions(_BOTH, "runTask"),
    "eks": _actions(_BOTH, "call createCluster createNodegroup deleteCluster deleteNodegroup runJob"),
    "elasticmapreduce": _actions(_SYNC, "addStep createCluster terminateCluster")
    | _actions(_RR, "cancelStep modifyInstanceFleetByName modifyInstanceGroupByName setClusterTerminationProtection"),
    "emr-containers": _actions(_SYNC, "deleteVirtualCluster startJobRun") | _actions(_RR, "createVirtualCluster"),
    "emr-serverless": _actions(
        _SYNC, "cancelJobRun createApplication deleteApplication startApplication startJobRun stopApplication"
    ),
    "events": _actions(_TOKEN, "putEvents"),
    "glue": _actions(_SYNC, "startJobRun"),
    "http": _actions(_RR, "invoke"),
    "lambda": _actions(_TOKEN, "invoke"),
    "mediaconvert": _actions(_SYNC, "createJob"),
    "sagemaker": _actions(
        _SYNC,
        "createHyperParameterTuningJob createLabelingJob createProcessingJob createTrainingJob createTransformJob",
    )
    | _actions(_RR, "createEndpoint createEndpointConfig createModel updateEndpoint"),
    "sns": _actions(_TOKEN, "publish"),
    "sqs": _actions(_TOKEN, "sendMessage"),
    "states": _actions(_BOTH | {"sync:2"}, "startExecution"),
}
"""Optimized integrations: service to action to the patterns that it allows."""


class ResourceError(ValueError):
    """The ARN names nothing that Step Functions can call."""

    def __init__(self, arn: str) -> None:
        super().__init__(
            f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, "
            "or the resource is not available in this region."
        )


def parse_resource(arn: str) -> Resource:
    """Return the parts of a Task's Resource. Raises `ResourceError` for what AWS would not recognize."""
    if _LAMBDA.fullmatch(arn):
        return Resource(arn, "lambda")
    if _ACTIVITY.fullmatch(arn):
        return Resource(arn, "activity")
    match = _SERVICE.fullmatch(arn)
    if match is None:
        raise ResourceError(arn)
    parsed = _service_resource(arn, match)
    if not (_is_sdk_call if parsed.is_sdk else _is_integration)(parsed):
        raise ResourceError(arn)
    return parsed


def _service_resource(arn: str, match: re.Match[str]) -> Resource:
    resource_type, action, pattern = match["type"], match["action"], match["pattern"] or ""
    is_sdk = resource_type.startswith("aws-sdk:")
    return Resource(
        arn=arn,
        kind="service",
        service=resource_type.removeprefix("aws-sdk:"),
        action=action,
        pattern=pattern,  # type: ignore[arg-type] # the regular expression names the literals
        is_sdk=is_sdk,
        resource_type=resource_type,
        resource=f"{action}.{pattern}" if pattern else action,
    )


def _is_integration(parsed: Resource) -> bool:
    return parsed.pattern in INTEGRATIONS.get(parsed.service, {}).get(parsed.action, ())


def _is_sdk_call(parsed: Resource) -> bool:
    return parsed.pattern in _TOKEN and parsed.action in sdk.actions(parsed.service)


# -- suggestions -------------------------------------------------------------------------------------------------------
def similar_resource(arn: str) -> str | None:
    """Return the ARN that exists and is nearest to one that does not: an integration, else an SDK call."""
    tidied = re.sub(r"(:states):[^:]*:[^:]*:", r"\1:::", arn[:_SUGGESTED_MAX])
    match = _SERVICE.fullmatch(tidied) or _SERVICE.fullmatch(tidied.partition(".")[0])
    if match is None:
        return None
    parsed = _service_resource(tidied, match)
    nearest = None if parsed.is_sdk else _nearest_integration(parsed)
    nearest = nearest or _nearest_sdk_call(parsed)
    return f"{tidied.partition(':::')[0]}:::{nearest}" if nearest else None


def _nearest_integration(resource: Resource) -> str | None:
    service = _nearest(resource.service, INTEGRATIONS)
    action = _nearest(resource.action, INTEGRATIONS[service]) if service else None
    if service is None or action is None:
        return None
    patterns = INTEGRATIONS[service][action]
    pattern = resource.pattern if resource.pattern in patterns else ""
    return f"{service}:{action}.{pattern}" if pattern else f"{service}:{action}"


def _nearest_sdk_call(resource: Resource) -> str | None:
    service = _nearest(resource.service, sdk.services())
    action = _nearest(resource.action, sdk.actions(service)) if service else None
    if action is None:
        return None
    return f"aws-sdk:{service}:{action}{'.waitForTaskToken' if resource.pattern == 'waitForTaskToken' else ''}"


def _nearest(name: str, known: Mapping[str, object] | frozenset[str]) -> str | None:
    if name in known:
        return name
    by_case = next((other for other in known if other.lower() == name.lower()), None)
    return by_case or next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), None)


# -- the field's reader ------------------------------------------------------------------------------------------------
def resource(value: Value, place: Place) -> Resource | None:
    """Read a Task's Resource: a literal ARN, and a pattern that the machine's type allows."""
    if not isinstance(value, str):
        place.report("Expected value of type [STRING]")
        return None
    try:
        parsed = parse_resource(value)
    except ResourceError as error:
        unknown = _SERVICE.fullmatch(value)
        if unknown is not None and place.findings.accepted:
            return _service_resource(value, unknown)
        place.report(str(error))
        _suggest(value, place)
        return None
    _check_machine_type(parsed, place.machine_type, place)
    return parsed


def _suggest(arn: str, place: Place) -> None:
    """Add a warning beside AWS's sentence, which stays as it is. Each costs milliseconds: not for thousands."""
    suggestion = similar_resource(arn) if place.findings.errors <= _SUGGESTIONS_MAX else None
    if suggestion:
        place.report(f"Did you mean {suggestion}?", INVALID_RESOURCE, "WARNING")


def _check_machine_type(parsed: Resource, machine_type: MachineType, place: Place) -> None:
    if machine_type != "EXPRESS":
        return
    if parsed.kind == "activity":
        place.refuse("Express state machine does not support Activity ARN")
    elif parsed.pattern:
        place.refuse(f"Express state machine does not support '.{parsed.pattern}' service integration ")
