"""Functions as Lambda's API makes, shows and changes them.

Functions of the server's own folder are shown and run too, but they are changed in the folder.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any, Final

from tobiishi.api.lambda_.backend import Backend, function_named, refused, unqualified
from tobiishi.functions.catalogue import Function
from tobiishi.functions.deployed import (
    Deployed,
    FunctionExistsError,
    FunctionMissingError,
    RevisionError,
    UnusableError,
)
from tobiishi.functions.packages import PackageError
from tobiishi.tasks.function_name import LATEST
from tobiishi.wire.contract import ApiError, Call, Handler

_STORED: Final = (
    *("FunctionName", "Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "Environment"),
    *("VpcConfig", "DeadLetterConfig", "KMSKeyArn", "TracingConfig", "Architectures", "EphemeralStorage"),
    "LoggingConfig",
)
"""What a function keeps of its caller's request. The second line is kept and shown, and changes nothing here."""

_UNAVAILABLE: Final = (
    *("Layers", "FileSystemConfigs", "ImageConfig", "CodeSigningConfigArn", "SnapStart", "PublishTo"),
    *("CapacityProviderConfig", "DurableConfig", "TenancyConfig", "RuntimeConfig", "AcceleratorConfig"),
)
"""What would change how the code runs, and is not built: refused rather than ignored."""

_MAX_ITEMS: Final = 50
_FOUND_NOTHING: Final = "ResourceNotFoundException"

_CODES: Final[dict[type[Exception], tuple[str, int]]] = {
    FunctionExistsError: ("ResourceConflictException", 409),
    FunctionMissingError: (_FOUND_NOTHING, 404),
    RevisionError: ("PreconditionFailedException", 412),
    UnusableError: ("InvalidParameterValueException", 400),
    PackageError: ("InvalidParameterValueException", 400),
}

Operation = Callable[[Backend, Call], Awaitable[Mapping[str, Any]]]


def handlers(backend: Backend) -> dict[str, Handler]:
    return {name: partial(operation, backend) for name, operation in _OPERATIONS.items()}


def _lambda_errors(operation: Operation) -> Operation:
    @wraps(operation)
    async def handle(backend: Backend, call: Call) -> Mapping[str, Any]:
        try:
            return await operation(backend, call)
        except tuple(_CODES) as error:
            code, status = _CODES[type(error)]
            raise refused(code, str(error), status) from None

    return handle


@_lambda_errors
async def _create(backend: Backend, call: Call) -> Mapping[str, Any]:
    params, name = call.params, function_named(call)
    if name.qualifier is not None:
        raise refused("InvalidParameterValueException", f"{params['FunctionName']} is not the name of a new function")
    _refuse_unavailable(params)
    if backend.folder is not None and backend.folder.find(name.name) is not None:
        raise FunctionExistsError(f"Function already exist: {name.name}")
    configuration = {key: params[key] for key in _STORED if key in params} | {"FunctionName": name.name}
    archive = _archive(params.get("Code", {}))
    return _described(await backend.deployed.create(name.arn, archive, configuration, params.get("Tags", {})))


@_lambda_errors
async def _get(backend: Backend, call: Call) -> Mapping[str, Any]:
    arn = unqualified(function_named(call))
    found = _in_folder(backend, call)
    if found is not None:
        return {"Configuration": _folder_configuration(arn, found), "Code": {"RepositoryType": "S3"}}
    deployed = backend.deployed.get(arn)
    tags = {"Tags": deployed.tags} if deployed.tags else {}
    return {"Configuration": _described(deployed), "Code": {"RepositoryType": "S3"}, **tags}


@_lambda_errors
async def _get_configuration(backend: Backend, call: Call) -> Mapping[str, Any]:
    arn = unqualified(function_named(call))
    found = _in_folder(backend, call)
    return _described(backend.deployed.get(arn)) if found is None else _folder_configuration(arn, found)


@_lambda_errors
async def _list(backend: Backend, call: Call) -> Mapping[str, Any]:
    scope = f"{call.region}.{call.account}"
    marker = call.params.get("Marker")
    after = "" if marker is None else _marked(backend, scope, marker)
    size = min(call.params.get("MaxItems", _MAX_ITEMS), _MAX_ITEMS)
    listed = sorted(_all(backend, call), key=lambda each: each["FunctionName"])
    left = [each for each in listed if each["FunctionName"] > after]
    answer: dict[str, Any] = {"Functions": left[:size]}
    if len(left) > size:
        answer["NextMarker"] = backend.pages.mint("ListFunctions", scope, left[size - 1]["FunctionName"])
    return answer


@_lambda_errors
async def _update_code(backend: Backend, call: Call) -> Mapping[str, Any]:
    arn = _changeable(backend, call)
    _refuse_unavailable(call.params)
    archive = _archive(call.params)
    if call.params.get("DryRun"):
        return _described(backend.deployed.get(arn))
    return _described(await backend.deployed.update_code(arn, archive, call.params.get("RevisionId")))


@_lambda_errors
async def _update_configuration(backend: Backend, call: Call) -> Mapping[str, Any]:
    arn = _changeable(backend, call)
    _refuse_unavailable(call.params)
    changes = {key: call.params[key] for key in _STORED if key in call.params and key != "FunctionName"}
    return _described(await backend.deployed.update_configuration(arn, changes, call.params.get("RevisionId")))


@_lambda_errors
async def _delete(backend: Backend, call: Call) -> Mapping[str, Any]:
    arn = _changeable(backend, call)
    if function_named(call).qualifier == LATEST:
        text = f"{LATEST} version cannot be deleted without deleting the function."
        raise refused("InvalidParameterValueException", text)
    await backend.deployed.delete(arn)
    return {"StatusCode": 204}


_OPERATIONS: Final[dict[str, Operation]] = {
    "CreateFunction": _create,
    "GetFunction": _get,
    "GetFunctionConfiguration": _get_configuration,
    "ListFunctions": _list,
    "UpdateFunctionCode": _update_code,
    "UpdateFunctionConfiguration": _update_configuration,
    "DeleteFunction": _delete,
}


# -- what a request says -----------------------------------------------------------------------------------------------
def _refuse_unavailable(params: Mapping[str, Any]) -> None:
    asked = [name for name in _UNAVAILABLE if params.get(name)]
    if params.get("Publish"):
        asked.append("Publish")
    if params.get("PackageType", "Zip") != "Zip":
        asked.append("PackageType=Image")
    if asked:
        text = f"{', '.join(asked)}: valid on AWS but not available in this release of tobiishi"
        raise refused("InvalidParameterValueException", text)


def _archive(code: Mapping[str, Any]) -> bytes:
    """Return the code's zip file. Only code that comes with the request is taken."""
    archive = code.get("ZipFile")
    if archive is None:
        text = "Code comes as ZipFile: S3Bucket, S3Key and ImageUri are not available in this release of tobiishi"
        raise refused("InvalidParameterValueException", text)
    return bytes(archive)


def _changeable(backend: Backend, call: Call) -> str:
    """Return the ARN of a function that was made through the API."""
    name = function_named(call)
    if _in_folder(backend, call) is not None:
        text = f"{name.name} is served from the server's own folder of functions: change it there"
        raise refused("ResourceConflictException", text, 409)
    return unqualified(name)


def _marked(backend: Backend, scope: str, marker: str) -> str:
    try:
        return str(backend.pages.read("ListFunctions", scope, marker))
    except ApiError:
        raise refused("InvalidParameterValueException", "Invalid marker") from None


# -- what an answer says -----------------------------------------------------------------------------------------------
def _in_folder(backend: Backend, call: Call) -> Function | None:
    return None if backend.folder is None else backend.folder.find(function_named(call).name)


def _all(backend: Backend, call: Call) -> Iterator[Mapping[str, Any]]:
    for deployed in backend.deployed.of(call.region, call.account):
        yield _described(deployed)
    for name in backend.folder.names() if backend.folder is not None else ():
        found = backend.folder.find(name) if backend.folder is not None else None
        if found is not None:
            yield _folder_configuration(f"arn:aws:lambda:{call.region}:{call.account}:function:{name}", found)


_CONSTANT: Final = {
    "Version": LATEST,
    "PackageType": "Zip",
    "State": "Active",
    "LastUpdateStatus": "Successful",
}


def _described(deployed: Deployed) -> dict[str, Any]:
    """Return a FunctionConfiguration."""
    name = deployed.configuration["FunctionName"]
    return {
        "Description": "",
        "TracingConfig": {"Mode": "PassThrough"},
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        **deployed.configuration,
        **_CONSTANT,
        "FunctionArn": deployed.arn,
        "CodeSize": deployed.package.size,
        "CodeSha256": deployed.package.code_sha256,
    }


def _folder_configuration(arn: str, found: Function) -> dict[str, Any]:
    edited = datetime.fromtimestamp(found.edited_ns / 1e9, UTC).isoformat(timespec="milliseconds")
    return {
        **_CONSTANT,
        "FunctionName": found.name,
        "FunctionArn": arn,
        "Handler": found.handler,
        "Timeout": int(found.timeout),
        "MemorySize": found.memory,
        "LastModified": edited.replace("+00:00", "+0000"),
        "Environment": {"Variables": dict(found.environment)},
    }
