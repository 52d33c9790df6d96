"""Context objects that a caller makes up."""

from typing import Any

import pytest

from tests.teststate.conftest import CALL, INNER, Lab, failing, mocked
from tobiishi.engine.errors import RefusedError

SHOWS = {**CALL, "Parameters": {"seen.$": "$$"}}
WAITING = "arn:aws:states:::lambda:invoke.waitForTaskToken"


async def seen(lab: Lab, state: dict[str, Any] = SHOWS, **params: Any) -> Any:
    answer = await lab.test(state, {"in": 1}, mock=mocked({}), **params)
    return answer["inspectionData"]["afterParameters"]["seen"]


async def test_the_usual_one_is_that_of_an_express_execution(lab: Lab) -> None:
    context = await seen(lab)

    execution, machine = context["Execution"], context["StateMachine"]
    prefix = "arn:aws:states:eu-west-1:123456789012"
    assert execution["Id"] == f"{prefix}:express:{machine['Name']}:{execution['Name']}"
    assert machine["Id"] == f"{prefix}:stateMachine:{machine['Name']}"
    assert execution["Input"] == {"in": 1}
    assert execution["RoleArn"] == "arn:aws:iam::123456789012:role/states"
    assert context["State"] == {"Name": "StateName", "EnteredTime": execution["StartTime"], "RetryCount": 0}
    assert "RedriveCount" not in execution


async def test_two_tests_are_two_executions(lab: Lab) -> None:
    assert (await seen(lab))["Execution"]["Name"] != (await seen(lab))["Execution"]["Name"]


async def test_a_given_one_takes_the_place_of_all_of_it(lab: Lab) -> None:
    contexts: list[dict[str, Any]] = [
        {},
        {"Execution": {}},
        {"Execution": {"Input": [1], "Id": "x"}, "State": {"RetryCount": 3}},
    ]
    for context in contexts:
        assert await seen(lab, context=context) == context


async def test_a_token_is_there_for_a_task_that_waits_for_one(lab: Lab) -> None:
    state = {**SHOWS, "Resource": WAITING}

    assert (await seen(lab, state))["Task"]["Token"]
    assert (await seen(lab, state, context={"Task": {"Token": "t"}})) == {"Task": {"Token": "t"}}


async def test_inside_a_map_it_is_that_of_the_first_iteration(lab: Lab) -> None:
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": SHOWS}}, "End": True}
    machine = {"StartAt": "Each", "States": {"Each": each}}

    context = await seen(lab, machine, stateName="Inner")

    assert context["Map"] == {"Item": {"Index": 0, "Value": {"in": 1}}}
    assert context["State"]["Name"] == "Inner"


async def test_a_given_one_is_seen_by_a_map_too_which_adds_its_items(lab: Lab) -> None:
    selector = {"of.$": "$$.Execution.Name", "item.$": "$$.Map.Item.Value"}
    state = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": INNER, "ItemSelector": selector, "End": True}

    answer = await lab.test(state, {"items": [5]}, mock=mocked([0]), context={"Execution": {"Name": "n"}})

    assert answer["inspectionData"]["afterItemSelector"] == [{"of": "n", "item": 5}]


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ("{", "Context object must be valid JSON"),
        ("[]", "Context object must be an object"),
        ({"Other": 1}, "Field 'Other' is not allowed"),
        ({"Execution": {"Other": 1}}, "Field 'Other' is not allowed"),
        ({"Execution": 1}, "Execution must be an object"),
        ({"Execution": {"Name": None}}, "Execution.Name must be a string"),
        ({"State": {"RetryCount": "1"}}, "State.RetryCount must be an integer"),
        ({"State": {"RetryCount": True}}, "State.RetryCount must be an integer"),
        ({"Map": {"Item": {}}}, "'Map' field is not supported when mocking a Context object"),
        (
            {"Task": {"Token": "t"}},
            (
                "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
                "service integration pattern"
            ),
        ),
    ],
)
async def test_one_that_cannot_be_is_refused(lab: Lab, context: Any, problem: str) -> None:
    with pytest.raises(RefusedError) as raised:
        await lab.test(CALL, mock=failing("E"), context=context)
    assert str(raised.value) == f"Invalid Context object provided: {problem}"
