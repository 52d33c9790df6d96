"""The reference page of the settings: `python -m tobiishi.server.settings_page > docs/reference/settings.md`."""

from collections.abc import Iterator
from typing import Any, Final

from tobiishi.quotas import Rate
from tobiishi.server.setting_kinds import Secrets
from tobiishi.server.settings import SETTINGS, Setting

_HEAD: Final = """\
# Settings of `tobiishi serve`

Each setting can be given by flag, by environment variable and in a file. A flag goes before a variable, a variable
before the file, the file before the default. The file is TOML: the one that `--config` or `TOBIISHI_CONFIG` names, or
`tobiishi.toml` in the working directory. Paths in it are relative to its folder.

```toml
port = 8083
aws = "http://127.0.0.1:5000"
allowed_hosts = ["workflows.internal"]

[keys]                       # needed as soon as others can reach the address
AKIAIOSFODNN7EXAMPLE = "the secret that belongs to it"

[limits]
idle_seconds = 30

[quotas]
history_events = false       # no limit
start_execution_rate = { burst = 1300, per_second = 300 }
```

A variable is written as in the file: `TOBIISHI_QUOTAS_HISTORY_EVENTS=false`,
`TOBIISHI_ALLOWED_HOSTS='["workflows.internal"]'`. Only text stands without quotes. A name that is not listed here, or a
value that cannot be used, stops the start with one line that says which and why.

`AWS_ENDPOINT_URL` is ignored on purpose: it is what an application sets to reach this server, and a server that sent
its own calls there would call itself. `--aws` alone says where calls go.
"""

_TABLES: Final = {
    "": ("## The server", ""),
    "limits": ("## `[limits]`", "What one client may take.\n"),
    "quotas": (
        "## `[quotas]`",
        "AWS's quotas with AWS's values. Those that are a rate are off: this is your own machine.\n",
    ),
}


def page() -> str:
    """Return the page's Markdown."""
    parts = [_HEAD]
    for table, (title, text) in _TABLES.items():
        rows = [_row(setting) for name, setting in SETTINGS.items() if name.rpartition(".")[0] == table]
        parts.append("\n".join([title, "", *([text] if text else []), *_HEADER, *rows, ""]))
    return "\n".join(parts)


_HEADER: Final = ("| setting | flag, variable | default | meaning |", "|---|---|---|---|")


def _row(setting: Setting) -> str:
    named = ", ".join(f"`{name}`" for name in _names(setting))
    value = f"{setting.kind.wanted[0].upper()}{setting.kind.wanted[1:]}."
    key = setting.name.rpartition(".")[2]
    return f"| `{key}` | {named} | {_default(setting.default)} | {setting.meaning} {value} |"


def _names(setting: Setting) -> Iterator[str]:
    if setting.flag is not None:
        yield setting.flag
    yield setting.variable
    yield from setting.also


def _default(value: Any) -> str:
    if value is None or value == () or isinstance(value, Secrets):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Rate):
        return f"`{{ burst = {value.burst}, per_second = {value.per_second:g} }}`"
    return f"`{value}`"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the page is what it is for
