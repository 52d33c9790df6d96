import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, nested, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.functions import BUILTINS
from tobiishi.expr.language.values import Sequence

objects = st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=4)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("keys", [{"a": 1, "b": 2}], ["a", "b"]),
        ("keys", [[{"a": 1}, [{"b": 1, "a": 2}], 3]], ["a", "b"]),
        ("keys", ["text"], []),
        ("lookup", [{"a": None}, "a"], None),
        ("lookup", [{"a": 1}, "b"], MISSING),
        ("lookup", [[{"a": [1, 2]}, [{"a": 3}], {}], "a"], [1, 2, 3]),
        ("lookup", ["text", "a"], MISSING),
        ("spread", [{"a": 1, "b": 2}], [{"a": 1}, {"b": 2}]),
        ("spread", [[{"a": 1}, 5]], [{"a": 1}, 5]),
        ("spread", ["text"], "text"),
        ("merge", [[{"a": 1, "b": 2}, {"a": 3}]], {"a": 3, "b": 2}),
        ("merge", [MISSING], MISSING),
        ("clone", [{"a": [1]}], {"a": [1]}),
        ("type", [MISSING], MISSING),
        ("type", [None], "null"),
        ("type", [True], "boolean"),
        ("type", [1.5], "number"),
        ("type", ["a"], "string"),
        ("type", [Sequence([1])], "array"),
        ("type", [{}], "object"),
        ("type", [BUILTINS["sum"]], "function"),
        ("assert", [True], MISSING),
    ],
)
def test_objects(name, arguments, expected):
    assert call(name, *arguments) == expected


def test_what_is_collected_may_stand_for_its_one_item():
    assert isinstance(call("keys", {"a": 1}), Sequence)
    assert isinstance(call("spread", {"a": 1}), Sequence)
    assert not isinstance(call("spread", [{"a": 1}]), Sequence)


@pytest.mark.parametrize(
    ("name", "arguments", "code", "message"),
    [
        ("error", [], "D3137", "$error() function evaluated"),
        ("error", ["No stock"], "D3137", "No stock"),
        ("assert", [False], "D3141", "$assert() statement failed"),
        ("assert", [False, "No stock"], "D3141", "No stock"),
    ],
)
def test_errors_of_the_users_own(name, arguments, code, message):
    with pytest.raises(JsonataError) as raised:
        call(name, *arguments)
    assert (raised.value.code, raised.value.message) == (code, message)


def test_errors_of_type():
    assert code_of("error", 5) == "T0410"
    assert code_of("assert", None) == "T0410"
    assert code_of("merge", [1]) == "T0412"


@given(st.lists(objects, min_size=1))
def test_merge_undoes_spread(parts):
    whole = call("merge", parts)
    assert call("merge", list(call("spread", whole))) == whole
    assert list(call("keys", parts)) == list(whole)


def test_deep_arrays_and_long_ones():
    assert call("lookup", nested(50_000), "a") == []
    assert call("keys", nested(50_000)) == []
    assert spends("steps", "keys", [{}] * 1000, steps=500)
    assert spends("memory", "lookup", [{"a": [1] * 600}] * 2, "a", items=1000)
