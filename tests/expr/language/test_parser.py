import pytest

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.parser import parse

ERRORS = {
    "'open": ("S0101", 0),
    "1e999": ("S0102", 0),
    "'\\q'": ("S0103", 2),
    "'\\u12'": ("S0104", 2),
    "a.`open": ("S0105", 2),
    "1 /* open": ("S0106", 2),
    "1 2": ("S0201", 2),
    "[1;2]": ("S0202", 2),
    "(1": ("S0203", 2),
    "1 ! 2": ("S0204", 2),
    "": ("S0207", 0),
    "1 +": ("S0207", 3),
    "function(a){1}": ("S0208", 9),
    "[1]{'a': 1}[0]": ("S0209", 11),
    "a{'a': 1}{'b': 2}": ("S0210", 9),
    "1 + >": ("S0211", 4),
    "a := 1": ("S0212", 2),
    "a.1": ("S0213", 2),
    "a@b": ("S0214", 1),
    "a#b": ("S0214", 1),
    "a[0]@$b": ("S0215", 4),
    "a^(b)@$c": ("S0216", 5),
    "$x.%": ("S0217", 0),
    "//": ("S0301", 0),
    "/a": ("S0302", 0),
    "function($x)<n<n>>{$x}": ("S0401", None),
    "[" * 200: ("S0500", None),
    "(" * 3000: ("S0500", None),
}


@pytest.mark.parametrize("text", ERRORS, ids=lambda text: text[:20])
def test_errors_have_a_code_and_a_position(text):
    code, position = ERRORS[text]
    with pytest.raises(JsonataError) as raised:
        parse(text)
    assert raised.value.code == code
    if position is not None:
        assert raised.value.position == position


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1+2*3", "1 + 2 * 3"),
        ("a . b", "a.b"),
        ("'a'.b", "a.b"),
        ("a/* b */.c", "a.c"),
        ("a and b or c", "a and b or c"),
        ("λ($x){$x}", "function($x){$x}"),
        ("a.`b`", "a.b"),
        ("-1", "- 1"),
        ("$f(1,)", None),
    ],
)
def test_trees_do_not_depend_on_how_a_thing_is_written(text, same):
    if same is None:
        with pytest.raises(JsonataError):
            parse(text)
    else:
        assert parse(text) == parse(same)


@pytest.mark.parametrize(("text", "other"), [("1 - 2 - 3", "1 - (2 - 3)"), ("a.b[0]", "(a.b)[0]"), ("a[]", "a")])
def test_what_differs_has_another_tree(text, other):
    assert parse(text) != parse(other)


def test_a_long_chain_is_no_deep_nesting():
    parse(" & ".join(["a"] * 5000))
    parse(".".join(["a"] * 5000))
