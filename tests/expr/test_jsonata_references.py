import pytest

from tobiishi.expr.jsonata_references import free_variables, unsupported_references
from tobiishi.expr.language import compile_expression

FIELDS = frozenset({"input", "context"})

TOP_LEVEL = {
    "phone": ["phone"],
    "a.b + $x + c": ["a", "c"],
    'a & a & "b"': ["a"],
    '{"k": v, n: [d]}': ["v", "n", "d"],
    "-a": ["a"],
    "(a; $b)": ["a"],
    "p ? q : r": ["p", "q", "r"],
    "x ~> $sum": ["x"],
    "$map(items, $f)": ["items"],
    "$x := y": ["y"],
    "[1..n]": ["n"],
}


@pytest.mark.parametrize(("text", "names"), TOP_LEVEL.items(), ids=TOP_LEVEL)
def test_a_bare_name_has_nothing_to_be_a_field_of(text, names):
    expected = {f"Reference to '{name}' at the top level is not supported." for name in names}
    assert set(unsupported_references(compile_expression(text), FIELDS)) == expected


FREE = [
    "$states.input.phone",
    "$states.input.orders[total > 5 and paid].lines",
    "$states.input.orders{customer: $sum(total)}",
    "$states.input.orders^(>total)",
    "$states.input.(first & last)",
    "$map($states.input.items, function($v) { $v.total })",
    "$states.input ~> |items|{'done': true}|",
    "$states",
    "$lookup($states, 'input')",
    "$total > 5 ? 'much' : 'little'",
    "$.x",
]


@pytest.mark.parametrize("text", FREE)
def test_inside_a_path_names_are_free(text):
    assert unsupported_references(compile_expression(text), FIELDS) == []


@pytest.mark.parametrize("text", ["$states.result", "$f($states.result.x)", "$states.input[id = $states.result]"])
def test_only_the_offered_fields_of_states_exist(text):
    assert unsupported_references(compile_expression(text), FIELDS) == ["Field '$states.result' does not exist."]
    assert unsupported_references(compile_expression(text), FIELDS | {"result"}) == []


def test_there_is_no_root():
    assert unsupported_references(compile_expression("$$.x"), FIELDS) == ["Reference to '$$' is not supported."]


VARIABLES = {
    "$states.input.a": [],
    "$x": ["x"],
    "$x.y + $sum($z)": ["x", "z"],
    "($x := $y; $f := function($a){ $a + $x + $z }; $map($list[$q > 1], $f)){ $k : $v }": [
        "k",
        "list",
        "q",
        "v",
        "y",
        "z",
    ],
    "$states.input.a@$w#$i[$w.b = $n].{'c': $i, 'd': $u ~> $t}": ["n", "t", "u"],
    "$$.a": [],
    "[1, 2].($ + $x)": ["x"],
    "$a ? $b : $c": ["a", "b", "c"],
    "$x ~> |$y|{'a': $z}, $d|": ["d", "x", "y", "z"],
    "$states.input^($w)": ["w"],
}


@pytest.mark.parametrize(("text", "names"), VARIABLES.items(), ids=VARIABLES)
def test_the_variables_that_an_expression_takes_from_the_workflow(text, names):
    assert sorted(free_variables(compile_expression(text))) == names
