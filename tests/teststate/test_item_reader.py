from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.expr.bindings import EvaluationError
from tobiishi.teststate.item_reader import read_items


def read(text: str, **config: Any) -> list[Any]:
    return read_items(text, {"ReaderConfig": config})


def test_json_is_an_array_or_the_members_of_an_object() -> None:
    assert read("[1, {}]", InputType="JSON") == [1, {}]
    assert read('{"a": 1, "b": [2]}', InputType="JSON") == [{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]


def test_a_listing_is_made_of_its_contents() -> None:
    assert read_items('{"Contents": [{"Key": "a.txt"}], "Name": "bucket"}', {}) == [{"Key": "a.txt"}]


@pytest.mark.parametrize(("pointer", "items"), [("/a/1/b", [7]), ("/c~1d/~0", [8]), ("/e", [{"Key": "f", "Value": 9}])])
def test_a_pointer_leads_to_the_items(pointer: str, items: list[Any]) -> None:
    text = '{"a": [0, {"b": [7]}], "c/d": {"~": [8]}, "e": {"f": 9}}'

    assert read(text, InputType="JSON", ItemsPointer=pointer) == items


def test_lines_are_items() -> None:
    assert read('{"a": 1}\n\n[2]\r\n"x"', InputType="JSONL") == [{"a": 1}, [2], "x"]


def test_rows_are_named_by_the_first_one_or_by_headers_that_are_given() -> None:
    assert read("a,b\n1,2\n3\n", InputType="CSV", CSVHeaderLocation="FIRST_ROW") == [{"a": "1", "b": "2"}, {"a": "3"}]
    assert read("1|'|2", InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["x"], CSVDelimiter="PIPE") == [
        {"x": "1"}
    ]


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("{", {"InputType": "JSON"}),
        ("7", {"InputType": "JSON"}),
        ("[1]", {"InputType": "JSON", "ItemsPointer": "/9999999999999999999999"}),
        ("{}", {"InputType": "JSON", "ItemsPointer": "/a/b"}),
        ("[" * 300, {"InputType": "JSONL"}),
        ("x" * 200_000, {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}),
        ("PAR1", {"InputType": "PARQUET"}),
        ("{}", {"InputType": "MANIFEST"}),
    ],
)
def test_what_cannot_be_read_is_the_readers_failure(text: str, config: dict[str, Any]) -> None:
    with pytest.raises(EvaluationError) as raised:
        read(text, **config)
    assert raised.value.error == "States.ItemReaderFailed"


@given(st.text(), st.sampled_from(["JSON", "JSONL", "CSV"]), st.text(max_size=5))
def test_any_text_gives_items_or_that_failure(text: str, kind: str, pointer: str) -> None:
    try:
        items = read(text, InputType=kind, ItemsPointer=f"/{pointer}")
    except EvaluationError:
        items = []
    assert isinstance(items, list)
