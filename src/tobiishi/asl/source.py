"""Definition text to a JSON value: the one gate through which every definition enters.

JSON is what AWS takes and what is stored; YAML is read for people who write by hand (see `asl.yaml_source`). Syntax
problems are worded and placed as ValidateStateMachineDefinition does it, which shows its parser's own sentences.
"""

import json
import re
from collections import Counter
from typing import Any, Final, NoReturn

from tobiishi import jsontext
from tobiishi.asl.errors import INVALID_JSON, SCHEMA, TOO_DEEP, InvalidDefinitionError
from tobiishi.expr.bindings import Value
from tobiishi.problem import Problem

MAX_BYTES: Final = 1_048_576
"""AWS's limit for a definition."""

_QUOTED_CHARACTERS: Final = 500
_WORD: Final = re.compile(r"[\w$]+")


def read_definition(text: str, filename_hint: str | None = None) -> tuple[Value, str]:
    """Return a definition's value and its JSON text.

    A `filename_hint` that ends in `.yaml` or `.yml` makes it YAML; anything else is JSON, whose text is returned
    unchanged. Raises `InvalidDefinitionError` for what is neither, too large, too deep, or has a key twice.
    """
    _check_size(text)
    if is_yaml(filename_hint):
        from tobiishi.asl.yaml_source import read_yaml  # noqa: PLC0415 - engines read JSON only; YAML costs 20 ms

        value = read_yaml(text)
        _check_value(value)
        json_text = jsontext.encode_text(value)
        _check_size(json_text)
        return value, json_text
    value = _read_json(text)
    _check_value(value)
    return value, text


def is_yaml(filename: str | None) -> bool:
    return filename is not None and filename.lower().endswith((".yaml", ".yml"))


def _check_size(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _invalid(SCHEMA, f"The definition is larger than {MAX_BYTES} bytes", "/")


def _invalid(code: str, message: str, location: str) -> InvalidDefinitionError:
    return InvalidDefinitionError([Problem(code, location, message)])


def _read_json(text: str) -> Value:
    if not text.strip():
        return None
    duplicates: list[str] = []

    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            duplicates.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return members

    try:
        value = json.loads(text, object_pairs_hook=to_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error.pos) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise _invalid(INVALID_JSON, str(error), "/") from None
    if duplicates:
        raise InvalidDefinitionError([Problem(INVALID_JSON, "/", f"Duplicate field '{key}'") for key in duplicates])
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"Unrecognized token '{name}'")


def _check_value(value: Value) -> None:
    if not isinstance(value, dict):
        raise _invalid(SCHEMA, "Definition must be a valid JSON object", "")
    if _is_too_deep(value):
        raise _too_deep()
    try:
        jsontext.encode(value)
    except jsontext.JsonError as error:
        raise _invalid(INVALID_JSON, str(error), "/") from None


def _too_deep() -> InvalidDefinitionError:
    return _invalid(TOO_DEEP, f"The definition is nested deeper than {jsontext.MAX_DEPTH} levels", "/")


def _is_too_deep(value: Value) -> bool:
    """Walk level by level: no recursion, so no depth can hurt."""
    level = [value]
    for _ in range(jsontext.MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Value) -> list[Value]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [member for member in members if isinstance(member, (dict, list))]


def _syntax_error(text: str, position: int) -> InvalidDefinitionError:
    """Return the problem at a position, with the column counted after what was read, as AWS counts."""
    complaint, length = _complaint(text, position)
    before = text[: position + length]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    quoted = text[:_QUOTED_CHARACTERS]
    left_out = f"[truncated {len(text) - _QUOTED_CHARACTERS} chars]" if len(text) > _QUOTED_CHARACTERS else ""
    source = f'[Source: (String)"{quoted}"{left_out}; line: {line}, column: {column}]'
    return _invalid(INVALID_JSON, f"{complaint}\n at {source}", source)


def _complaint(text: str, position: int) -> tuple[str, int]:
    """Return what is wrong at a position, and how many characters were read to know it."""
    if position >= len(text):
        return "Unexpected end-of-input", 0
    word = _WORD.match(text, position)
    if word and not word[0][0].isdigit():
        expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        return f"Unrecognized token '{word[0]}': was expecting {expected}", len(word[0])
    character = text[position]
    return f"Unexpected character ('{character}' (code {ord(character)}))", 1
