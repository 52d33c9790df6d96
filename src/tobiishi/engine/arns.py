"""Names and ARNs of state machines and executions, and the rules for the names.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html (name),
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (lengths).
"""

import re
from dataclasses import dataclass
from typing import Final

from tobiishi.engine.errors import InvalidNameError

_FORBIDDEN: Final = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff]')
MAX_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where resources live, as far as ARNs are concerned."""

    region: str = "us-east-1"
    account: str = "123456789012"
    partition: str = "aws"

    def machine_arn(self, name: str) -> str:
        return f"arn:{self.partition}:states:{self.region}:{self.account}:stateMachine:{name}"

    def role_arn(self) -> str:
        """The role that a machine has when nobody named one: an ARN has the right form, and nothing asks for more."""
        return f"arn:{self.partition}:iam::{self.account}:role/tobiishi"


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
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidNameError(f"Invalid Name: '{name[:MAX_NAME]}': 1 to {MAX_NAME} characters are allowed")
    if _FORBIDDEN.search(name):
        raise InvalidNameError(f"Invalid Name: '{name}': it has a character that names may not have")
    return name
