import pytest
from hypothesis import given, settings

from tests.expr.language.grammar import expressions
from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.parser import parse
from tobiishi.expr.language.printer import text_of


@pytest.mark.parametrize(
    "text",
    [
        "$states.input.a[0].b",
        "a.b^(>c, d)[0]{k: $sum(v)}",
        "`two words`.*.%.**",
        "-5 + -a",
        "function($a, $b)<s-n?:s>{$a & $b}",
        "($x := [1..3]; $x.($ * 2))",
        '{"a": 1, "b": null}[]',
        "a@$x#$i[$i = 1][0]#$j[]",
        "$f(?, 1)(2) ~> $g",
        '|a.b|{}, ["c"]|',
        "a ? b : c ? d : e",
        "$match(a, /x\\/[/]/im)",
        "a ?: b ?? c",
        '"\\ud83d\\ude00".`a"b`',
    ],
)
def test_what_is_written_plainly_comes_back_the_same(text):
    tree = parse(text)
    assert parse(text_of(tree)) == tree


def test_texts():
    assert text_of(parse("a . b [ 0 ] {  'k' : $sum( v )}")) == 'a.b[0]{"k": $sum(v)}'
    assert text_of(parse('"x y"."z`"')) == '`x y`."z`"'


@settings(max_examples=500)
@given(expressions)
def test_a_printed_tree_is_the_same_tree(text):
    try:
        tree = parse(text)
    except JsonataError:
        return
    assert parse(text_of(tree)) == tree
