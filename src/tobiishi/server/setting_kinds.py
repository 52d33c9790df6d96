"""What a setting's value may be, wherever it comes from: the command line, the environment or a file."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from tobiishi.quotas import Rate


class Secrets(dict[str, str]):
    """Secret keys by access key. They show in no text."""

    def __repr__(self) -> str:
        return f"Secrets({len(self)})"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Kind:
    """`wanted` says in words what `read` takes; `read` raises `ValueError` for anything else.

    `is_text`: an environment variable is the value as it stands. All other kinds are written there as in the file.
    """

    wanted: str
    read: Callable[[Any], Any]
    is_text: bool = False
    is_path: bool = False
    is_secret: bool = False


def whole(least: int, most: int) -> Kind:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
        return value

    return Kind(f"a whole number from {least}" + (f" to {most}" if most < MOST else ""), read)


def number(least: float, most: float) -> Kind:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError
        return value

    return Kind(f"a number from {least:g} to {most:g}", read)


def or_off(kind: Kind) -> Kind:
    """Return a kind that also takes `false`, which becomes None."""
    return Kind(f"{kind.wanted}, or false for none", lambda value: None if value is False else kind.read(value))


def one_of(*choices: str) -> Kind:
    return matching("|".join(choices), f"{', '.join(choices[:-1])} or {choices[-1]}")


def matching(pattern: str, wanted: str) -> Kind:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return Kind(wanted, read, is_text=True)


def _read_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - every kind raises the same
    return value


def _read_path(value: Any) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError
    return value


def _read_hosts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError  # noqa: TRY004 - every kind raises the same
    return tuple(_read_host(each) for each in value)


def _read_host(value: Any) -> str:
    if not isinstance(value, str) or not _HOST.fullmatch(value):
        raise ValueError
    return value


def _read_rate(value: Any) -> Rate:
    if not isinstance(value, Mapping) or set(value) != {"burst", "per_second"}:
        raise ValueError
    return Rate(whole(1, MOST).read(value["burst"]), number(0.001, MOST).read(value["per_second"]))


def _read_destination(value: Any) -> str:
    if not isinstance(value, str) or (value != "real" and not _is_url(value)):
        raise ValueError
    return value


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    is_plain = parts.username is None and parts.password is None and not parts.query and not parts.fragment
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and is_plain


def _read_keys(value: Any) -> Secrets:
    if not isinstance(value, Mapping):
        raise ValueError  # noqa: TRY004 - every kind raises the same
    for key, secret in value.items():
        if not _ACCESS_KEY.fullmatch(key) or not isinstance(secret, str) or not secret:
            raise ValueError
    return Secrets(value)


MOST: Final = 2**53
_HOST: Final = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
_ACCESS_KEY: Final = re.compile(r"\w{1,128}")

BOOL: Final = Kind("true or false", _read_bool)
ADDRESS: Final = matching(r"[0-9A-Za-z.:-]{1,253}", "an address or a name")
PATH: Final = Kind("a path", _read_path, is_text=True, is_path=True)
HOSTS: Final = Kind("a list of host names, without a port", _read_hosts)
RATE: Final = Kind("a table with burst (whole) and per_second", _read_rate)
DESTINATION: Final = Kind(
    "a URL such as http://127.0.0.1:5000, without user and password, or the word real", _read_destination, is_text=True
)
KEYS: Final = Kind("a table of access keys, each with its secret", _read_keys, is_secret=True)
