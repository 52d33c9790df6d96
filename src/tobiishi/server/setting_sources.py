"""Where settings come from: flags, then the environment, then the file, then AWS's own variables, then the defaults.

Whatever cannot be used stops the start, in one line that names the setting, the place and the way out. A value that
might be a secret is never part of it.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tobiishi.functions.leftovers import IDENTITY_VARIABLE
from tobiishi.server.setting_kinds import Kind
from tobiishi.server.settings import SETTINGS, ServeSettings, Setting, settings_of

FILE: Final = "tobiishi.toml"
CONFIG: Final = "TOBIISHI_CONFIG"
_OTHERS: Final = {CONFIG, IDENTITY_VARIABLE}
_TABLES: Final = {name.partition(".")[0] for name in SETTINGS if "." in name}
_VARIABLES: Final = {setting.variable: setting for setting in SETTINGS.values()}
_LONGEST: Final = 60


class SettingError(Exception):
    """A setting cannot be used; the message is one line."""


def read_settings(flags: Mapping[str, Any], environment: Mapping[str, str], config: Path | None) -> ServeSettings:
    """Return the settings of a start. `flags` has what the command line gave, by setting name.

    The file is `config`, or what TOBIISHI_CONFIG names, or `tobiishi.toml` in the working directory if there is one.
    Raises `SettingError`.
    """
    values = dict(_from_aws_variables(environment))
    values |= _from_file(_config(environment, config))
    values |= _from_environment(environment)
    values |= {name: _value(SETTINGS[name], value, _flag(name)) for name, value in flags.items()}
    return _checked(settings_of(values))


def _checked(settings: ServeSettings) -> ServeSettings:
    """Return the settings. Raises `SettingError` for some that are good by themselves, and not together."""
    if settings.must_sign and not settings.keys:
        why = "requests must be signed" if settings.verify_signatures else f"others can reach {settings.host}"
        way_out = f"give [keys] in {FILE} or TOBIISHI_KEYS, or listen at 127.0.0.1 without verifying"
        raise SettingError(f"{why}, and no access key is known; {way_out}")
    return settings


def _flag(name: str) -> str:
    flag = SETTINGS[name].flag
    assert flag is not None, "only settings with a flag are given by flag"
    return flag


# -- the file ----------------------------------------------------------------------------------------------------------
def _config(environment: Mapping[str, str], config: Path | None) -> Path | None:
    named = config or (Path(environment[CONFIG]) if environment.get(CONFIG) else None)
    return named or (Path(FILE) if Path(FILE).exists() else None)


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        tables = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingError(f"the file of settings {path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise SettingError(f"{path}: this is not TOML: {_one_line(str(error))}") from None
    return {name: _in_file(path, name, value) for name, value in _flat(path, tables)}


def _flat(path: Path, tables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        if name not in _TABLES:
            yield name, value
        elif isinstance(value, dict):
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            raise SettingError(f"{path}: {name} must be a table of settings")


def _in_file(path: Path, name: str, value: Any) -> Any:
    if name not in SETTINGS:
        raise SettingError(f"{path}: {_one_line(name)} is not a setting{_meant(name, SETTINGS)}")
    read = _value(SETTINGS[name], value, f"{path}: {name}")
    return str(path.absolute().parent / read) if SETTINGS[name].kind.is_path else read


# -- the environment ---------------------------------------------------------------------------------------------------
def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for variable, text in environment.items():
        if not variable.startswith("TOBIISHI_") or variable in _OTHERS or not text:
            continue
        setting = _VARIABLES.get(variable)
        if setting is None:
            raise SettingError(f"{_one_line(variable)} is not a setting{_meant(variable, _VARIABLES)}")
        values[setting.name] = _value(setting, _parsed(setting.kind, text), variable)
    return values


def _from_aws_variables(environment: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for setting in SETTINGS.values():
        named = next((variable for variable in setting.also if environment.get(variable)), None)
        if named is not None:
            yield setting.name, _value(setting, environment[named], named)


def _parsed(kind: Kind, text: str) -> Any:
    """Return a variable's value, written as in the file; what is no TOML is text, and of the wrong type."""
    if kind.is_text:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _value(setting: Setting, value: Any, place: str) -> Any:
    try:
        return setting.kind.read(value)
    except ValueError:
        shown = "" if setting.kind.is_secret or "@" in str(value) else f", not {_one_line(repr(value))}"
        raise SettingError(f"{place} must be {setting.kind.wanted}{shown}") from None


def _meant(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"; {close[0]} may be meant" if close else "; docs/reference/settings.md has them all"


def _one_line(text: str) -> str:
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
