"""Connections: how an HTTP task authenticates, and what is added to each of its requests.

The shapes are those of EventBridge's CreateConnection. What is secret in a connection never shows: not in a repr, and
`redact` takes it out of any text that came back from outside.
"""

import asyncio
import base64
import json
import os
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, quote_plus

from tobiishi.jsontext import decode
from tobiishi.tasks.contract import TaskError

_ARN: Final = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:connection/([\w.-]+)(?:/[0-9a-fA-F-]+)?")
_REFERENCE: Final = re.compile(r"\$\{ENV:([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST_SECRET: Final = 4
"""Anything shorter would take pieces out of texts that have nothing to do with it."""


@dataclass(frozen=True, slots=True)
class Basic:
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKey:
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HttpParameters:
    """Headers, query and body that go with each request; they may hold secrets, so none of them shows."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class OAuth:
    """Client credentials: a token is fetched from `endpoint` and kept until it expires."""

    endpoint: str
    method: str
    client_id: str
    client_secret: str = field(repr=False)
    parameters: HttpParameters = HttpParameters()


@dataclass(frozen=True, slots=True)
class Connection:
    """An authorization with the parameters that go with each request."""

    name: str
    authorization: Basic | ApiKey | OAuth
    parameters: HttpParameters = HttpParameters()

    def secrets(self) -> set[str]:
        """Return every text of this connection that must not show, in each form in which it may come back."""
        match self.authorization:
            case Basic(username, password):
                found = {password, basic_credentials(username, password)}
            case ApiKey(_, value):
                found = {value}
            case OAuth(_, _, _, client_secret, parameters):
                found = {client_secret} | parameters.secrets
        return found | self.parameters.secrets


class Connections(Protocol):
    """Somewhere connections are kept."""

    async def connection(self, arn: str) -> Connection:
        """Return a connection. Raises `TaskError` with a name of `Events.ConnectionResource`."""


def basic_credentials(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def redact(text: str, secrets: set[str]) -> str:
    """Return `text` with each secret replaced, also where it is escaped for JSON or a URL."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            for form in _forms(secret):
                text = text.replace(form, "***")
    return text


def redact_value(value: Any, secrets: set[str]) -> Any:
    """Return a JSON value with each secret in its texts and keys replaced, however its JSON text had spelled them."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [redact_value(item, secrets) for item in value]
    if isinstance(value, dict):
        return {redact(key, secrets): redact_value(item, secrets) for key, item in value.items()}
    return value


def _forms(secret: str) -> set[str]:
    """Return the ways in which a text may spell a secret: plain, for a URL, in JSON, and in JSON within JSON."""
    escaped = _json_forms(secret)
    nested = {form for once in escaped for form in _json_forms(once)}
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)} | escaped | nested


def _json_forms(text: str) -> set[str]:
    return {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def failure(problem: str, cause: str) -> TaskError:
    """Return a task's failure for a connection, such as `ResourceNotFound`."""
    return TaskError(f"Events.ConnectionResource.{problem}", cause)


class ConnectionsFile:
    """Connections of a file, TOML or `.json`, read anew for each task.

    Of a directory it is `connections.toml` or `connections.json`.

    Each top-level key is a connection's name, its value a CreateConnection request: `AuthorizationType` and
    `AuthParameters`. A text may refer to the environment by `${ENV:NAME}`, so that no secret need stand in the file.
    Region, account and the id at the end of a connection's ARN say nothing here; its name decides.
    """

    def __init__(self, path: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._path = path
        self._environment = environment

    async def connection(self, arn: str) -> Connection:
        match = _ARN.fullmatch(arn)
        if match is None:
            raise failure("ResourceNotFound", f"'{arn}' is not the ARN of a connection.")
        name = match[1]
        settings = (await asyncio.to_thread(self._read)).get(name)
        if settings is None:
            raise failure("ResourceNotFound", f"There is no connection '{name}' in {self._path}.")
        try:
            secrets: set[str] = set()
            return parse_connection(name, self._expand(settings, secrets), secrets)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # Only which field: the text of other errors may repeat a value, and so a secret.
            missing = f": {error} is missing" if isinstance(error, KeyError) else ""
            raise failure("InvalidConnectionState", f"The connection '{name}' cannot be used{missing}.") from None

    def _read(self) -> dict[str, Any]:
        for path in self._candidates():
            read: Callable[[str], Any] = decode if path.suffix == ".json" else tomllib.loads
            try:
                settings = read(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise failure("InternalError", f"{path} cannot be read: {error.strerror}.") from None
            except ValueError as error:  # these tell what was wrong by its place, and one character at most
                raise failure("InternalError", f"{path} cannot be read: {error}.") from None
            return settings if isinstance(settings, dict) else {}
        return {}

    def _candidates(self) -> tuple[Path, ...]:
        if self._path.is_dir():
            return self._path / "connections.toml", self._path / "connections.json"
        return (self._path,)

    def _expand(self, value: Any, secrets: set[str]) -> Any:
        """Put in what the environment holds, and note it as secret."""
        if isinstance(value, dict):
            return {key: self._expand(item, secrets) for key, item in value.items()}
        if isinstance(value, list):
            return [self._expand(item, secrets) for item in value]
        if not isinstance(value, str):
            return value
        secrets.update(self._variable(match[1]) for match in _REFERENCE.finditer(value))
        return _REFERENCE.sub(lambda match: self._variable(match[1]), value)

    def _variable(self, name: str) -> str:
        value = self._environment.get(name)
        if value is None:
            raise failure("InvalidConnectionState", f"The environment variable {name} is not set.")
        return value


def parse_connection(name: str, settings: Mapping[str, Any], secrets: Collection[str] = ()) -> Connection:
    """Read a CreateConnection request; `secrets` are texts in it that must not show, besides those that never do.

    Raises `KeyError`, `TypeError` or `ValueError` for one that is not whole.
    """
    given = settings["AuthParameters"]
    parameters = _http_parameters(given.get("InvocationHttpParameters", {}))
    return Connection(
        name,
        _authorization(settings["AuthorizationType"], given),
        replace(parameters, secrets=parameters.secrets.union(secrets)),
    )


def _authorization(kind: str, parameters: Mapping[str, Any]) -> Basic | ApiKey | OAuth:
    match kind:
        case "BASIC":
            basic = parameters["BasicAuthParameters"]
            return Basic(str(basic["Username"]), str(basic["Password"]))
        case "API_KEY":
            key = parameters["ApiKeyAuthParameters"]
            return ApiKey(str(key["ApiKeyName"]), str(key["ApiKeyValue"]))
        case "OAUTH_CLIENT_CREDENTIALS":
            oauth = parameters["OAuthParameters"]
            client = oauth["ClientParameters"]
            return OAuth(
                str(oauth["AuthorizationEndpoint"]),
                str(oauth.get("HttpMethod", "POST")),
                str(client["ClientID"]),
                str(client["ClientSecret"]),
                _http_parameters(oauth.get("OAuthHttpParameters", {})),
            )
    raise ValueError(kind)


def _http_parameters(parameters: Mapping[str, Any]) -> HttpParameters:
    parts = [parameters.get(part, ()) for part in ("HeaderParameters", "QueryStringParameters", "BodyParameters")]
    headers, query, body = (tuple((str(entry["Key"]), str(entry["Value"])) for entry in part) for part in parts)
    secrets = frozenset(str(entry["Value"]) for part in parts for entry in part if entry.get("IsValueSecret"))
    return HttpParameters(headers, query, body, secrets)
