"""What the handlers of Lambda work with."""

from dataclasses import dataclass
from typing import Final

from tobiishi.functions.catalogue import FunctionDirectory
from tobiishi.functions.deployed import DeployedFunctions
from tobiishi.tasks.function_name import LATEST, FunctionName
from tobiishi.tasks.lambda_ import Functions
from tobiishi.wire.contract import ApiError, Call
from tobiishi.wire.page_tokens import PageTokens


@dataclass(frozen=True, slots=True)
class Backend:
    """`folder` is the directory of functions that the server was started with, if there is one."""

    deployed: DeployedFunctions
    folder: FunctionDirectory | None
    runner: Functions
    pages: PageTokens


USER: Final = "User"
"""The `Type` member of Lambda's errors: whose fault it is."""


def refused(code: str, message: str, status: int = 400) -> ApiError:
    """Return an error in Lambda's form."""
    return ApiError(code, message, status, Type=USER)


def function_named(call: Call) -> FunctionName:
    """Return the function that a call is about, whole. Raises if it cannot be one of the caller's."""
    try:
        name = FunctionName.parse(call.params["FunctionName"]).at(call.region, call.account)
        name = name.qualified(call.params.get("Qualifier"))
    except ValueError as error:
        raise refused("InvalidParameterValueException", str(error)) from None
    if (name.region, name.account) != (call.region, call.account):
        raise refused("AccessDeniedException", "Functions of another region or account are not accessible", 403)
    return name


def unqualified(name: FunctionName) -> str:
    """Return the ARN of a function whose newest code is meant. Raises if the caller named another version."""
    if name.qualifier not in (None, LATEST):
        raise refused("ResourceNotFoundException", f"Function not found: {name.arn}", 404)
    return FunctionName(name.name, None, name.region, name.account, name.partition).arn
