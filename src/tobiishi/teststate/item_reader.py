"""What an ItemReader makes of its source, given the source's text.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from tobiishi import jsontext
from tobiishi.expr.bindings import EvaluationError, Value

_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def read_items(text: str, reader: Mapping[str, Any]) -> list[Value]:
    """Return the items of a source. `reader` is the ItemReader as written.

    Raises `EvaluationError` (`States.ItemReaderFailed`) for a text that is not of its InputType.
    """
    config = reader.get("ReaderConfig", {})
    try:
        match config.get("InputType", "JSON"):
            case "JSONL":
                return [jsontext.decode(line) for line in text.splitlines() if line.strip()]
            case "CSV":
                return _csv_rows(text, config)
            case "JSON":
                return _json_items(jsontext.decode(text), config.get("ItemsPointer"))
            case kind:
                raise _failed(f"A source of type {kind} has no text to give here")
    except (jsontext.JsonError, csv.Error) as error:
        raise _failed(f"Attempting to read the item source failed: {error}") from None


def _json_items(value: Value, pointer: str | None) -> list[Value]:
    """An array's elements, or an object's members one by one; an S3 listing's are in its Contents."""
    value = value if pointer is None else _at(value, pointer)
    if isinstance(value, dict) and pointer is None and isinstance(value.get("Contents"), list):
        value = value["Contents"]
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [{"Key": key, "Value": member} for key, member in value.items()]
    raise _failed("Attempting to map over non-iterable node.")


def _at(value: Value, pointer: str) -> Value:
    """Follow a JSON pointer (RFC 6901)."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:10]) < len(value):
            value = value[int(name)]
        else:
            raise _failed(f"The ItemsPointer {pointer} leads to nothing")
    return value


def _csv_rows(text: str, config: Mapping[str, Any]) -> list[Value]:
    rows = csv.reader(io.StringIO(text), delimiter=_DELIMITERS[config.get("CSVDelimiter", "COMMA")])
    headers = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else next(rows, [])
    return [dict(zip(headers or (), row, strict=False)) for row in rows if row]


def _failed(cause: str) -> EvaluationError:
    return EvaluationError("States.ItemReaderFailed", cause)
