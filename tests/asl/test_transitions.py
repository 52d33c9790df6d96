from typing import Any

import pytest

from tests.asl.machines import PASS, errors, machine, single, task, warnings
from tobiishi.asl.errors import InvalidDefinitionError


def found(definition: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.location, problem.message) for problem in errors(definition)]


def missing(location: str, target: str) -> tuple[str, str, str]:
    return ("MISSING_TRANSITION_TARGET", location, f"Missing 'Next' target: {target}")


def unreachable(location: str, name: str) -> tuple[str, str, str]:
    return ("MISSING_TRANSITION_TARGET", location, f'State "{name}" is not reachable.')


NO_END = ("MISSING_END_STATE", "", "Workflow has no terminal state")


def step(target: str) -> dict[str, Any]:
    return {"Type": "Pass", "Next": target}


CASES = {
    "start": (
        {"StartAt": "nowhere", "States": {"S": PASS}},
        [missing("/StartAt", "nowhere"), unreachable("/States/S", "S")],
    ),
    "next, and no end": (machine({"A": step("X")}), [missing("/States/A/Next", "X"), NO_END]),
    "default and rules": (
        machine(
            {
                "C": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "X"}],
                    "Default": "Y",
                },
                "E": PASS,
            }
        ),
        [
            missing("/States/C/Default", "Y"),
            missing("/States/C/Choices[0]/Next", "X"),
            unreachable("/States/E", "E"),
        ],
    ),
    "catch": (
        task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "X"}]),
        [missing("/States/S/Catch[0]/Next", "X")],
    ),
    "loop": (machine({"A": step("B"), "B": step("A")}), [NO_END]),
    "loop, and a state that nothing reaches": (
        machine({"A": step("B"), "B": step("A"), "C": step("A")}),
        [NO_END],
    ),
    "loop, and an end that nothing reaches": (
        machine({"A": step("B"), "B": step("A"), "C": PASS}),
        [unreachable("/States/C", "C")],
    ),
    "island": (
        machine({"A": PASS, "B": step("C"), "C": step("B")}),
        [unreachable("/States/B", "B"), unreachable("/States/C", "C")],
    ),
    "branches are closed": (
        machine({"P": {"Type": "Parallel", "Branches": [machine({"A": step("E")})], "Next": "E"}, "E": PASS}),
        [
            missing("/States/P/Branches[0]/States/A/Next", "E"),
        ],
    ),
}


@pytest.mark.parametrize(("definition", "expected"), CASES.values(), ids=CASES)
def test_the_way_through_the_states_is_checked(definition, expected):
    assert found(definition) == expected


def test_a_state_without_a_way_out_does_not_make_the_rest_unreachable():
    definition = machine({"A": {"Type": "Pass"}, "B": PASS})
    assert [location for _, location, _ in found(definition)] == ["/States/A"]


def test_a_loop_with_a_way_out_is_fine():
    rule = {"Variable": "$.done", "BooleanEquals": True, "Next": "E"}
    states = {
        "W": {"Type": "Wait", "Seconds": 1, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [rule], "Default": "W"},
    }
    assert found(machine({**states, "E": {"Type": "Fail"}})) == []


def test_a_branch_without_an_end_is_only_warned_of():
    branch = machine({"A": step("B"), "B": step("A"), "C": step("A")})
    definition = single({"Type": "Parallel", "Branches": [branch]})
    assert found(definition) == [unreachable("/States/S/Branches[0]/States/C", "C")]
    [warning] = warnings(definition)
    assert (warning.code, warning.location) == ("MISSING_END_STATE", "/States/S/Branches[0]")


def test_the_sentence_of_many_problems_is_awss():
    problems = errors(machine({"A": step("X")}))
    assert str(InvalidDefinitionError(problems)) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Next, "
        "MISSING_END_STATE: Workflow has no terminal state at null'"
    )


def test_a_long_chain_is_walked_without_recursion():
    states = {str(index): step(str(index + 1)) for index in range(5_000)}
    assert found(machine({**states, "5000": PASS})) == []
    assert found(single({"Type": "Succeed"})) == []
