import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.sample import bound
from tests.expr.test_jsonpath import JSON, places
from tobiishi.expr.bindings import EvaluationError
from tobiishi.expr.jsonpath import PathSyntaxError, compile_path
from tobiishi.expr.result_path import compile_result_path


def test_null_discards_and_the_root_replaces():
    assert compile_result_path(None).insert({"a": 1}, 2) == {"a": 1}
    assert compile_result_path("$").insert({"a": 1}, 2) == 2


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("$.r", {"a": 1}, {"a": 1, "r": "R"}),
        ("$.a", {"a": 1}, {"a": "R"}),
        ("$.b.c.d", {"a": 1}, {"a": 1, "b": {"c": {"d": "R"}}}),
        ("$.a['b c'][0].d", {"a": {"b c": [{"x": 1}, 2]}}, {"a": {"b c": [{"x": 1, "d": "R"}, 2]}}),
        ("$[1]", [1, 2], [1, "R"]),
    ],
)
def test_the_result_goes_to_the_path(path, raw, expected):
    assert compile_result_path(path).insert(raw, "R") == expected


@pytest.mark.parametrize(
    ("path", "raw"),
    [("$.a", "text"), ("$.a", None), ("$.a", [1]), ("$.a.b", {"a": 1}), ("$.a[0]", {"a": {}}), ("$.a[2]", {"a": [1]})],
)
def test_a_place_that_cannot_be_made_is_an_error(path, raw):
    with pytest.raises(EvaluationError) as caught:
        compile_result_path(path).insert(raw, 1)
    assert caught.value.error == "States.ResultPathMatchFailure"
    assert caught.value.message.startswith(f"Unable to apply ReferencePath {path} to input ")


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$$.a", "$v", "a", "$.a.length()", "$.a[0:1]"])
def test_only_reference_paths_into_the_input_are_admitted(path):
    with pytest.raises(PathSyntaxError):
        compile_result_path(path)


def test_only_the_way_to_the_result_is_copied():
    raw = {"a": {"b": {}}, "other": {"c": []}}
    before = copy.deepcopy(raw)
    result = compile_result_path("$.a.b.r").insert(raw, 1)
    assert raw == before
    assert result["other"] is raw["other"]
    assert result["a"] is not raw["a"]


@given(JSON, st.data())
def test_what_was_inserted_is_found_again(value, data):
    path, _ = data.draw(st.sampled_from(places(value)))
    before = copy.deepcopy(value)
    changed = compile_result_path(path).insert(value, {"new": "value"})
    assert compile_path(path, "OutputPath").evaluate(bound(changed)) == {"new": "value"}
    assert value == before
