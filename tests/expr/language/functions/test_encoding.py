from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, code_or_nothing, spends
from tobiishi.expr.bindings import MISSING

encodable = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("base64encode", "tea", "dGVh"),
        ("base64encode", "é", "w6k="),
        ("base64decode", "dGVhIQ", "tea!"),
        ("base64decode", " d G V h\n", "tea"),
        ("base64decode", "_-8", "\ufffd\ufffd"),
        ("encodeUrl", "https://a.b/ü?x=1&y='z'#f", "https://a.b/%C3%BC?x=1&y='z'#f"),
        ("encodeUrlComponent", "a/b?c=d e'()*!~", "a%2Fb%3Fc%3Dd%20e'()*!~"),
        ("decodeUrl", "a%20b%2Fc%23d", "a b%2Fc%23d"),
        ("decodeUrlComponent", "a%20b%2Fc%23d", "a b/c#d"),
        ("decodeUrlComponent", "a+b", "a+b"),
    ],
)
def test_encoding(name, text, expected):
    assert call(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("encodeUrl", "\ud800"),
        ("encodeUrlComponent", "\udfff"),
        ("decodeUrl", "%E0%A4%A"),
        ("decodeUrl", "%E0%A4"),
        ("decodeUrlComponent", "100%"),
        ("decodeUrlComponent", "%ED%A0%80"),
    ],
)
def test_malformed_urls(name, text):
    assert code_of(name, text) == "D3140"


@given(encodable)
def test_base64_reads_back(text):
    assert call("base64decode", call("base64encode", text)) == text


@given(encodable)
def test_urls_read_back(text):
    assert call("decodeUrlComponent", call("encodeUrlComponent", text)) == text
    assert call("encodeUrlComponent", text) == quote(text, safe="-_.!~*'()")
    assert unquote(call("encodeUrl", text)) == text


@given(st.text("%0123456789ABCDEFabcdef#/x", max_size=12))
def test_decoding_decodes_or_refuses(text):
    for name in ("decodeUrl", "decodeUrlComponent"):
        assert code_or_nothing(name, text) in {"", "D3140"}


@pytest.mark.parametrize("name", ["base64encode", "base64decode", "encodeUrl", "decodeUrl"])
def test_bounds(name):
    assert call(name, MISSING) is MISSING
    assert spends("memory", name, "a" * 1000, characters=1000)
