"""SigV4: what botocore signs is accepted, and anything changed about it is not."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, given
from hypothesis import strategies as st

from tobiishi.wire.contract import ApiError, Request
from tobiishi.wire.sigv4 import MAX_SKEW_SECONDS, Credential, credential_of, verify

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CLOCK = NOW.timestamp()

PLAIN = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
ANY = st.characters(exclude_categories=("Cs", "Cc"))
SEGMENTS = st.lists(st.text(st.sampled_from("ab.~%:2F+ "), max_size=4) | st.sampled_from([".", "..", ""]), max_size=4)


def signed(
    auth: type[SigV4Auth] = SigV4Auth,
    *,
    method: str = "POST",
    path: str = "/",
    params: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    token: str | None = None,
    service: str = "states",
) -> Request:
    """Return a request as botocore signs and sends it."""
    request = AWSRequest(
        method, f"http://states.example.com{path}", headers=headers or {}, data=body, params=params or {}
    )
    with patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        auth(Credentials("AKIDEXAMPLE", SECRET, token), service, "eu-west-1").add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = {name.lower(): text(value) for name, value in prepared.headers.items()}
    return Request(method, parts.path, parts.query, {"host": parts.netloc, **sent}, prepared.body or b"")


def text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def changed(request: Request, **parts: Any) -> Request:
    fields = {name: getattr(request, name) for name in ("method", "path", "query", "headers", "body")}
    return Request(**{**fields, **parts})


def refusal(request: Request, secret: str | None = SECRET, now: float = CLOCK, token: str | None = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        verify(request, secret, now, token)
    assert caught.value.status == 403
    assert SECRET not in caught.value.message
    return caught.value


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    SEGMENTS.map("/".join),
    st.dictionaries(st.text(ANY, min_size=1, max_size=5), st.text(ANY, max_size=8), max_size=4),
    st.dictionaries(st.from_regex(r"x-[a-z]{1,8}", fullmatch=True), st.text(PLAIN, max_size=12), max_size=3),
    st.binary(max_size=50),
)
def test_what_botocore_signs_is_accepted(method, path, params, headers, body):
    assume("%" not in path or "%2F" in path)
    request = signed(method=method, path=f"/{path}".replace(" ", "%20"), params=params, headers=headers, body=body)
    verify(request, SECRET, CLOCK)


def example() -> Request:
    headers = {"X-Amz-Target": "AWSStepFunctions.StartExecution", "Content-Type": "application/x-amz-json-1.0"}
    return signed(path="/a%20b", params={"b": "2", "a": "x y"}, headers=headers, body=b'{"input":"{}"}')


@given(st.data())
def test_any_changed_byte_is_refused(data):
    request = example()
    part = data.draw(st.sampled_from(["method", "path", "body", "x-amz-target", "host", "x-amz-date"]))
    old: Any = getattr(request, part, None) or request.headers[part]
    place = data.draw(st.integers(0, len(old) - 1))
    byte = data.draw(st.integers(0x21, 0x7E))
    new = old[:place] + (bytes([byte]) if isinstance(old, bytes) else chr(byte)) + old[place + 1 :]
    # Slashes and dots of a path may be redundant: what is resolved away says the same.
    assume(new != old and not (part == "path" and chr(byte) in "/."))
    parts = {part: new} if hasattr(request, part) else {"headers": {**request.headers, part: new}}
    refusal(changed(request, **parts))


@given(st.data())
def test_any_changed_character_of_the_signature_is_refused(data):
    request = example()
    header = request.headers["authorization"]
    place = data.draw(st.integers(header.index("Signature=") + len("Signature="), len(header) - 1))
    new = header[:place] + data.draw(st.characters(exclude_characters=header[place] + ", ")) + header[place + 1 :]
    refusal(changed(request, headers={**request.headers, "authorization": new}))


@pytest.mark.parametrize(
    "query",
    ["a=x%20y&b=3", "a=x%20y", "a=x%20y&b=2&c=1", "", "a=x%2520y&b=2"],
    ids=["value", "less", "more", "none", "twice"],
)
def test_a_changed_query_is_refused(query):
    assert refusal(changed(example(), query=query)).code == "InvalidSignatureException"


def test_a_query_may_be_sent_in_any_order():
    verify(changed(example(), query="b=2&a=x+y"), SECRET, CLOCK)


def test_a_date_header_may_stand_for_the_time():
    request = signed(headers={"Date": "now"})
    assert "x-amz-date" not in request.headers
    verify(request, SECRET, CLOCK)
    refusal(request, now=CLOCK + MAX_SKEW_SECONDS + 1)


@given(st.sampled_from(["/key", "/a//b", "/a/../b", "/a%20b/", "/a.b~c"]), st.binary(max_size=20))
def test_s3_signs_its_paths_as_they_are(path, body):
    request = signed(S3SigV4Auth, method="PUT", path=path, body=body, service="s3")
    verify(request, SECRET, CLOCK)
    if body:
        error = refusal(changed(request, body=body + b"x"))
        assert "x-amz-content-sha256" in error.message


def test_an_unsigned_payload_is_not_looked_at():
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    request = signed(headers=headers, body=b"one")
    verify(changed(request, body=b"another"), SECRET, CLOCK)


def test_a_presigned_url_is_good_while_it_lasts():
    request = signed(SigV4QueryAuth, method="GET", path="/x", params={"q": "a b"})
    assert "authorization" not in request.headers
    verify(request, SECRET, CLOCK)
    verify(request, SECRET, CLOCK + 3600)
    assert refusal(request, now=CLOCK + 3601).message.startswith("Signature expired: 20260304T050607Z is now earlier")
    refusal(changed(request, query=request.query.replace("Expires=3600", "Expires=7200")))
    refusal(changed(request, query=request.query + "&more=1"))


def test_clocks_may_differ_by_five_minutes():
    request = example()
    verify(request, SECRET, CLOCK + MAX_SKEW_SECONDS)
    verify(request, SECRET, CLOCK - MAX_SKEW_SECONDS)
    late = refusal(request, now=CLOCK + MAX_SKEW_SECONDS + 1)
    assert late.code == "InvalidSignatureException"
    assert late.message == (
        "Signature expired: 20260304T050607Z is now earlier than 20260304T050608Z (20260304T051108Z - 5 min.)"
    )
    early = refusal(request, now=CLOCK - MAX_SKEW_SECONDS - 1)
    assert early.message == (
        "Signature not yet current: 20260304T050607Z is still later than 20260304T050606Z (20260304T050106Z + 5 min.)"
    )


def test_temporary_credentials_need_their_token():
    request = signed(token="session")
    verify(request, SECRET, CLOCK, "session")
    verify(signed(SigV4QueryAuth, method="GET", token="session"), SECRET, CLOCK, "session")
    assert refusal(request, token="other").code == "UnrecognizedClientException"
    assert refusal(example(), token="session").code == "UnrecognizedClientException"


def test_a_key_that_nobody_has():
    assert refusal(example(), secret=None).code == "UnrecognizedClientException"


def test_a_wrong_secret():
    assert refusal(example(), secret="wrong").code == "InvalidSignatureException"


def test_what_counts_has_to_be_signed():
    request = example()
    more = changed(request, headers={**request.headers, "x-amz-meta": "1"})
    assert "x-amz-meta" in refusal(more).message
    without_host = request.headers["authorization"].replace("host;", "")
    assert "Host" in refusal(changed(request, headers={**request.headers, "authorization": without_host})).message


def test_no_signature():
    bare = Request("GET", "/", "", {}, b"")
    assert (refusal(bare).code, refusal(bare).message) == (
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )
    assert credential_of(bare) is None


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        ("Bearer abc", "algorithm"),
        ("AWS4-ECDSA-P256-SHA256 Credential=A/20260304/states/aws4_request, SignedHeaders=host, Signature=0", "4A"),
        ("AWS4-HMAC-SHA256", "'Credential'"),
        ("AWS4-HMAC-SHA256 Credential=A/20260304/r/s/aws4_request, SignedHeaders=host", "'Signature'"),
        ("AWS4-HMAC-SHA256 Credential=A/r/s/aws4_request, SignedHeaders=host, Signature=0", "five"),
        ("AWS4-HMAC-SHA256 Credential=A/20260304/r/s/aws4_request, SignedHeaders=host, Signature=0", "Date"),
    ],
    ids=["other scheme", "SigV4A", "nothing", "no signature", "short scope", "no date"],
)
def test_a_signature_that_is_not_whole(authorization, said):
    error = refusal(Request("GET", "/", "", {"authorization": authorization, "host": "x"}, b""))
    assert error.code == "IncompleteSignatureException"
    assert said in error.message


@pytest.mark.parametrize("moment", ["20261332T000000Z", "never", "2026-03-04T05:06:07Z"])
def test_a_date_that_is_none(moment):
    request = example()
    refusal(changed(request, headers={**request.headers, "x-amz-date": moment}))


@given(st.text(), st.text(), st.text())
def test_anything_else_is_refused_and_not_choked_on(header, query, date):
    headers = {"host": "x", "x-amz-date": date}
    refusal(Request("GET", "/", query, {**headers, "authorization": header}, b""))
    refusal(Request("GET", "/", query, {**headers, "authorization": f"AWS4-HMAC-SHA256 {header}"}, b""))
    refusal(Request("GET", "/", f"X-Amz-Algorithm=AWS4-HMAC-SHA256&{query}", headers, b""))


def test_the_credential_says_who_asks_and_where():
    expected = Credential("AKIDEXAMPLE", "20260304", "eu-west-1", "states")
    assert credential_of(example()) == expected
    assert credential_of(signed(SigV4QueryAuth, method="GET")) == expected
