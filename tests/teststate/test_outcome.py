"""Statuses, next states, and which Retry or Catch an error is for."""

from typing import Any

import pytest

from tests.teststate.conftest import CALL, PASS, Lab, failing, mocked

RETRY = [
    {"ErrorEquals": ["Other"]},
    {"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 3, "MaxDelaySeconds": 10},
]
CATCH = [
    {"ErrorEquals": ["Other"], "Next": "Elsewhere"},
    {"ErrorEquals": ["States.ALL"], "Next": "Rescue", "ResultPath": "$.error"},
]


async def test_success_leads_to_the_next_state(lab: Lab) -> None:
    answer = await lab.test({"Type": "Pass", "Next": "After"}, {"a": 1})

    assert (answer["status"], answer["nextState"], answer["output"]) == ("SUCCEEDED", "After", {"a": 1})


async def test_an_end_leads_nowhere(lab: Lab) -> None:
    assert "nextState" not in await lab.test(PASS)


async def test_a_state_that_leads_to_itself_is_left_once(lab: Lab) -> None:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input + 1 %}", "Next": "StateName"}

    answer = await lab.test(state, 1)

    assert (answer["output"], answer["nextState"]) == (2, "StateName")


async def test_choice_goes_the_way_of_its_rule_or_its_default(lab: Lab) -> None:
    state = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericGreaterThan": 9, "Next": "Many"}],
        "Default": "Few",
    }
    assert (await lab.test(state, {"n": 10}))["nextState"] == "Many"
    assert (await lab.test(state, {"n": 1}))["nextState"] == "Few"


async def test_fail_names_its_error(lab: Lab) -> None:
    answer = await lab.test({"Type": "Fail", "Error": "Broken", "Cause": "why"})

    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "Broken", "why")
    assert "output" not in answer
    assert "errorDetails" not in answer["inspectionData"]


@pytest.mark.parametrize(("retries", "seconds"), [(0, 2), (1, 6), (2, 10)])
async def test_an_error_to_retry_says_after_which_delay(lab: Lab, retries: int, seconds: int) -> None:
    answer = await lab.test(
        {**CALL, "Retry": RETRY, "Catch": CATCH},
        mock=failing("Busy"),
        stateConfiguration={"retrierRetryCount": retries},
    )

    assert (answer["status"], answer["error"], answer["cause"]) == ("RETRIABLE", "Busy", "as told")
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 1, "retryBackoffIntervalSeconds": seconds}
    assert "output" not in answer
    assert "nextState" not in answer


async def test_retries_that_are_used_up_leave_the_error_to_catch(lab: Lab) -> None:
    answer = await lab.test(
        {**CALL, "Retry": RETRY, "Catch": CATCH},
        {"in": 1},
        mock=failing("Busy"),
        stateConfiguration={"retrierRetryCount": 3},
    )

    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Rescue")
    assert answer["output"] == {"in": 1, "error": {"Error": "Busy", "Cause": "as told"}}
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 1, "catchIndex": 1}


async def test_retries_that_are_used_up_fail_the_state(lab: Lab) -> None:
    answer = await lab.test(
        {**CALL, "Retry": RETRY}, mock=failing("Busy"), stateConfiguration={"retrierRetryCount": 2**31}
    )

    assert answer["status"] == "FAILED"
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 1}


async def test_a_catcher_assigns_and_writes_its_output(lab: Lab) -> None:
    catch = [
        {
            "ErrorEquals": ["Busy"],
            "Assign": {"last": "{% $states.errorOutput.Error %}"},
            "Output": "{% $states.errorOutput.Cause %}",
            "Next": "Rescue",
        }
    ]
    answer = await lab.test({**CALL, "QueryLanguage": "JSONata", "Catch": catch}, mock=failing("Busy"))

    assert answer["output"] == "as told"
    assert answer["inspectionData"]["variables"] == {"last": "Busy"}


async def test_a_task_that_really_fails_is_caught_too(lab: Lab) -> None:
    lab.script = type(lab.script)({"StateName": [{"error": "Lambda.Unknown", "cause": "no idea"}]})

    answer = await lab.test({**CALL, "Catch": CATCH})

    assert (answer["status"], answer["error"], answer["nextState"]) == ("CAUGHT_ERROR", "Lambda.Unknown", "Rescue")


async def test_the_retry_count_is_in_the_context(lab: Lab) -> None:
    state = {**CALL, "Parameters": {"n.$": "$$.State.RetryCount"}, "Retry": RETRY}

    answer = await lab.test(state, mock=mocked({}), stateConfiguration={"retrierRetryCount": 2})

    assert answer["inspectionData"]["afterParameters"] == {"n": 2}


BAD_FIELDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a path to nothing": (
        {**PASS, "Parameters": {"a.$": "$.missing"}},
        "States.Runtime",
        "The JSONPath '$.missing' specified for the field 'a.$' could not be found in the input '{}'",
    ),
    "an expression that fails": (
        {**PASS, "QueryLanguage": "JSONata", "Output": "{% 1 + 'a' %}"},
        "States.QueryEvaluationError",
        "The JSONata expression '1 + 'a'' specified for the field 'Output' threw an error during evaluation.",
    ),
}


@pytest.mark.parametrize(("state", "error", "cause"), BAD_FIELDS.values(), ids=BAD_FIELDS)
async def test_a_failed_expression_has_a_bare_cause(lab: Lab, state: dict[str, Any], error: str, cause: str) -> None:
    answer = await lab.test(state)

    assert (answer["status"], answer["error"]) == ("FAILED", error)
    assert answer["cause"].startswith(cause)
