"""The fields that only a Map has: its reader, batcher, writer and label.

They are kept as written: a distributed Map's own reader evaluates them. Here their shapes are checked.
Source: "Map state processing modes" of the Step Functions guide and the pages it links.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tobiishi.asl import expressions, fields
from tobiishi.asl.errors import DUPLICATE_LABEL, INVALID_LABEL
from tobiishi.asl.jsonata import jsonata
from tobiishi.asl.place import Place, Reader, list_of
from tobiishi.expr.bindings import Value

KEPT_AS_WRITTEN: Final = ("ItemReader", "ItemBatcher", "ResultWriter")
DISTRIBUTED_ONLY: Final = (*KEPT_AS_WRITTEN, "Label")

_LABEL_MAX: Final = 40
_NOT_IN_LABEL: Final = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")
_MAX_ITEMS_MAX: Final = 100_000_000
_MAX_BATCH_BYTES: Final = 262_144
_POINTER_MAX: Final = 2_000


def label(value: Value, place: Place) -> str | None:
    """Read Label: a part of the Map Run's ARN, unique in the machine."""
    name = fields.text(value, place)
    if name is None:
        return None
    bad = _NOT_IN_LABEL.search(name)
    if not name:
        place.refuse("Label cannot be empty", INVALID_LABEL)
    elif len(name) > _LABEL_MAX:
        place.refuse(f"Label cannot exceed {_LABEL_MAX} characters", INVALID_LABEL)
    elif bad:
        place.refuse(f"Label contains invalid character: {bad[0]!r}", INVALID_LABEL)
    elif name in place.findings.labels:
        place.refuse(f"Duplicate label: {name}", DUPLICATE_LABEL)
    place.findings.labels.add(name)
    return name


def _allowed_resources(*names: str) -> Reader:
    allowed = re.compile(rf"arn:aws(?:-[a-z]+)*:states:::(?:{'|'.join(map(re.escape, names))})")
    examples = list_of([f"arn:<partition>:states:::{name}" for name in names])

    def read(value: Value, place: Place) -> Value:
        if not isinstance(value, str) or not allowed.fullmatch(value):
            place.refuse(f"The field 'Resource' does not match any of the allowed values. Examples: {examples}")
        return value

    return read


def _strings(value: Value, place: Place) -> Value:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        place.refuse("Expected an array of strings")
    return value


def _pointer(value: Value, place: Place) -> Value:
    if not isinstance(value, str) or not (value.startswith("/") or not value) or len(value) > _POINTER_MAX:
        place.refuse(f"Expected a JSON pointer of at most {_POINTER_MAX} characters")
    return value


_READER_CONFIG: Final[Mapping[str, Reader]] = {
    "InputType": fields.one_of("MANIFEST", "JSON", "CSV", "JSONL", "PARQUET"),
    "ManifestType": fields.one_of("S3_INVENTORY", "ATHENA_DATA"),
    "Transformation": fields.one_of("NONE", "LOAD_AND_FLATTEN"),
    "CSVDelimiter": fields.one_of("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "CSVHeaderLocation": fields.one_of("FIRST_ROW", "GIVEN"),
    "CSVHeaders": _strings,
    "ItemsPointer": _pointer,
}
_WRITER_CONFIG: Final[Mapping[str, Reader]] = {
    "Transformation": fields.one_of("NONE", "COMPACT", "FLATTEN"),
    "OutputType": fields.one_of("JSON", "JSONL"),
}


def _counts(limits: Mapping[str, int | None], least: int) -> dict[str, dict[str, Reader]]:
    """Return readers of numeric fields by language: a literal and its Path, or a literal and an expression."""
    literal = {name: fields.integer(least, most) for name, most in limits.items()}
    return {
        "JSONPath": {**literal, **{f"{name}Path": expressions.reference_path for name in limits}},
        "JSONata": {name: jsonata("number", read) for name, read in literal.items()},
    }


_MAX_ITEMS: Final = _counts({"MaxItems": _MAX_ITEMS_MAX}, 0)
_BATCH: Final = _counts({"MaxItemsPerBatch": None, "MaxInputBytesPerBatch": _MAX_BATCH_BYTES}, 1)
_ARGUMENTS: Final[dict[str, dict[str, Reader]]] = {
    "JSONPath": {"Parameters": expressions.object_template},
    "JSONata": {"Arguments": jsonata()},
}


def _object(readers: Callable[[Place], Mapping[str, Reader]], *required: str) -> Reader:
    """Return a reader of an object that is kept as written."""

    def read(value: Value, place: Place) -> Value:
        fields.members(value, place, dict(readers(place)), required)
        return value

    return read


def _item_reader(value: Value, place: Place) -> Value:
    fields.members(
        value,
        place,
        {
            "Resource": _allowed_resources("s3:getObject", "s3:listObjectsV2"),
            "ReaderConfig": _object(lambda inner: {**_READER_CONFIG, **_MAX_ITEMS[inner.language]}),
            **_ARGUMENTS[place.language],
        },
        required=("Resource",),
    )
    config = value.get("ReaderConfig") if isinstance(value, dict) else None
    if isinstance(config, dict):
        _check_reader_config(config, place.at("ReaderConfig"))
    return value


def _check_reader_config(config: dict[str, Any], place: Place) -> None:
    fields.only_one(config, place, "MaxItems", "MaxItemsPath")
    if config.get("InputType") == "CSV" and "CSVHeaderLocation" not in config:
        place.refuse("These fields are required: [CSVHeaderLocation]")
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        place.refuse("These fields are required: [CSVHeaders]")


def _item_batcher(value: Value, place: Place) -> Value:
    batch_input = expressions.template if place.language == "JSONPath" else jsonata()
    fields.members(value, place, {**_BATCH[place.language], "BatchInput": batch_input})
    if isinstance(value, dict):
        fields.only_one(value, place, "MaxItemsPerBatch", "MaxItemsPerBatchPath")
        fields.only_one(value, place, "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
        if not any(name.startswith("Max") for name in value):
            place.refuse("One of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]")
    return value


def _result_writer(value: Value, place: Place) -> Value:
    arguments = _ARGUMENTS[place.language]
    readers = {
        "Resource": _allowed_resources("s3:putObject"),
        "WriterConfig": _object(lambda _: _WRITER_CONFIG),
        **arguments,
    }
    fields.members(value, place, readers)
    if isinstance(value, dict):
        (name,) = arguments
        if ("Resource" in value) != (name in value) or not ("Resource" in value or "WriterConfig" in value):
            place.refuse(f"ResultWriter needs WriterConfig, or Resource with {name}, or all of them")
    return value


FIELDS: Final[Mapping[str, Reader]] = {
    "ItemProcessor": fields.unread,
    "Iterator": fields.unread,
    "ItemReader": _item_reader,
    "ItemBatcher": _item_batcher,
    "ResultWriter": _result_writer,
    "Label": label,
}
"""Fields of a Map in either query language."""
