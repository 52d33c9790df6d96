from typing import Any

import pytest

from tests.asl.machines import PASS, distributed, errors, machine, map_state, places, text, warnings
from tobiishi.asl.compile import compile_definition

GET, LIST, PUT = (f"arn:aws:states:::s3:{action}" for action in ("getObject", "listObjectsV2", "putObject"))


def reader(**fields: Any) -> dict[str, Any]:
    return distributed(ItemReader={"Resource": GET, "Parameters": {"Bucket": "b", "Key": "k"}, **fields})


def config(**fields: Any) -> dict[str, Any]:
    return reader(ReaderConfig={"InputType": "JSON", **fields})


PROBLEMS = {
    "reader without a resource": (distributed(ItemReader={}), "/ItemReader", "[Resource]"),
    "reader's resource": (
        reader(Resource=PUT),
        "/ItemReader/Resource",
        "does not match any of the allowed values. Examples: [arn:<partition>:states:::s3:getObject, arn:<",
    ),
    "reader is a list": (distributed(ItemReader=[]), "/ItemReader", "[OBJECT]"),
    "input type": (
        config(InputType="XML"),
        "/ItemReader/ReaderConfig/InputType",
        "[MANIFEST, JSON, CSV, JSONL, PARQUET]",
    ),
    "header location": (config(InputType="CSV"), "/ItemReader/ReaderConfig", "[CSVHeaderLocation]"),
    "headers": (
        config(InputType="CSV", CSVHeaderLocation="GIVEN"),
        "/ItemReader/ReaderConfig",
        "[CSVHeaders]",
    ),
    "headers are numbers": (config(CSVHeaders=[1]), "/ItemReader/ReaderConfig/CSVHeaders", "strings"),
    "max items": (config(MaxItems=100_000_001), "/ItemReader/ReaderConfig/MaxItems", "Maximum value is 100000000"),
    "max items twice": (config(MaxItems=1, MaxItemsPath="$.n"), "/ItemReader/ReaderConfig", "[MaxItems, MaxItemsPath]"),
    "pointer": (config(ItemsPointer="items"), "/ItemReader/ReaderConfig/ItemsPointer", "JSON pointer"),
    "reader's template": (reader(Parameters={"Key.$": "key"}), "/ItemReader/Parameters", "'Key.$'"),
    "batcher of nothing": (distributed(ItemBatcher={}), "/ItemBatcher", "[MaxItemsPerBatch, MaxInputBytesPerBatch]"),
    "batch": (distributed(ItemBatcher={"MaxItemsPerBatch": 0}), "/ItemBatcher/MaxItemsPerBatch", "Minimum value is 1"),
    "batch bytes": (
        distributed(ItemBatcher={"MaxInputBytesPerBatch": 262_145}),
        "/ItemBatcher/MaxInputBytesPerBatch",
        "Maximum value is 262144",
    ),
    "writer without parameters": (
        distributed(ResultWriter={"Resource": PUT}),
        "/ResultWriter",
        "Resource with Parameters",
    ),
    "writer of nothing": (distributed(ResultWriter={}), "/ResultWriter", "WriterConfig"),
    "writer's resource": (
        distributed(ResultWriter={"Resource": GET, "Parameters": {"Bucket": "b"}}),
        "/ResultWriter/Resource",
        "s3:putObject",
    ),
    "writer's output": (
        distributed(ResultWriter={"WriterConfig": {"OutputType": "CSV"}}),
        "/ResultWriter/WriterConfig/OutputType",
        "[JSON, JSONL]",
    ),
    "empty label": (distributed(Label=""), "/Label", "Label cannot be empty"),
    "long label": (distributed(Label="x" * 41), "/Label", "40 characters"),
}


@pytest.mark.parametrize(("definition", "location", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_maps_own_fields_are_checked(definition, location, message):
    [problem] = errors(definition)
    assert problem.location == f"/States/S{location}"
    assert message in problem.message


GOOD = {
    "reader": reader(ReaderConfig={"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItemsPath": "$n"}),
    "no items": config(MaxItems=0),
    "listing": distributed(ItemReader={"Resource": LIST, "Parameters": {"Bucket": "b"}}),
    "batcher": distributed(ItemBatcher={"MaxItemsPerBatchPath": "$.n", "BatchInput": {"x.$": "$.x"}}),
    "writer": distributed(ResultWriter={"Resource": PUT, "Parameters": {"Bucket.$": "$.b"}}),
    "china": distributed(ItemReader={"Resource": GET.replace("aws", "aws-cn"), "Parameters": {}}),
}


@pytest.mark.parametrize("definition", GOOD.values(), ids=GOOD)
def test_what_aws_takes_is_taken(definition):
    assert errors(definition) == []


@pytest.mark.parametrize("character", [*' \t\n?*<>{}[]:;,\\|^~$#%&`"', "\x00", "\x7f", "\x9f"])
def test_characters_that_a_label_cannot_have(character):
    [problem] = errors(distributed(Label=f"label_{character}"))
    assert problem.code == "INVALID_LABEL_NAME"


def test_labels_are_unique_in_the_machine():
    first, second = (distributed(Label="same")["States"]["S"] for _ in range(2))
    second = {**second, "ItemProcessor": {**second["ItemProcessor"], **machine({"J": PASS})}}
    del first["End"]
    definition = machine({"A": {**first, "Next": "B"}, "B": second})
    assert places(definition) == ["/States/B/Label"]


def test_a_distributed_map_keeps_what_is_written():
    writer = {"Resource": PUT, "Parameters": {"Bucket": "b"}}
    state = compile_definition(text(distributed(ResultWriter=writer, Label="l"))).states["S"]
    assert state.raw == {"ResultWriter": writer}  # type: ignore[attr-defined]
    assert state.label == "l"  # type: ignore[attr-defined]
    assert state.distributed  # type: ignore[attr-defined]


def test_a_tolerance_has_no_effect_inline() -> None:
    problems = warnings(map_state(ToleratedFailureCount=1, ToleratedFailurePercentagePath="$.p"))
    assert [problem.location for problem in problems] == [
        "/States/S/ToleratedFailureCount",
        "/States/S/ToleratedFailurePercentagePath",
    ]
    assert warnings(distributed(ToleratedFailureCount=1)) == []
