"""The ways in which Lambda lets a caller name a function.

Source: the FunctionName parameter of Lambda's Invoke (API reference): a name, `NAME:QUALIFIER`, a partial ARN
`ACCOUNT:function:NAME`, or a whole ARN, each with or without a qualifier.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

LATEST: Final = "$LATEST"
"""The only version that a directory of source files has; every qualifier runs it."""

_PATTERN: Final = re.compile(
    r"(?:arn:(?P<partition>aws[a-zA-Z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:"
    r"|(?P<partial_account>\d{12}):function:"
    r"|function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})"
    r"(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
)


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function as a caller named it. What the caller left out is None."""

    name: str
    qualifier: str | None = None
    region: str | None = None
    account: str | None = None
    partition: str = "aws"

    @classmethod
    def parse(cls, text: str) -> "FunctionName":
        """Take `text` apart. Raises `ValueError` for what Lambda would not take for a function's name."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text[:200]!r} is not the name of a function")
        return cls(
            name=match["name"],
            qualifier=match["qualifier"],
            region=match["region"],
            account=match["account"] or match["partial_account"],
            partition=match["partition"] or "aws",
        )

    def at(self, region: str, account: str) -> "FunctionName":
        """Return the name with what was left out filled in."""
        return replace(self, region=self.region or region, account=self.account or account)

    def qualified(self, qualifier: str | None) -> "FunctionName":
        """Return the name with Invoke's Qualifier. Raises `ValueError` if the name has a different one already."""
        if qualifier and self.qualifier and qualifier != self.qualifier:
            raise ValueError("The derived qualifier from the function name does not match the specified qualifier.")
        return replace(self, qualifier=qualifier or self.qualifier)

    @property
    def arn(self) -> str:
        """The ARN of a name that has a region and an account (see `at`)."""
        suffix = f":{self.qualifier}" if self.qualifier else ""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.name}{suffix}"
