"""Names and ARNs of state machines and executions, and the rules for the names.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html (name),
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (lengths).
"""

import re
from dataclasses import dataclass
from typing import Final

from tobiishi.engine.errors import InvalidArnError, InvalidNameError

_FORBIDDEN: Final = re.compile(
    r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010ffff]',
)
MAX_NAME: Final = 80
_PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
"""How the regions of partitions other than `aws` begin."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where resources live, as far as ARNs are concerned."""

    region: str = "us-east-1"
    account: str = "123456789012"
    partition: str = "aws"

    @classmethod
    def of(cls, region: str, account: str) -> "Place":
        """Return the place of a caller: its partition follows from the region."""
        return cls(region, account, next((name for start, name in _PARTITIONS if region.startswith(start)), "aws"))

    def machine_arn(self, name: str) -> str:
        return f"arn:{self.partition}:states:{self.region}:{self.account}:stateMachine:{name}"

    def activity_arn(self, name: str) -> str:
        return f"arn:{self.partition}:states:{self.region}:{self.account}:activity:{name}"

    def role_arn(self) -> str:
        """The role that a machine has when nobody named one: an ARN has the right form, and nothing asks for more."""
        return f"arn:{self.partition}:iam::{self.account}:role/tobiishi"


@dataclass(frozen=True, slots=True)
class MachineArn:
    """A state machine's ARN, taken apart. `machine` is the ARN of the machine itself.

    `qualifier` names a version, by its number, or an alias; `label` a Distributed Map's own machine.
    """

    machine: str
    name: str
    qualifier: str | None = None
    label: str | None = None

    @classmethod
    def read(cls, arn: str) -> "MachineArn":
        """Take apart an ARN of a machine, a version, an alias, or a labelled Map. Raises `InvalidArnError`."""
        name, *rest = resource_of(arn, "stateMachine")
        if len(rest) > 1 or not all((name, *rest)):
            raise InvalidArnError(f"Invalid Arn: 'Invalid ARN: {arn}'")
        head, _, _ = arn.partition(":stateMachine:")
        name, _, label = name.partition("/")
        return cls(f"{head}:stateMachine:{name}", name, rest[0] if rest else None, label or None)


def resource_of(arn: str, *types: str) -> list[str]:
    """Return what an ARN of Step Functions says behind the resource's type, which must be one of `types`.

    Raises `InvalidArnError`.
    """
    if not arn.startswith("arn:"):
        raise InvalidArnError(f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    parts = arn.split(":")
    if len(parts) < 7 or parts[2] != "states":
        raise InvalidArnError(f"Invalid Arn: 'Invalid ARN: {arn}'")
    if parts[5] not in types:
        raise InvalidArnError(f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'")
    return parts[6:]


def execution_arn(machine_arn: str, name: str) -> str:
    return f"{machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"


def express_arn(machine_arn: str, name: str, run_id: str) -> str:
    """An Express execution's ARN: names may repeat, so a unique part follows."""
    return f"{machine_arn.replace(':stateMachine:', ':express:', 1)}:{name}:{run_id}"


def machine_name(machine_arn: str) -> str:
    return machine_arn.rsplit(":", 1)[-1]


def region_of(arn: str) -> str:
    return arn.split(":")[3]


def check_name(name: str) -> str:
    """Return the name, or raise `InvalidNameError`: 1 to 80 characters, none of them special to AWS."""
    if not 1 <= len(name) <= MAX_NAME or _FORBIDDEN.search(name):
        raise InvalidNameError(f"Invalid Name: '{name[:MAX_NAME]}'")
    return name
