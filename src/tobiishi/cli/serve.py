"""`tobiishi serve`: the AWS API of Step Functions, with the engine and its function workers, in one process."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tobiishi.server.settings import SETTINGS


def _option(name: str, metavar: str | None = None) -> Any:
    setting = SETTINGS[name]
    assert setting.flag is not None, "only settings with a flag are options"
    flag = f"{setting.flag}/--no-{setting.flag[2:]}" if setting.default is False else setting.flag
    return typer.Option(flag, metavar=metavar, help=setting.meaning, show_default=False)


def serve(
    host: Annotated[str | None, _option("host")] = None,
    port: Annotated[int | None, _option("port")] = None,
    data: Annotated[str | None, _option("data", "DIR")] = None,
    functions: Annotated[str | None, _option("functions", "DIR")] = None,
    connections: Annotated[str | None, _option("connections", "FILE")] = None,
    aws: Annotated[str | None, _option("aws", "URL|real")] = None,
    drain: Annotated[float | None, _option("drain", "SECONDS")] = None,
    log_format: Annotated[str | None, _option("log_format", "text|json")] = None,
    log_level: Annotated[str | None, _option("log_level", "debug|info|warning|error")] = None,
    allowed_hosts: Annotated[list[str] | None, _option("allowed_hosts", "HOST")] = None,
    verify_signatures: Annotated[bool | None, _option("verify_signatures")] = None,
    region: Annotated[str | None, _option("region")] = None,
    account: Annotated[str | None, _option("account")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="A file of settings, in TOML.", show_default=False)
    ] = None,
) -> int:
    """Serve the AWS API of Step Functions until a signal comes.

    Exit code 0 after an orderly end; 2: it could not start. Every flag, and more, can be set by the environment and
    by a file: see docs/reference/settings.md.
    """
    from tobiishi.cli.serving import run  # noqa: PLC0415 - keeps `tobiishi --help` quick

    given = {name: value for name, value in locals().items() if name in SETTINGS and value is not None}
    return run(given, config)
