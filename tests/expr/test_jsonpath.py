import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.sample import bound
from tobiishi.expr.bindings import EvaluationError
from tobiishi.expr.jsonpath import PathSyntaxError, compile_path, exists

SHOP = {
    "books": [
        {"title": "Sula", "price": 8, "tags": ["a", "b"]},
        {"title": "Beloved", "price": 12.5, "isbn": "0-1"},
        {"title": "Jazz", "price": 20, "isbn": "0-2"},
    ],
    "owner": {"name": "Mori", "price": 1},
    "odd key": {"it's": True},
    "nothing": None,
    "open-late": 1,
}


def value_of(path: str, data: Any = SHOP, **given: Any) -> Any:
    return compile_path(path, "InputPath").evaluate(bound(data, **given))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", SHOP),
        ("$.owner.name", "Mori"),
        ("$['owner']['name']", "Mori"),
        ('$["owner"].name', "Mori"),
        ("$['odd key']['it\\'s']", True),
        ("$.open-late", 1),
        ("$.nothing", None),
        ("$.books[0].title", "Sula"),
        ("$.books[-1].title", "Jazz"),
        ("$.books[ 1 ].price", 12.5),
        ("$.owner['name','missing']", {"name": "Mori"}),
    ],
)
def test_a_definite_path_gives_one_value(path, expected):
    assert value_of(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.books[*].title", ["Sula", "Beloved", "Jazz"]),
        ("$.books.*.title", ["Sula", "Beloved", "Jazz"]),
        ("$.books[1:].title", ["Beloved", "Jazz"]),
        ("$.books[:1].title", ["Sula"]),
        ("$.books[-2:].title", ["Beloved", "Jazz"]),
        ("$.books[0,2].title", ["Sula", "Jazz"]),
        ("$.books[0,9].title", ["Sula"]),
        ("$.books[*]['title','isbn']", ["Sula", "Beloved", "0-1", "Jazz", "0-2"]),
        ("$..isbn", ["0-1", "0-2"]),
        ("$..tags[0]", ["a"]),
        ("$.owner.*", ["Mori", 1]),
        ("$..[?(@.price == 1)]", [{"name": "Mori", "price": 1}]),
        ("$.books[?(@.isbn)].title", ["Beloved", "Jazz"]),
        ("$.owner[?(@.price == 1)].name", ["Mori"]),
        ("$.missing[*]", []),
        ("$.missing[1:].x", []),
        ("$.owner[*].x", []),
    ],
)
def test_an_indefinite_path_gives_a_list(path, expected):
    assert value_of(path) == expected


@pytest.mark.parametrize(
    ("test", "titles"),
    [
        ("@.price < 10", ["Sula"]),
        ("@.price >= 12.5", ["Beloved", "Jazz"]),
        ("@.price != 8", ["Beloved", "Jazz"]),
        ("@.isbn != '0-1'", ["Sula", "Jazz"]),
        ("@.title == 'Jazz' || @.title == \"Sula\"", ["Sula", "Jazz"]),
        ("@.isbn && @.price > 15", ["Jazz"]),
        ("!@.isbn", ["Sula"]),
        ("!(@.isbn && @.price > 15)", ["Sula", "Beloved"]),
        ("@.title =~ /j.*/i", ["Jazz"]),
        ("@.title =~ /a/", []),
        ("@.title in ['Sula', 'Jazz']", ["Sula", "Jazz"]),
        ("@.title nin ['Sula']", ["Beloved", "Jazz"]),
        ("@.tags contains 'b'", ["Sula"]),
        ("@.title contains 'elo'", ["Beloved"]),
        ("@.tags size 2", ["Sula"]),
        ("@.tags empty false", ["Sula"]),
        ("@.tags subsetof ['a', 'b', 'c']", ["Sula"]),
        ("@.tags anyof ['b', 'z']", ["Sula"]),
        ("@.tags noneof ['z']", ["Sula"]),
        ("@.price > $.owner.price && @.price < 10", ["Sula"]),
        ("@.price > 'a'", []),
        ("@.isbn == null", []),
        ("@.tags == ['a', 'b']", ["Sula"]),
    ],
)
def test_filters(test, titles):
    assert value_of(f"$.books[?({test})].title") == titles


def test_true_is_not_one():
    assert value_of("$[?(@.a == 1)]", [{"a": True}, {"a": 1}]) == [{"a": 1}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.length()", 5),
        ("$.sum()", 14),
        ("$.min()", 1),
        ("$.max()", 5),
        ("$.avg()", 2.8),
        ("$.first()", 3),
        ("$.last()", 5),
        ("$[?(@ > 2)].length()", 3),
        ("$.stddev()", pytest.approx(1.6)),
    ],
)
def test_functions_end_a_path(path, expected):
    assert value_of(path, [3, 1, 4, 1, 5]) == expected


def test_keys_of_an_object():
    assert value_of("$.owner.keys()") == ["name", "price"]


def test_roots():
    context = {"Execution": {"Input": {"a": 1}}}
    assert value_of("$$.Execution.Input.a", context=context) == 1
    assert value_of("$order.items[0]", variables={"order": {"items": ["x"]}}) == "x"
    assert compile_path("$order.items", "f").variables == {"order"}
    assert compile_path("$$.State", "f").variables == compile_path("$.a", "f").variables == frozenset()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.owner.x", "No results for path: $['owner']['x']"),
        ("$.x", "No results for path: $['x']"),
        ("$.x.y.z", "Missing property in path $['x']"),
        ("$.owner.x.z", "Missing property in path $['owner']['x']"),
        ("$.owner.name.z", "No results for path: $['owner']['name']['z']"),
        ("$.books[9]", "No results for path: $['books'][9]"),
        ("$.owner[0]", "No results for path: $['owner'][0]"),
        ("$.owner.name[0]", "No results for path: $['owner']['name'][0]"),
        ("$.owner.max()", "No results for path: $['owner']"),
    ],
)
def test_a_missing_node_is_an_error_in_jayways_words(path, reason):
    with pytest.raises(EvaluationError) as caught:
        value_of(path)
    assert (caught.value.error, caught.value.message) == ("States.Runtime", f"Invalid path '{path}' : {reason}")
    assert caught.value.location is None


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("SecondsPath", "The SecondsPath parameter does not reference an input value: $.x"),
        ("TimestampPath", "The TimestampPath parameter does not reference an input value: $.x"),
        (
            "CausePath",
            "The JSONPath '$.x' specified for the field 'CausePath' could not be found in the input '{\"a\":1}'",
        ),
        ("to.$", "The JSONPath '$.x' specified for the field 'to.$' could not be found in the input '{\"a\":1}'"),
        ("OutputPath", "Invalid path '$.x' : No results for path: $['x']"),
    ],
)
def test_the_field_decides_the_words(field, message):
    with pytest.raises(EvaluationError) as caught:
        compile_path("$.x", field).evaluate(bound({"a": 1}))
    assert caught.value.message == message


def test_a_missing_variable_is_an_error():
    with pytest.raises(EvaluationError, match="Invalid path '\\$gone'"):
        value_of("$gone")


@pytest.mark.parametrize(
    "path",
    [
        *("", "a", "$.", "$..", "$x.", "$a b", "$.a b", "$.a..", "$.a[", "$.a[]", "$.a['b'", "$.a[:]", "$.a[0:1:2]"),
        *("$.a[?]", "$.a[?(@.b]", "$.a[?(@.b ==)]", "$.a[?(@.b =~ x)]", "$.a[?(@.b =~ /(?=a)/)]", "$.a[?()]"),
        *("$.a.size()", "$.length().b", "$..length()", "$.a[0,'b']", "$.a[?(@.b in [[1]])]", "$.a.'b'"),
        "$" + "[?(@" * 50,
        "$[?(" + "(" * 5000,
    ],
)
def test_what_is_no_path_is_refused_in_one_line(path):
    with pytest.raises(PathSyntaxError) as caught:
        compile_path(path, "InputPath")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("path", "is_reference"),
    [("$.a['b'][0]", True), ("$$.a", True), ("$v[1]", True), ("$.a[*]", False), ("$..a", False), ("$.a[0:1]", False)],
)
def test_reference_paths_name_one_node(path, is_reference):
    assert compile_path(path, "f").reference is is_reference
    if is_reference:
        compile_path(path, "f", reference=True)
    else:
        with pytest.raises(PathSyntaxError, match="not a reference path"):
            compile_path(path, "f", reference=True)


@pytest.mark.parametrize(
    ("path", "present"),
    [("$.owner", True), ("$.nothing", True), ("$.x", False), ("$.books[7]", False), ("$..isbn", True), ("$..x", False)],
)
def test_exists(path, present):
    assert exists(compile_path(path, "Variable"), bound(SHOP)) is present


@pytest.mark.parametrize("path", ["$..*..*..*..*", "$[?(@.x in $[*].x)]", "$[*].x[?(@ in $[700][0])]"])
def test_work_is_bounded(path):
    data = [{"x": list(range(100))} for _ in range(700)] + [[list(range(3000))]]
    started = time.perf_counter()
    with pytest.raises(EvaluationError, match="visits more than 250000 nodes"):
        value_of(path, data)
    assert time.perf_counter() - started < 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def places(value: Any, path: str = "$") -> list[tuple[str, Any]]:
    """Every node of a value with a path that leads to it."""
    found = [(path, value)]
    if isinstance(value, dict):
        for key, item in value.items():
            escaped = key.replace("\\", "\\\\").replace("'", "\\'")
            found += places(item, f"{path}['{escaped}']")
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, f"{path}[{index}]")
    return found


@given(JSON)
def test_every_node_can_be_reached_by_its_path(value):
    for path, node in places(value):
        assert value_of(path, value) is node
