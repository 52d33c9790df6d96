"""Operations with members that are wrong: of another type, out of bounds, enormous, or bombs."""

import base64
import io
import json
import random
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from tests.hostile.attacks import Attack, http, operation
from tobiishi.wire.models import service_model

ROLE = "arn:aws:iam::123456789012:role/any"
ARN = "arn:aws:states:us-east-1:123456789012"
FUNCTIONS = {
    "CreateFunction": "POST /2015-03-31/functions",
    "UpdateFunctionCode": "PUT /2015-03-31/functions/f/code",
    "UpdateFunctionConfiguration": "PUT /2015-03-31/functions/f/configuration",
}
OPERATIONS = [("stepfunctions", name) for name in service_model("stepfunctions").operation_names]
OPERATIONS += [("lambda", name) for name in FUNCTIONS]

_KINDS = {"string": "text", "blob": "text", "integer": "number", "long": "number"}
_KINDS |= {"float": "number", "double": "number"}
_WRONG = {"text": "x", "number": 7, "boolean": True, "list": [], "structure": {}}
"""A value of each kind; those of all others are wrong."""
_STRINGS = [
    "",
    "\0",
    "a" * 300,
    "ü" * 300,
    "\ud800",
    "../..",
    "$LATEST",
    "${x}",
    "a\r\nX-Header: x",
    f"{ARN}:activity:a",
]
_STRINGS += [f"{ARN}:stateMachine:no", f"{ARN}:execution:m:no", "arn:", "arn:::::::", ":" * 200, f"{ARN}:stateMachine:"]
_STRINGS += ["AAAA", base64.urlsafe_b64encode(b"1.2.3." + b"x" * 32).decode(), "=" * 900, "9" * 5000, "{}", "[[[["]
_NUMBERS: list[Any] = [-1, 0, 2**31, 2**63, 10**400, 1.5, -0.0, 1e308, 10**18, 1e-320]


def sent(service: str, name: str, body: bytes) -> bytes:
    return operation(name, body) if service == "stepfunctions" else http(FUNCTIONS[name], [], body)


@cache
def sample(service: str, name: str) -> str:
    """Return JSON text of an operation's input with every member that stands in its body."""
    shape = service_model(service).operation_model(name).input_shape
    assert isinstance(shape, StructureShape)
    members = {key: each for key, each in shape.members.items() if "location" not in each.serialization}
    return json.dumps({key: _sample(each) for key, each in members.items()})


def _sample(shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return {name: _sample(member) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [_sample(shape.member)] * 2
    if isinstance(shape, MapShape):
        return {"key": _sample(shape.value)}
    if shape.type_name == "boolean":
        return False
    return 1 if _KINDS[shape.type_name] == "number" else shape.metadata.get("enum", [ROLE])[0]


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "structure"}
    return names[type(value)]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return (container, key) of everything inside."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *_places(value[key]))]


def wrong_types(draw: random.Random) -> Iterator[Attack]:
    while True:
        service, name = draw.choice(OPERATIONS)
        body = json.loads(sample(service, name))
        container, key = draw.choice(_places(body))
        kind = _kind(container[key])
        container[key] = draw.choice([value for other, value in _WRONG.items() if other != kind])
        yield Attack("wrong type", sent(service, name, json.dumps(body).encode()))


def wrong_values(draw: random.Random) -> Iterator[Attack]:
    """Some happen to be right: what counts is that each is answered."""
    while True:
        service, name = draw.choice(OPERATIONS)
        body = json.loads(sample(service, name))
        for container, key in draw.sample(_places(body), 1):
            container[key] = draw.choice(_NUMBERS if _kind(container[key]) == "number" else _STRINGS)
        text = json.dumps(body)
        if draw.random() < 0.1:
            text = f"{text[:-1]}, {text[1:]}"  # every member twice
        yield Attack("wrong value", sent(service, name, text.encode()), (200, 499))


# -- definitions -------------------------------------------------------------------------------------------------------
def _single(state: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": {"End": True, **state}}, **top}


def _jsonata(text: str) -> dict[str, Any]:
    return _single({"Type": "Pass", "Output": f"{{% {text} %}}"}, QueryLanguage="JSONata")


def _nested(levels: int) -> dict[str, Any]:
    definition = _single({"Type": "Pass"})
    for level in range(levels):
        parallel = {"Type": "Parallel", "End": True, "Branches": [definition]}
        definition = {"StartAt": f"P{level}", "States": {f"P{level}": parallel}}
    return definition


def _choice(rule: dict[str, Any], times: int = 1) -> dict[str, Any]:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "E"}] * times, "Default": "E"}
    return {"StartAt": "C", "States": {"C": choice, "E": {"Type": "Succeed"}}}


def _deep_rule(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"Variable": "$.x", "IsNull": True}
    for _ in range(levels):
        rule = {"Not": rule}
    return rule


@cache
def definitions() -> list[str]:
    states = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(10_000)}
    branches = [{"StartAt": f"B{n}", "States": {f"B{n}": {"Type": "Pass", "End": True}}} for n in range(3000)]
    made = [
        {"StartAt": "S0", "States": {**states, "S10000": {"Type": "Succeed"}}},
        {"StartAt": "S0", "States": {**states, "S10000": {"Type": "Pass", "Next": "nowhere"}}},
        _single({"Type": "Parallel", "Branches": branches}),
        _nested(60),
        _choice(_deep_rule(80)),
        _choice({"Variable": "$.x", "StringMatches": "*a" * 300}, 300),
        _single({"Type": "Pass", "InputPath": "$" + "..*" * 5000}),
        _single({"Type": "Pass", "InputPath": "$[?(@" * 1000}),
        _single({"Type": "Pass", "Parameters": {"a.$": "States.Array(" * 3000 + ")" * 3000}}),
        _single({"Type": "Pass", "Parameters": {f"k{n}.$": "$" for n in range(5000)}}),
        _single({"Type": "Wait", "Seconds": 10**400}),
        _single({"Type": "Task", "Resource": "arn:aws:states:::" + "x" * 5000}),
        _jsonata("(" * 50_000),
        _jsonata("1+" * 100_000 + "1"),
        _jsonata("[" * 400 + "]" * 400),
        _jsonata("/(a+)+$/ ~> $match('a')"),
        _jsonata("/*" * 100_000),
    ]
    return [json.dumps(each) for each in made] + ["[" * 300_000, '{"a":' * 5000, "a: &a [*a]", "\ud800", "", "null"]


def hostile_definitions(draw: random.Random) -> Iterator[Attack]:
    while True:
        body = {"name": f"m{draw.randrange(10)}", "roleArn": ROLE, "definition": draw.choice(definitions())}
        name = draw.choice(["CreateStateMachine", "ValidateStateMachineDefinition", "TestState"])
        yield Attack("definition", operation(name, json.dumps(body).encode()), (200, 499))


# -- code --------------------------------------------------------------------------------------------------------------
def _zip(*entries: tuple[str, bytes], mode: int = 0o644) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return file.getvalue()


@cache
def archives() -> list[bytes]:
    good = _zip(("index.py", b"handler = print"))
    lying = bytearray(good)
    lying[lying.index(b"PK\x01\x02") + 24 : lying.index(b"PK\x01\x02") + 28] = b"\x01\0\0\0"
    return [
        _zip(("../escaped.py", b"x")),
        _zip(("/escaped.py", b"x")),
        _zip(("a\\..\\..\\escaped.py", b"x")),
        _zip(("link", b"/etc"), ("link/passwd", b"x"), mode=0o120777),
        _zip(("a", b"x"), ("a/b", b"x")),
        _zip(("n" * 300, b"x")),
        _zip(("bomb", bytes(260 * 1024 * 1024))),
        _zip(*((f"bomb{n}", bytes(30 * 1024 * 1024)) for n in range(9))),
        good[: len(good) // 2],
        good[:-30] + b"\xff" * 30,
        bytes(lying),
        b"",
        b"PK\x05\x06" + bytes(18),
        b"no archive",
    ]


def hostile_archives(draw: random.Random) -> Iterator[Attack]:
    while True:
        code = base64.b64encode(draw.choice(archives())).decode()
        body = {"FunctionName": "f", "Runtime": "python3.11", "Role": ROLE, "Handler": "a.b", "Code": {"ZipFile": code}}
        yield Attack("archive", http("POST /2015-03-31/functions", [], json.dumps(body).encode()))


# -- sizes -------------------------------------------------------------------------------------------------------------
def enormous(draw: random.Random) -> Iterator[Attack]:
    million = "a" * 1_000_000
    many = [{"key": f"k{n}", "value": "v"} for n in range(100_000)]
    bodies: list[tuple[str, Any]] = [
        ("CreateStateMachine", {"name": million, "definition": "{}", "roleArn": ROLE}),
        ("CreateActivity", {"name": million}),
        ("StartExecution", {"stateMachineArn": f"{ARN}:stateMachine:no", "input": million * 3}),
        ("DescribeExecution", {"executionArn": "arn:" * 500_000}),
        ("SendTaskSuccess", {"taskToken": million, "output": million}),
        ("ListStateMachines", {"nextToken": million}),
        ("TagResource", {"resourceArn": f"{ARN}:stateMachine:no", "tags": many}),
        ("TagResource", {"resourceArn": f"{ARN}:stateMachine:no", "tags": [{}] * 500_000}),
        ("CreateStateMachineAlias", {"name": "a", "routingConfiguration": [{}] * 500_000}),
        ("UntagResource", {"resourceArn": f"{ARN}:stateMachine:no", "tagKeys": [None] * 500_000}),
        ("ListExecutions", {"maxResults": 10**4000}),
        ("DescribeMapRun", {"x": [[]] * 800_000}),
        ("DescribeMapRun", {str(n): n for n in range(300_000)}),
    ]
    while True:
        name, body = draw.choice(bodies)
        yield Attack("enormous", operation(name, json.dumps(body).encode()))


def too_large(draw: random.Random) -> Iterator[Attack]:
    """Announced, and not sent: nobody waits for it."""
    while True:
        first = draw.choice(["/", "/2015-03-31/functions"])
        size = draw.choice([80_000_000, 10**12])
        text = f"POST {first} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
        target = "X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n" if first == "/" else ""
        yield Attack("too large", f"{text}{target}\r\n{{".encode(), (413, 413), alone=True)
