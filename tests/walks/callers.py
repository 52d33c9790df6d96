"""Two tools that users have, behind one call: boto3, and the AWS CLI as a process of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import boto3
import botocore.exceptions
import botocore.session

DOCUMENTED = {"AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}
"""The one setting that the how-to names beside the endpoint and AWS's usual ones."""

IDENTITY = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "eu-west-1"}


class RefusedError(Exception):
    """AWS's error code, and what was said."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Tool(Protocol):
    """Something that calls an operation, named as in the API reference, and returns its answer."""

    def __call__(self, operation: str, /, **params: Any) -> dict[str, Any]: ...


def environment(url: str) -> dict[str, str]:
    """Return what a user exports before calling either tool."""
    return {**os.environ, **DOCUMENTED, **IDENTITY, "AWS_ENDPOINT_URL_SFN": url, "AWS_ENDPOINT_URL_LAMBDA": url}


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Boto3:
    """boto3 in this process, with the environment that was given when it was made."""

    def __init__(self, service: str = "stepfunctions") -> None:
        self._client = boto3.Session(botocore_session=botocore.session.Session()).client(service)

    def __call__(self, operation: str, /, **params: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, kebab(operation).replace("-", "_"))(**params)
        except botocore.exceptions.ClientError as error:
            raise RefusedError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None
        return answer


class AwsCli:
    """The AWS CLI from the Python package, one process a call."""

    def __init__(self, url: str, home: Path, service: str = "stepfunctions") -> None:
        self._service = service
        self._environment = {**environment(url), "HOME": str(home), "AWS_DEFAULT_OUTPUT": "json"}

    def __call__(self, operation: str, /, **params: Any) -> dict[str, Any]:
        command = [str(Path(sys.executable).with_name("aws")), self._service, kebab(operation)]
        command += [text for name, value in params.items() for text in _flag(name, value)]
        done = subprocess.run(command, capture_output=True, env=self._environment, timeout=60, check=False)
        if done.returncode:
            raise _refused(done.stderr.decode())
        answer: dict[str, Any] = json.loads(done.stdout or b"{}")
        return answer


_RENAMED = {"output": "--task-output"}
"""Parameters whose own names the CLI has taken for itself."""


def _flag(name: str, value: Any) -> list[str]:
    flag = _RENAMED.get(name, f"--{kebab(name)}")
    if isinstance(value, bool):
        return [flag if value else f"--no-{kebab(name)}"]
    return [flag, value if isinstance(value, str) else json.dumps(value)]


def _refused(said: str) -> RefusedError:
    found = re.search(
        r"An error occurred \((?P<code>\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (?P<text>.*)", said
    )
    assert found is not None, said
    return RefusedError(found["code"], found["text"].strip())


def is_time(value: Any) -> bool:
    """boto3 gives datetimes, the CLI text or numbers."""
    return bool(value) and not isinstance(value, Mapping)
