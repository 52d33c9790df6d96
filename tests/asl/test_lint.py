import pytest

from tests.asl.machines import errors, jsonata, single, warnings

CASES = {
    "no dollar": (
        single({"Type": "Pass", "Parameters": {"list": [{"a": "$.x", "b": "States.UUID()", "c.$": "$.y", "d": "$5"}]}}),
        [("NO_DOLLAR", "/States/S/Parameters/list[0]/a"), ("NO_DOLLAR", "/States/S/Parameters/list[0]/b")],
    ),
    "no path": (single({"Type": "Fail", "Cause": "$.cause"}), [("NO_PATH", "/States/S/Cause")]),
    "static result": (
        single({"Type": "Pass", "Result": {"a.$": ["$$.Execution.Id"]}}),
        [("PASS_RESULT_IS_STATIC", "/States/S/Result/a.$[0]")],
    ),
    "plain text": (single({"Type": "Fail", "Cause": "$ 5 are missing"}), []),
    "jsonata": (jsonata({"Type": "Pass", "Output": {"a": "$.x"}}), []),
}


@pytest.mark.parametrize(("definition", "expected"), CASES.values(), ids=CASES)
def test_text_that_looks_like_a_path_is_warned_of(definition, expected):
    assert [(problem.code, problem.location) for problem in warnings(definition)] == expected
    assert errors(definition) == []
