"""What a caller of TestState asks for.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["INFO", "DEBUG", "TRACE"]
ValidationMode = Literal["STRICT", "PRESENT", "NONE"]


@dataclass(frozen=True, slots=True)
class MockRequest:
    """What is to stand for the work. `result` is JSON text."""

    result: str | None = None
    error_output: Mapping[str, str] | None = None
    mode: ValidationMode = "STRICT"


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `input`, `variables`, `context` and `reader_data` are texts, as the caller gave them.

    `retries` is how often the Retry has been used that the error is for; `failed_iterations` how many of a Map's
    iterations have failed; `error_state` the state inside a Parallel or Map that the mocked error comes from.
    """

    definition: str
    region: str
    account: str
    role_arn: str | None = None
    input: str = "{}"
    level: Level = "INFO"
    reveal_secrets: bool = False
    variables: str | None = None
    state_name: str | None = None
    mock: MockRequest | None = None
    context: str | None = None
    retries: int = 0
    failed_iterations: int | None = None
    error_state: str | None = None
    reader_data: str | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any], region: str, account: str) -> "Request":
        """Read the members of the operation's input shape."""
        mock, configuration = params.get("mock"), params.get("stateConfiguration", {})
        return cls(
            definition=params["definition"],
            region=region,
            account=account,
            role_arn=params.get("roleArn"),
            input=params.get("input", "{}"),
            level=params.get("inspectionLevel", "INFO"),
            reveal_secrets=params.get("revealSecrets", False),
            variables=params.get("variables"),
            state_name=params.get("stateName"),
            mock=None if mock is None else _mock(mock),
            context=params.get("context"),
            retries=configuration.get("retrierRetryCount", 0),
            failed_iterations=configuration.get("mapIterationFailureCount"),
            error_state=configuration.get("errorCausedByState"),
            reader_data=configuration.get("mapItemReaderData"),
        )


def _mock(given: Mapping[str, Any]) -> MockRequest:
    return MockRequest(given.get("result"), given.get("errorOutput"), given.get("fieldValidationMode", "STRICT"))
