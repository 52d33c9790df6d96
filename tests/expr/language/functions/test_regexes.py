import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import Lambda, call, evaluation, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation, Limits
from tobiishi.expr.language.functions.regex_syntax import BeyondRe2Error, RegexSyntaxError, compile_re2
from tobiishi.expr.language.functions.regexes import compile_regex, matches_of


def found(pattern: str, text: str, **flags: bool) -> str | None:
    match = compile_re2(pattern, **flags).search(text)
    return None if match is None else match.group()


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"\s+", "a\u00a0\u2003\vb", "\u00a0\u2003\v"),
        (r"\S+", "\u00a0é\u2028", "é"),
        (r"[\s,]+", "a,\u3000b", ",\u3000"),
        (r"[^\S]", "a b", " "),
        (r"[\S]+", " ab ", "ab"),
        (r"a.b", "a\u2028b", None),
        (r"a.b", "aéb", "aéb"),
        (r"(?s)a.b", "a\nb", "a\nb"),
        (r"a[^]b", "a\nb", "a\nb"),
        (r"a[]", "a", None),
        (r"\u00e9\x41\t", "éA\t", "éA\t"),
        (r"\uD83D\uDE00+", "😀😀", "😀😀"),
        (r"[\uD83D\uDE00]", "😀", "😀"),
        (r"\cJ", "\n", "\n"),
        (r"[\b]", "\b", "\b"),
        (r"\bb\b", "a b", "b"),
        (r"a\/b\-c\e", "a/b-ce", "a/b-ce"),
        (r"[[:alpha:]", "[", "["),
        (r"[a\-z]+", "a-z", "a-z"),
        (r"[\w-.]+", "a-b.c", "a-b.c"),
        (r"[-a]+", "a-", "a-"),
        (r"[a-]+", "a-", "a-"),
        (r"[+--]+", "+,-", "+,-"),
        (r"(?<year>\d+)", "in 2020", "2020"),
        (r"(?:a|b)+?", "ab", "a"),
        (r"(?i)A", "a", "a"),
        (r"\p{Lu}+", "aÄB", "ÄB"),
        (r"a{,2}", "a{,2}", "a{,2}"),
        (r"tea$", "tea\n", None),
        (r"\0", "\0", "\0"),
        (r"[\d\s]+", "1 2", "1 2"),
    ],
)
def test_javascripts_syntax(pattern, text, expected):
    assert found(pattern, text) == expected


def test_flags():
    assert found("TEA", "tea", ignores_case=True) == "tea"
    assert found("^b$", "a\nb\nc", is_multiline=True) == "b"
    assert found("^b$", "a\nb\nc") is None


BACKTRACKING = [
    ("(?=a)a", "looking ahead", "ba"),
    ("(?!b)a", "looking ahead", "ba"),
    ("(?<=a)b$", "looking behind", "ab"),
    ("(?<!a)b", "looking behind", "bb"),
    (r"(a)\1", "references back", "aa"),
    (r"(?<n>[$a])\k<n>", "references back", "$$"),
    ("(?>a)b", "an atomic group", "ab"),
]


@pytest.mark.parametrize(("pattern", "reason", "text"), BACKTRACKING)
def test_what_takes_more_than_linear_time_runs_where_somebody_ends_it(pattern, reason, text):
    with pytest.raises(BeyondRe2Error, match=reason):
        compile_re2(pattern)
    regex = compile_regex(pattern, "", 7)
    with pytest.raises(BudgetSpentError):
        regex.is_in(text, Evaluation(0, random.Random))
    patient = Limits(backtracking=True)
    assert regex.is_in(text, Evaluation(0, random.Random, patient))
    assert not regex.is_in("c\n", Evaluation(0, random.Random, patient))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a{1001}", "Not a regular expression"),
        ("(", "Not a regular expression"),
        ("*", "Not a regular expression"),
        ("[a", "not closed"),
        ("[z-a]", "out of order"),
        ("(?x", "Invalid group"),
        ("a\\", "backslash"),
        (r"\p{Klingon}", "Not a regular expression"),
    ],
)
def test_what_is_refused_says_why(pattern, reason):
    with pytest.raises(RegexSyntaxError, match=reason):
        compile_re2(pattern)
    with pytest.raises(JsonataError) as raised:
        compile_regex(pattern, "", 7)
    assert (raised.value.code, raised.value.position) == ("S0303", 7)


@given(st.text("ab[]()^$-\\.*+?{1,}|ds\ud800", max_size=8), st.text("ab-\\ \n1", max_size=8))
def test_no_pattern_does_harm(pattern, text):
    """Where the pattern is Python's too, and means the same, it finds the same."""
    try:
        regex = compile_re2(pattern)
    except RegexSyntaxError:
        return
    match = regex.search(text)
    if re.fullmatch(r"[ab.|^1]*", pattern):
        expected = re.search(pattern, text)
        assert (match and match.span()) == (expected and expected.span())


def test_a_regular_expression_is_a_function():
    regex = compile_regex(r"(\w)(\d)?", "", None)
    first = regex.call(["é a1"], evaluation())
    assert {name: first[name] for name in ("match", "start", "end", "groups")} == {
        "match": "a1",
        "start": 2,
        "end": 4,
        "groups": ["a", "1"],
    }
    assert first["next"].call([], evaluation()) is MISSING
    assert regex.call(["-"], evaluation()) is MISSING
    assert regex.call([5], evaluation()) is MISSING


def test_matches_follow_one_another():
    match = compile_regex("(a)|b", "i", None).call(["aXB"], evaluation())
    following = match["next"].call([], evaluation())
    assert (following["match"], following["groups"]) == ("B", [None])
    assert following["next"].call([], evaluation()) is MISSING


@pytest.mark.parametrize(("pattern", "text"), [("x*", "ab"), ("(?:a|)", "ab"), ("^", "ab")])
def test_empty_matches_have_no_end(pattern, text):
    regex = compile_regex(pattern, "", 3)
    with pytest.raises(JsonataError) as raised:
        list(regex.matches(text, evaluation()))
    assert (raised.value.code, raised.value.position) == ("D1004", 3)
    following = regex.call([text], evaluation())
    with pytest.raises(JsonataError):
        following["next"].call([], evaluation())


def test_one_empty_match_at_the_end_is_no_harm():
    assert [match.start for match in compile_regex("$", "", None).matches("ab", evaluation())] == [2]
    assert [match.start for match in compile_regex("x*", "", None).matches("", evaluation())] == [0]


def test_surrogates_do_no_harm():
    assert call("match", "\ud800a\udfff", compile_regex("a", "", None)) == [{"match": "a", "index": 1, "groups": []}]
    assert call("match", "\ud800", compile_regex(".", "", None))[0]["match"] == "\ud800"


def matcher(answer: Any) -> Lambda:
    return Lambda(lambda *_: answer)


@pytest.mark.parametrize(
    "answer", ["x", {}, {"start": 1}, {"start": True, "end": 1}, {"start": 0, "end": 1, "groups": [1]}]
)
def test_functions_that_answer_with_no_match(answer):
    with pytest.raises(JsonataError) as raised:
        list(matches_of(matcher(answer), "text", evaluation(), "split"))
    assert raised.value.code == "T1010"


@pytest.mark.parametrize("answer", [MISSING, None, False])
def test_functions_that_find_nothing(answer):
    assert list(matches_of(matcher(answer), "text", evaluation(), "split")) == []


def test_a_matcher_that_never_ends_is_stopped():
    endless: dict[str, Any] = {"match": "", "start": 0, "end": 0, "groups": []}
    endless["next"] = matcher(endless)
    assert spends("steps", "match", "text", matcher(endless), steps=1000)


def test_patterns_that_would_backtrack_for_ever():
    for pattern in ("(a+)+$", "(a|aa)+$", "(a*)*b"):
        assert call("contains", "a" * 5000 + "!", compile_regex(pattern, "", None)) is False
    assert spends("steps", "contains", "a" * 100_000, compile_regex("(a+)+$", "", None), steps=1000)
    assert spends("steps", "match", "x" * 10_000, compile_regex("x*y|x", "", None), steps=10_000)
