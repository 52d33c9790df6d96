import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asl.machines import LAMBDA, PASS, machine, single
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.schema import TABLES
from tobiishi.asl.validate import validate


def test_five_mistakes_are_all_named_with_their_places():
    definition = machine(
        {
            "Check": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.total", "NumericGreaterThan": "100", "Next": "Charge"}],
                "Default": "Chrage",
            },
            "Charge": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lamda:invoke",
                "TimeoutSeconds": "30",
                "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 0.5}],
                "End": True,
            },
        }
    )
    assert {(problem.code, problem.location) for problem in validate(definition) if problem.severity == "ERROR"} == {
        ("SCHEMA_VALIDATION_FAILED", "/States/Check/Choices[0]/NumericGreaterThan"),
        ("MISSING_TRANSITION_TARGET", "/States/Check/Default"),
        ("SCHEMA_VALIDATION_FAILED", "/States/Charge/Resource"),
        ("SCHEMA_VALIDATION_FAILED", "/States/Charge/TimeoutSeconds"),
        ("SCHEMA_VALIDATION_FAILED", "/States/Charge/Retry[0]/BackoffRate"),
    }


def test_text_and_value_are_the_same():
    definition = machine({"S": {"Type": "Pass"}})
    assert validate(definition) == validate(json.dumps(definition))
    assert validate(machine({"S": PASS})) == []


# -- nothing is raised, whatever comes ---------------------------------------------------------------------------------
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["$", "$.a", "$$.b", "$v", "{% 1 %}", "{% ( %}", "States.UUID()", "JSONata", "S", LAMBDA]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("ErrorEquals", "Next", "Variable", "And", "Not", "IsNull", "StringEquals", "Condition", "Assign"), VALUES
    ),
)


def _states(state_type: str) -> st.SearchStrategy[dict[str, Any]]:
    names = sorted(TABLES["JSONPath"][state_type].keys() | TABLES["JSONata"][state_type].keys())
    fields = {name: VALUES | st.lists(ENTRIES, max_size=2) for name in names if name != "Type"}
    return st.fixed_dictionaries({"Type": st.just(state_type)}, optional=fields)


@settings(deadline=None)
@given(VALUES)
def test_any_value(value):
    validate(value)


@settings(deadline=None)
@given(st.text())
def test_any_text(text):
    assert validate(text)


@settings(deadline=None)
@given(st.sampled_from(sorted(TABLES["JSONPath"])).flatmap(_states), st.sampled_from(["JSONPath", "JSONata"]))
def test_any_state(state, language):
    problems = validate(single(state, QueryLanguage=language))
    assert all(problem.location.startswith("/") or problem.code == "MISSING_END_STATE" for problem in problems)


@settings(deadline=None)
@given(_states("Map"), _states("Parallel"))
def test_any_nesting(outer, inner):
    processor = {"StartAt": "I", "States": {"I": inner}}
    definition = single({**outer, "ItemProcessor": processor})
    try:
        compile_definition(json.dumps(definition))
    except InvalidDefinitionError as error:
        assert str(error)  # noqa: PT017 - most are wrong, some are not; neither may raise anything else


# -- hostile definitions -----------------------------------------------------------------------------------------------
def _large(count: int, state: dict[str, Any]) -> dict[str, Any]:
    states = {f"S{index}": {**state, "Next": f"S{index + 1}"} for index in range(count)}
    return machine({**states, f"S{count}": PASS})


LARGE = {
    "good states": (_large(9_000, {"Type": "Task", "Resource": LAMBDA}), 0),
    "unknown fields": (single({"Type": "Pass", **{f"f{index}": 1 for index in range(60_000)}}), 60_000),
    "unknown resources": (_large(6_000, {"Type": "Task", "Resource": "arn:aws:states:::nope:nope"}), 6_000),
    "unreachable states": (machine({f"S{index}": PASS for index in range(20_000)}), 19_999),
    "scopes": (
        _large(3_000, {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": PASS}}, "Assign": {"x": 1}}),
        2_999,
    ),
    "template": (single({"Type": "Pass", "Parameters": {f"f{index}.$": "x" for index in range(40_000)}}), 40_000),
}


@pytest.mark.parametrize(("definition", "count"), LARGE.values(), ids=LARGE)
def test_a_megabyte_is_read_in_seconds(definition, count):
    started = time.perf_counter()
    problems = [problem for problem in validate(definition) if problem.severity == "ERROR"]
    assert time.perf_counter() - started < 10  # 2 s on a quiet machine
    assert len(problems) == count


def _nested(depth: int) -> dict[str, Any]:
    workflow = machine({"leaf": PASS})
    for index in range(depth):
        workflow = machine({f"P{index}": {"Type": "Parallel", "Branches": [workflow], "End": True}})
    return workflow


def test_the_deepest_nesting_that_is_read_is_read_to_its_end():
    assert validate(_nested(60)) == []
    broken = json.loads(json.dumps(_nested(60)).replace('{"leaf": {"Type": "Pass"', '{"leaf": {"Type": "Pas"'))
    [problem] = validate(broken)
    assert problem.location.count("/Branches[0]") == 60
    assert problem.location.endswith("/States/leaf/Type")


@pytest.mark.parametrize("depth", [70, 200])
def test_deeper_nesting_is_one_problem(depth):
    text = json.dumps(_nested(depth))
    [problem] = validate(text)
    assert problem.code == "TOO_DEEPLY_NESTED"


def test_a_thousand_levels_of_text():
    text = '{"StartAt":"S","States":{"S":{"Type":"Pass","Result":' + "[" * 1_000 + "]" * 1_000 + ',"End":true}}}'
    [problem] = validate(text)
    assert problem.code == "TOO_DEEPLY_NESTED"


def test_deep_templates_and_conditions():
    template: Any = {"a.$": "$.a"}
    for _ in range(240):
        template = {"a": template}
    assert validate(single({"Type": "Pass", "Parameters": template})) == []
    assert validate(single({"Type": "Pass", "QueryLanguage": "JSONata", "Output": template})) == []
