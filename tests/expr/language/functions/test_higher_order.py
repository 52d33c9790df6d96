import pytest

from tests.expr.language.functions.sample import Lambda, call, code_of, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.functions import BUILTINS
from tobiishi.expr.language.values import Sequence

square = Lambda(lambda number: number * number)
big = Lambda(lambda number: number > 1)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("map", [[1, 2], square], [1, 4]),
        ("map", [[5, 6], Lambda(lambda _, index: index, 2)], [0, 1]),
        ("map", [[5, 6], Lambda(lambda _, index, whole: whole[1 - index], 3)], [6, 5]),
        ("map", [[1, 2], Lambda(lambda number: MISSING if number == 1 else number)], [2]),
        ("map", [["a"], BUILTINS["uppercase"]], ["A"]),
        ("map", [[1, 2], BUILTINS["string"]], ["1", "2"]),
        ("map", [7, square], [49]),
        ("filter", [[1, 2, 3], big], [2, 3]),
        ("filter", [[0, 1, "", "a"], BUILTINS["boolean"]], [1, "a"]),
        ("single", [[1, 2], big], 2),
        ("single", [[1]], 1),
        ("reduce", [[1, 2, 3], Lambda(lambda total, item: total + item, 2)], 6),
        ("reduce", [[1, 2, 3], Lambda(lambda total, item: total + item, 2), 10], 16),
        ("reduce", [["a", "b"], Lambda(lambda total, _, index: total + str(index), 3)], "a1"),
        ("reduce", [["a"], Lambda(lambda total, *_: total + "x", 9), ""], "x"),
        ("reduce", [[], Lambda(lambda *_: 1, 2)], MISSING),
        ("each", [{"a": 1, "b": 2}, Lambda(lambda value, name: f"{name}{value}", 2)], ["a1", "b2"]),
        ("sift", [{"a": 1, "b": 2}, big], {"b": 2}),
        ("sift", [{"a": 1}, big], MISSING),
        ("sift", [{"a": "b", "b": "x"}, Lambda(lambda value, _, whole: value in whole, 3)], {"a": "b"}),
    ],
)
def test_higher_order(name, arguments, expected):
    assert call(name, *arguments) == expected


@pytest.mark.parametrize("name", ["map", "filter", "single", "reduce", "each", "sift"])
def test_undefined_stays_undefined(name):
    assert call(name, MISSING, Lambda(lambda *_: 1, 2)) is MISSING


def test_what_is_collected_may_stand_for_its_one_item():
    assert isinstance(call("map", [1], square), Sequence)
    assert isinstance(call("filter", [2], big), Sequence)


def test_an_object_may_be_the_context():
    assert call("sift", big, context={"a": 2}) == {"a": 2}
    assert call("each", square, context={"a": 2}) == [4]


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("map", [[1]], "T0410"),
        ("single", [[2, 3], big], "D3138"),
        ("single", [[0, 1], big], "D3139"),
        ("reduce", [[1], square], "D3050"),
        ("sift", [{"a": 1}], "T0410"),
    ],
)
def test_failures(name, arguments, code):
    assert code_of(name, *arguments) == code


@pytest.mark.parametrize("name", ["map", "filter"])
def test_each_call_is_paid_for(name):
    assert spends("steps", name, [1] * 1000, BUILTINS["string"], steps=500)
