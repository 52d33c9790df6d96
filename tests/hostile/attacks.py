"""Requests that nobody should send, each with what may come of it. A seed makes the same ones every time."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions."
LIST = f"{HEAD}ListStateMachines\r\n"
PROBE = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""What smugglers hide in their bodies: its answer would show."""


@dataclass(frozen=True)
class Attack:
    """`text` goes over the wire.

    `statuses` are the answers that are right, lowest and highest. `alone`: on a connection of its own, which is read to
    its end. `silent`: the connection may also be closed without a word. `cut`: the client leaves in mid-sentence.
    """

    kind: str
    text: bytes
    statuses: tuple[int, int] = (400, 499)
    alone: bool = False
    silent: bool = False
    cut: bool = False


def http(first: str, headers: list[str], body: bytes = b"", host: str = "localhost") -> bytes:
    """Return a request that is well formed as far as HTTP goes."""
    lines = [f"{first} HTTP/1.1", f"Host: {host}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + body


def operation(name: str, body: bytes, *headers: str) -> bytes:
    return http("POST /", [f"X-Amz-Target: AWSStepFunctions.{name}", *headers], body)


# -- bodies ------------------------------------------------------------------------------------------------------------
NO_JSON: list[bytes] = [
    b"{",
    b"[",
    b"}",
    b'"',
    b"nul",
    b"{]",
    b'{"a":}',
    b'{"a"}',
    b"{'a':1}",
    b"{} {}",
    b"\xff\xfe{}",
    b"\x00",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00C\xbf\xa6\xa3\x02\x00\x00\x00",
    b'{"a":"\xff"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\\ud800"}',
    b'{"\\udfff":1}',
    b'{"a":"\x00"}',
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"a":01}',
    b'{"a":1' + b"0" * 10_400 + b"}",
    b"[" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b"[]",
    b'"{}"',
    b"1e400",
    b"true",
]


def no_json(draw: random.Random) -> Iterator[Attack]:
    while True:
        name = draw.choice(["CreateStateMachine", "StartExecution", "SendTaskSuccess", "TagResource", "TestState"])
        body = draw.choice(NO_JSON)
        if draw.random() < 0.5:
            text = json.dumps({"name": "x" * draw.randrange(50), "list": [1, {"a": None}]}).encode()
            body = text[: draw.randrange(1, len(text))]
        yield Attack("no JSON", operation(name, body))


def bit_flips(draw: random.Random) -> Iterator[Attack]:
    """Requests with some bytes changed. Some stay right, so only what is never right is asked."""
    whole = operation("DescribeExecution", b'{"executionArn":"arn:aws:states:us-east-1:123456789012:execution:m:n"}')
    while True:
        text = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            text[draw.randrange(len(text))] = draw.randrange(256)
        yield Attack("bit flips", bytes(text), alone=True, silent=True)


# -- routes, callers, guards -------------------------------------------------------------------------------------------
TARGETS = ["", ".", "AWSStepFunctions", "AWSStepFunctions.", "awsstepfunctions.ListStateMachines", "a" * 5000]
TARGETS += [
    "AWSStepFunctions.ListStateMachines.x",
    "AWSStepFunctions.__init__",
    "AmazonSQS.ListQueues",
    "\xff\xfe.\xff",
]
PATHS = ["/2015-03-31/functions/%ff", "/2015-03-31/functions/..%2f..%2fetc", "/2015-03-31/nothing", "//", "/a" * 4000]
PATHS += ["/2015-03-31/functions/%00", "/2015-03-31/functions/f/invocations", "/2015-03-31/functions?Marker=%ff"]
PATHS += ["/2015-03-31/functions?MaxItems=" + "9" * 5000, "/2015-03-31/functions?Marker=forged", "/?Action=ListQueues"]
PATHS += ["/2015-03-31/functions?" + "a&" * 3000, "/2099-01-01/x", "/health?x", "/ready/", "/service/x/operation/y"]
METHODS = ["GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE", "PROPFIND", "OPTIONS"]
HOSTS = ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::1].evil.example", "0x7f000001", "*"]
FROM_PAGES = ["Origin: null", "Origin: http://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"]


def routes(draw: random.Random) -> Iterator[Attack]:
    while True:
        if draw.random() < 0.5:
            target = draw.choice(TARGETS)
            yield Attack("target", http(f"{draw.choice(['POST', 'PUT'])} /", [f"X-Amz-Target: {target}"], b"{}"))
        else:
            method = draw.choice(METHODS[:-3])
            alone = method == "HEAD"  # its answer has no body, whatever its headers say
            yield Attack("path", http(f"{method} {draw.choice(PATHS)}", ["Connection: close"] * alone), alone=alone)


def guarded(draw: random.Random) -> Iterator[Attack]:
    while True:
        target = f"X-Amz-Target: AWSStepFunctions.{draw.choice(['CreateStateMachine', 'ListStateMachines'])}"
        if draw.random() < 0.5:
            text = http("POST /", [target, "X-Forwarded-Host: localhost"], b"{}", host=draw.choice(HOSTS))
        else:
            text = http("POST /", [target, draw.choice(FROM_PAGES)], b"{}")
        yield Attack("guard", text, (403, 403))


def methods(draw: random.Random) -> Iterator[Attack]:
    while True:
        first = f"{draw.choice(METHODS)} {draw.choice(['*', '/', '/x', 'http://evil.example/', 'evil.example:443'])}"
        yield Attack("method", http(first, ["Connection: close"]), alone=True)


def signatures(draw: random.Random) -> Iterator[Attack]:
    """Whatever stands there, nothing is looked up by it: an operation that is refused anyway says so as always."""
    while True:
        parts = [draw.choice(["AKIA", "", "123456789012", "\xff", "a" * 3000, "../.."]) for _ in range(5)]
        header = draw.choice(["AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "Basic", "", "\xff"])
        text = f"Authorization: {header} Credential={'/'.join(parts)}, SignedHeaders={parts[0]}, Signature={parts[1]}"
        yield Attack("signature", operation("DescribeStateMachine", b"{}", text, "X-Amz-Date: never"))


def oddities(draw: random.Random) -> Iterator[Attack]:
    """Headers that say strange things of a body that is refused in any case."""
    odd = ["Content-Type: " + "a/" * 500, "Content-Type: \xff", "Content-Encoding: gzip", "Accept-Encoding: *;q=9"]
    odd += ["Expect: 100-continue", "Expect: a miracle", "Upgrade: h2c", "X-Amz-Date: \xff", "Range: bytes=9-1"]
    odd += [
        "smithy-protocol: rpc-v2-cbor",
        "Content-Type: application/x-www-form-urlencoded",
        "Cookie: " + "a=b;" * 999,
    ]
    while True:
        headers = draw.sample(odd, draw.randrange(1, 4))
        name = draw.choice(["DescribeStateMachine", "StopExecution", "GetActivityTask"])
        yield Attack("oddity", operation(name, b"{}", "Connection: close", *headers), alone=True)


# -- HTTP that is none -------------------------------------------------------------------------------------------------
def _chunked(body: bytes, *headers: str) -> bytes:
    lines = ["Transfer-Encoding: chunked", *headers, "Connection: close", "", ""]
    return LIST.encode() + "\r\n".join(lines).encode() + body


def _plain(*headers: str, body: bytes = b"{}") -> bytes:
    return LIST.encode() + "\r\n".join([*headers, "Connection: close", "", ""]).encode("latin-1") + body


BROKEN: list[bytes] = [
    _chunked(b"0\r\n\r\n" + PROBE, "Content-Length: 5"),
    _chunked(b"2\r\n{}\r\n0\r\n\r\n" + PROBE, "Transfer-Encoding: identity"),
    _plain("Transfer-Encoding: xchunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    _plain("Transfer-Encoding : chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    _plain("Transfer-Encoding:\r\n chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    _plain("Content-Length: 2", "Content-Length: 2"),
    _plain("Content-Length: 2", "Content-Length: 80", body=b"{}" + PROBE),
    *(_plain(f"Content-Length: {n}", body=b"{}" + PROBE) for n in ("2, 2", "+2", "-2", "0x2", "2_0", "x", "9" * 30)),
    *(_chunked(size + b"\r\n{}\r\n0\r\n\r\n" + PROBE) for size in (b"-2", b"0x2", b"g", b"f" * 20, b" 2")),
    _chunked(b"2\r\n{}" + PROBE),
    _chunked(b"2\n{}\n0\n\n" + PROBE),
    _chunked(b"2\r\n{}\r\n0\r\n" + b"X-Trailer: x\r\n" * 2000 + b"\r\n"),
    _chunked(b"2\r\n{}\r\n0\r\nX: " + b"x" * 100_000),
    _plain("Host: evil.example", "Content-Length: 2"),
    _plain("X: a\x00b", "Content-Length: 2"),
    _plain("X\x00: b", "Content-Length: 2"),
    _plain("X: a\rb", "Content-Length: 2"),
    _plain("No colon", "Content-Length: 2"),
    _plain(": no name", "Content-Length: 2"),
    _plain("X-Long: " + "x" * 20_000, "Content-Length: 2"),
    _plain(*(f"X-{n}: {n}" for n in range(500)), "Content-Length: 2"),
    LIST.replace("\r\n", "\n").encode() + b"Content-Length: 2\n\n{}",
    LIST.replace("HTTP/1.1", "HTTP/1.2.3").encode() + b"\r\n",
    LIST.replace("HTTP/1.1", "HTTP/9.9").encode() + b"\r\n",
    LIST.replace("POST", "P" * 1000).encode() + b"\r\n",
    LIST.replace("POST", "post").encode() + b"\r\n",
    LIST.replace("POST /", "POST /\xff").encode("latin-1") + b"\r\n",
    LIST.replace("POST /", "POST /" + "a" * 20_000).encode() + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x00" * 5000,
    b"EHLO localhost\r\n\r\n",
]


def broken_http(draw: random.Random) -> Iterator[Attack]:
    while True:
        yield Attack("broken HTTP", draw.choice(BROKEN), alone=True)


def cut_off(draw: random.Random) -> Iterator[Attack]:
    """Clients that go away before their request is whole."""
    while True:
        whole = operation("ListStateMachines", json.dumps({"maxResults": draw.randrange(1000)}).encode())
        if draw.random() < 0.5:
            whole = _chunked(b"10\r\n0123456789abcdef\r\n" * 5)
        yield Attack("cut off", whole[: draw.randrange(1, len(whole) - 1)], alone=True, silent=True, cut=True)
