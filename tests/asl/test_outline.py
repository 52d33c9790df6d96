from typing import Any

import pytest

from tests.asl.machines import choice, text
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.outline import condition, outline


def compare(operator: str, operand: Any) -> dict[str, Any]:
    return {"Variable": "$.x", operator: operand}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (compare("NumericGreaterThanEquals", 5), "$.x >= 5"),
        (compare("NumericLessThan", 5), "$.x < 5"),
        (compare("StringEquals", "é"), '$.x = "é"'),
        (compare("StringMatches", "a*"), '$.x matches "a*"'),
        (compare("TimestampLessThanEqualsPath", "$.y"), "$.x <= $.y"),
        (compare("IsPresent", True), "$.x is present"),
        (compare("IsNull", False), "$.x is not null"),
        ({"Not": compare("IsNull", True)}, "not ($.x is null)"),
        (
            {"And": [compare("IsPresent", True), {"Or": [compare("NumericEquals", 1), compare("NumericEquals", 2)]}]},
            "$.x is present and ($.x = 1 or $.x = 2)",
        ),
        ({"Condition": "{% $x > 1 %}"}, "$x > 1"),
    ],
)
def test_conditions_in_words(rule, words):
    assert condition({"Next": "E", "Comment": "c", **rule}) == words


def test_long_conditions_are_cut():
    definition = choice(*[{"Variable": "$.x", "StringEquals": "x" * 200}])
    [edge] = [edge for edge in outline(compile_definition(text(definition))).edges if edge.kind == "choice"]
    assert len(edge.label) == 80
    assert edge.label.endswith("…")
