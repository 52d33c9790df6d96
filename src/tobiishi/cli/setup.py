"""What executions run with: where tasks go and where files are. Made from flags and environment, kept for `resume`."""

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tobiishi import jsontext
from tobiishi.cli.errors import UserError
from tobiishi.engine.arns import Place

REAL: Final = "real"
REGION: Final = Place().region
ACCOUNT: Final = Place().account
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Setup:
    """Paths are absolute. `aws` is a URL, `real`, or None: nowhere. Holds nothing secret."""

    functions: str | None = None
    aws: str | None = None
    connections: str | None = None
    machines: str | None = None
    region: str = REGION
    account: str = ACCOUNT

    @property
    def place(self) -> Place:
        return Place(self.region, self.account, _partition(self.region))

    def overridden(self, flags: "Flags") -> "Setup":
        """Return this setup with what the flags say in place of what was kept."""
        return replace(self, **flags.given())

    def check(self) -> "Setup":
        """Return this setup. Raises `UserError` if something in it cannot be used."""
        _check_path(self.functions, "--functions", wants_folder=True)
        _check_path(self.machines, "--machines", wants_folder=True)
        _check_path(self.connections, "--connections", wants_folder=None)
        if self.aws is not None and self.aws != REAL:
            _check_url(self.aws)
        if not _REGION.fullmatch(self.region):
            raise UserError(f"AWS_REGION: {self.region!r} is not the name of a region")
        if not re.fullmatch(r"[0-9]{12}", self.account):
            raise UserError("AWS_ACCOUNT_ID is not a number of 12 digits")
        return self


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that `run` and `resume` share; None: not given."""

    functions: Path | None = None
    aws: str | None = None
    connections: Path | None = None
    machines: Path | None = None

    def given(self) -> dict[str, str]:
        paths = {"functions": self.functions, "connections": self.connections, "machines": self.machines}
        found = {name: str(path.absolute()) for name, path in paths.items() if path is not None}
        return found | ({"aws": self.aws} if self.aws is not None else {})


def new_setup(flags: Flags, definition: Path, environment: Mapping[str, str] = os.environ) -> Setup:
    """Return the setup of a new execution, checked. State machines are looked for beside its definition."""
    setup = Setup(
        aws=environment.get("AWS_ENDPOINT_URL") or None,
        machines=str(definition.absolute().parent),
        account=environment.get("AWS_ACCOUNT_ID") or ACCOUNT,
    ).overridden(flags)
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if region is None and setup.aws == REAL:
        region = _configured_region()
    return replace(setup, region=region or setup.region).check()


def known_setup(
    machine_arn: str, kept: Setup | None, flags: Flags, environment: Mapping[str, str] = os.environ
) -> Setup:
    """Return the setup of an execution that goes on, checked: flags first, then what was kept, then the environment."""
    region, account = machine_arn.split(":")[3:5]
    setup = replace(kept or Setup(), region=region, account=account)
    if setup.aws is None:
        setup = replace(setup, aws=environment.get("AWS_ENDPOINT_URL") or None)
    return setup.overridden(flags).check()


def _configured_region() -> str | None:
    """Return the region of the user's AWS profile."""
    import botocore.exceptions  # noqa: PLC0415 - 0.4 s that only `--aws real` has to pay
    import botocore.session  # noqa: PLC0415

    try:
        region: str | None = botocore.session.Session().get_config_variable("region")
    except botocore.exceptions.BotoCoreError as error:
        raise UserError(f"the AWS configuration cannot be used: {error}") from None
    return region


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _check_path(path: str | None, flag: str, *, wants_folder: bool | None) -> None:
    if path is None:
        return
    try:
        is_folder = Path(path).stat() and Path(path).is_dir()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{flag} {path} cannot be used: {reason}") from None
    if wants_folder and not is_folder:
        raise UserError(f"{flag} {path} is not a folder")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = None
    if parts is not None and (parts.username is not None or parts.password is not None):
        raise UserError(
            "--aws takes a URL without user and password; credentials come from AWS_ACCESS_KEY_ID and others"
        )
    if not usable:
        raise UserError(f"--aws {url!r} is neither a URL such as http://127.0.0.1:5000 nor the word real")


# -- kept for resume ---------------------------------------------------------------------------------------------------
class Kept:
    """Setups by root execution, a small JSON file each, in a data directory that this process holds."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "setups"

    def keep(self, arn: str, setup: Setup) -> None:
        """Write a setup, whole or not at all. Raises `UserError`."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(jsontext.encode({"execution": arn, **asdict(setup)}))
            Path(file.name).replace(self._path(arn))
        except OSError as error:
            raise UserError(f"{self._folder} cannot be written: {error.strerror or error}") from None

    def find(self, arn: str) -> Setup | None:
        """Return the setup that an execution was started with; None if it is not known."""
        try:
            kept = jsontext.decode(self._path(arn).read_bytes())
            return Setup(**{field.name: kept[field.name] for field in fields(Setup)})
        except (OSError, jsontext.JsonError, KeyError, TypeError):
            return None

    def forget(self, arn: str) -> None:
        self._path(arn).unlink(missing_ok=True)

    def _path(self, arn: str) -> Path:
        return self._folder / f"{hashlib.sha256(arn.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
