"""What an HTTP task sends: merging, headers, forms."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.tasks.connections import HttpParameters
from tobiishi.tasks.http_request import HttpRequest, RequestError, build, connection_arn, form_encoded, is_forbidden

NOTHING = HttpParameters()


def request(added: HttpParameters = NOTHING, **arguments: object) -> HttpRequest:
    return build({"ApiEndpoint": "https://api.example/v1", "Method": "POST"} | arguments, added)


def problem(added: HttpParameters = NOTHING, **arguments: object) -> str:
    with pytest.raises(RequestError) as caught:
        request(added, **arguments)
    return str(caught.value)


def test_the_connection_wins_in_every_part():
    made = request(
        HttpParameters(headers=(("Header-Param", "c"),), query=(("q", "c"),), body=(("BodyParam", "c"),)),
        Headers={"header-param": "d", "Request-Id": "1"},
        QueryParameters={"q": "d", "r": "d"},
        RequestBody={"BodyParam": "d", "Job": "x"},
    )
    assert made.headers == {
        "header-param": "c",
        "request-id": "1",
        "content-type": "application/json; charset=UTF-8",
    }
    assert str(made.url) == "https://api.example/v1?r=d&q=c"
    assert made.body == b'{"BodyParam":"c","Job":"x"}'


def test_the_connection_may_be_the_whole_body():
    assert request(HttpParameters(body=(("k", "v"),))).body == b'{"k":"v"}'


@pytest.mark.parametrize("body", ["text", [1], 5])
def test_a_body_that_is_no_object_cannot_be_merged(body):
    assert "RequestBody" in problem(HttpParameters(body=(("k", "v"),)), RequestBody=body)


def test_no_body_no_content_type():
    assert request().body is None
    assert request().headers == {}


def test_a_text_is_sent_as_it_is():
    made = request(RequestBody="<a/>", Headers={"Content-Type": "text/xml"})
    assert (made.body, made.headers) == (b"<a/>", {"content-type": "text/xml"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (None, "https://api.example/v1"),
        ({}, "https://api.example/v1"),
        ("?a=1&b=x y", "https://api.example/v1?a=1&b=x%20y"),
        ({"a": 1, "b": True, "c": None, "d": ["x", "y"]}, "https://api.example/v1?a=1&b=true&c=&d=x&d=y"),
        ([{"a": "&"}, "b=2"], "https://api.example/v1?a=%26&b=2"),
    ],
)
def test_query_parameters(query, expected):
    assert str(request(QueryParameters=query).url) == expected


def test_query_parameters_join_those_of_the_endpoint():
    made = request(ApiEndpoint="http://127.0.0.1:8080/a%2Fb?x=1", QueryParameters={"y": 2})
    assert str(made.url) == "http://127.0.0.1:8080/a%2Fb?x=1&y=2"


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://api.example",
        "file:///etc/passwd",
        "/v1",
        "https://",
        "https://me:pw@api.example",
        "https://api.example:99999",
        "https://api.example/\r\nX: y",
        "https://\ud800.example",
        5,
        ["https://api.example"],
    ],
)
def test_endpoints_that_are_none(endpoint):
    assert problem(ApiEndpoint=endpoint) == "The value of the field 'ApiEndpoint' has an invalid format"


@pytest.mark.parametrize(
    "name",
    ["Host", "host", "AUTHORIZATION", "TE", "Content-Length", "x-amz-date", "X-Amzn-Trace-Id", "X-Forwarded-For"],
)
def test_headers_that_a_definition_may_not_set(name):
    assert is_forbidden(name)
    assert problem(Headers={name: "v"}) == f"The header '{name}' is not supported by Step Functions"


@pytest.mark.parametrize("name", ["Accept", "Content-Type", "X-Api-Key", "Cookie", "Test"])
def test_other_headers_are_free(name):
    assert request(Headers={name: "v"}).headers == {name.lower(): "v"}


def test_a_header_may_have_several_values():
    assert request(Headers={"Accept": ["a", "b"], "X-N": 5}).headers == {"accept": "a, b", "x-n": "5"}


@pytest.mark.parametrize("headers", ["a: b", {"a b": "c"}, {"a": "b\r\nHost: c"}, {"": "b"}, {"a": "\ud800"}])
def test_headers_that_break_a_request(headers):
    assert problem(Headers=headers) == "The value of the field 'Headers' has an invalid format"


@pytest.mark.parametrize(
    ("array_format", "form"),
    [
        ("INDICES", "array%5B0%5D=a&array%5B1%5D=b"),
        ("REPEAT", "array=a&array=b"),
        ("COMMAS", "array=a,b"),
        ("BRACKETS", "array%5B%5D=a&array%5B%5D=b"),
    ],
)
def test_the_formats_of_arrays(array_format, form):
    transform = {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": array_format}}
    assert request(RequestBody={"array": ["a", "b"]}, Transform=transform).body == form.encode()


def test_nested_fields_of_a_form():
    body = {"description": "a b", "metadata": {"order": {"id": 5}}, "none": None, "yes": True}
    assert form_encoded(body, "INDICES") == "description=a%20b&metadata%5Border%5D%5Bid%5D=5&none=&yes=true"


@given(st.dictionaries(st.text(), st.text()))
def test_a_form_reads_back(body):
    if all(char < "\ud800" or char > "\udfff" for text in (*body, *body.values()) for char in text):
        assert dict(parse_qsl(form_encoded(body, "INDICES"), keep_blank_values=True)) == body


@pytest.mark.parametrize(
    "transform",
    ["URL_ENCODED", {"RequestBodyEncoding": "XML"}, {"RequestEncodingOptions": 1}, {"RequestBodyEncoding": ["NONE"]}],
)
def test_transforms_that_are_none(transform):
    assert problem(Transform=transform) == "The value of the field 'Transform' has an invalid format"


def test_fields_and_methods_that_do_not_exist():
    assert problem(Body="x") == "The field 'Body' is not supported by Step Functions"
    assert problem(Method="get").startswith("The field 'Method' should have one of these values: [GET, ")
    assert problem(ApiEndpoint=None) == "The field 'ApiEndpoint' is required but was missing"


def test_where_the_connection_stands():
    assert connection_arn({"InvocationConfig": {"ConnectionArn": "a"}, "Authentication": {"ConnectionArn": "b"}}) == "a"
    assert connection_arn({"Authentication": {"ConnectionArn": "b"}}) == "b"
    for arguments in ({}, {"Authentication": "b"}, {"InvocationConfig": {"ConnectionArn": 5}}, None, "text"):
        with pytest.raises(RequestError):
            connection_arn(arguments)


def test_a_request_does_not_show_what_it_carries():
    assert repr(request(HttpParameters(headers=(("k", "hush"),)), RequestBody="hush")) == "HttpRequest(method='POST')"
