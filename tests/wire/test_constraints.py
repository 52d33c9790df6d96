"""What a shape demands, and in which words and order AWS says so."""

import time
from typing import Any

import pytest
from botocore.model import Shape

from tobiishi.wire.constraints import constraints_of
from tobiishi.wire.models import service_model


def wordings(**traits: Any) -> list[str]:
    return [constraint.wording for constraint in constraints_of(Shape("Any", traits), {})]


def holds(value: str, **traits: Any) -> bool:
    return all(constraint.holds(value) for constraint in constraints_of(Shape("Any", traits), {}))


def test_the_order_of_demands():
    assert wordings(type="string", min=1, max=9, pattern="[a-z]+") == [
        "Member must have length less than or equal to 9",
        "Member must have length greater than or equal to 1",
        "Member must satisfy regular expression pattern: [a-z]+",
    ]


def test_a_quota_replaces_a_maximum():
    (constraint,) = constraints_of(Shape("Payload", {"type": "string", "max": 5}), {"Payload": 7, "Other": 1})
    assert constraint.wording.endswith(" 7")
    assert constraint.holds("1234567")
    assert not constraint.holds("12345678")


@pytest.mark.parametrize(
    "listed",
    [
        "AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON",
        "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES",
        "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW",
        "PROVISIONED, PAY_PER_REQUEST",
        "INDEXES, TOTAL, NONE",
    ],
    ids=lambda listed: listed.partition(",")[0],
)
def test_enums_come_in_the_order_that_aws_prints(listed):
    assert wordings(type="string", enum=sorted(listed.split(", "))) == [
        f"Member must satisfy enum value set: [{listed}]"
    ]


def test_names_in_one_bucket_come_last_declared_first():
    assert wordings(type="string", enum=["LT", "BETWEEN"]) == ["Member must satisfy enum value set: [BETWEEN, LT]"]


def test_a_long_enum_is_listed_whole():
    names = [f"NAME_{number}" for number in range(60)]
    (wording,) = wordings(type="string", enum=names)
    assert sorted(wording.partition("[")[2][:-1].split(", ")) == sorted(names)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[!-~]+", "a!", "a b"),
        (r"\p{ASCII}*", "a\n", "é"),
        (r"^(?=.*[a-z])[a-z0-9]+$", "1a", "11"),
        (r"[a-z]*(?<!x)", "ax1"[:1], "ax"),
        (r"\p{L}+", "é", "1"),
    ],
)
def test_patterns(pattern, good, bad):
    assert holds(good, type="string", pattern=pattern)
    assert not holds(bad, type="string", pattern=pattern)


HOSTILE = [unit * 50_000 for unit in ("a", "1", "-", "a-", "arn:aws:lambda:", "a1:", ".")]


@pytest.mark.parametrize("service", ["stepfunctions", "lambda"])
def test_no_text_keeps_a_pattern_of_the_models_busy(service):
    model = service_model(service)
    patterned = [shape for shape in map(model.shape_for, model.shape_names) if "pattern" in shape.metadata]
    assert patterned
    started = time.process_time()
    for shape in patterned:
        constraints = constraints_of(shape, {})
        for text in HOSTILE:
            # What is shorter than the limit of length is what a backtracking pattern would be tried on.
            for tried in (text, text[:2048] + "!", text[: shape.metadata.get("max", 2048) - 1] + "!"):
                [constraint.holds(tried) for constraint in constraints]
    assert time.process_time() - started < 10
