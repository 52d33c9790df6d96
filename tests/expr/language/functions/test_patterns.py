import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import Lambda, call, code_of, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.functions.regexes import Regex, compile_regex
from tobiishi.expr.language.values import Sequence


def regex(pattern: str, flags: str = "") -> Regex:
    return compile_regex(pattern, flags, None)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("contains", ["tea time", "time"], True),
        ("contains", ["tea", regex("E", "i")], True),
        ("contains", ["tea", regex("x")], False),
        ("contains", ["tea", MISSING], MISSING),
        ("split", ["a1b22c", regex(r"\d+")], ["a", "b", "c"]),
        ("split", ["a1b22c", regex(r"(\d)+"), 2], ["a", "b"]),
        ("split", ["abc", regex(r"\d")], ["abc"]),
        ("split", ["abc", regex(r"\d"), 0], []),
        ("split", ["1a1", regex(r"\d")], ["", "a", ""]),
        ("split", ["abc", MISSING], ["abc"]),
        ("replace", ["a-b-c", "-", "+"], "a+b+c"),
        ("replace", ["a-b-c", "-", "+", 1], "a+b-c"),
        ("replace", ["a-b-c", "-", "$0"], "a$0b$0c"),
        ("replace", ["a-b-c", regex("-"), "+", 1], "a+b-c"),
        ("replace", ["a-b", regex("-"), "+", 0], "a-b"),
        ("replace", ["ab", regex("(a)(b)"), "$2$1$0$$1"], "baab$1"),
        ("replace", ["ab", regex("(a)(b)"), "$3$12$x$"], "a2$x$"),
        ("replace", ["a", regex("(a)|(b)"), "[$2]"], "[]"),
        ("replace", ["a" * 12, regex("(a)" * 12), "$12$13$01"], "aa3" + "a" * 12 + "1"),
        ("match", ["a1b2", regex(r"([a-z])(\d)")],
         [{"match": "a1", "index": 0, "groups": ["a", "1"]}, {"match": "b2", "index": 2, "groups": ["b", "2"]}]),
        ("match", ["a1b2", regex(r"\d"), 1], [{"match": "1", "index": 1, "groups": []}]),
        ("match", ["a1b2", regex(r"\d"), 0], []),
    ],
)  # fmt: skip
def test_patterns(name, arguments, expected):
    assert call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("replace", ["a", "", "b"], "D3010"),
        ("replace", ["a", "a", "b", -1], "D3011"),
        ("replace", ["a", regex("a"), Lambda(lambda _: 1)], "D3012"),
        ("replace", ["a", "a", Lambda(lambda _: "b")], "D3012"),
        ("replace", ["a", "a", MISSING], "T0410"),
        ("replace", ["a", MISSING, "b"], "T0410"),
        ("replace", ["aa", regex("x*"), "b"], "D1004"),
        ("split", ["a", regex("a"), -1], "D3020"),
        ("match", ["a", regex("a"), -1], "D3040"),
        ("match", ["a", "a"], "T0410"),
    ],
)
def test_failures(name, arguments, code):
    assert code_of(name, *arguments) == code


@pytest.mark.parametrize("name", ["contains", "split", "match", "replace"])
def test_undefined_stays_undefined(name):
    arguments = [MISSING, regex("a"), "b"] if name == "replace" else [MISSING, regex("a")]
    assert call(name, *arguments) is MISSING


def test_a_function_may_replace():
    shout = Lambda(lambda match: match["match"].upper() + str(match["groups"]))
    assert call("replace", "tea", regex("(e)"), shout) == "tE['e']a"


def test_a_function_may_find():
    spaces = Lambda(lambda text: {"match": " ", "start": 1, "end": 2, "groups": []} if " " in text else MISSING)
    assert call("split", "a b c", spaces) == ["a", "b c"]
    assert call("contains", "a b", spaces) is True
    assert call("contains", "ab", spaces) is False


def test_matches_may_stand_for_the_one():
    assert isinstance(call("match", "a", regex("a")), Sequence)
    assert not isinstance(call("split", "a", regex("x")), Sequence)


@given(st.text("abé1 ", max_size=30), st.sampled_from([r"\d", "[ab]+", "é|1", " "]))
def test_patterns_agree_with_pythons(text, pattern):
    assert [match["index"] for match in call("match", text, regex(pattern))] == [
        found.start() for found in re.finditer(pattern, text)
    ]
    assert call("split", text, regex(pattern)) == re.split(pattern, text)
    assert call("replace", text, regex(pattern), "<$0>") == re.sub(pattern, r"<\g<0>>", text)
    assert call("contains", text, regex(pattern)) is bool(re.search(pattern, text))


@pytest.mark.parametrize("pattern", ["a", regex("a")])
def test_what_would_be_too_long_is_not_made(pattern):
    assert spends("memory", "replace", "a" * 100, pattern, "b" * 100, characters=1000)
    assert spends("memory", "replace", "a" * 100, regex("a+"), "$0" * 100, characters=1000)
    assert spends("memory", "split", "a" * 2000, pattern, items=1000)
