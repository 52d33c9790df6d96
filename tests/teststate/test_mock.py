from typing import Any

import pytest

from tests.teststate.conftest import CALL, INNER, Lab
from tobiishi.engine.errors import RefusedError

PARALLEL = {
    "Type": "Parallel",
    "Branches": [INNER, {"StartAt": "Other", "States": {"Other": {"Type": "Succeed"}}}],
    "End": True,
}
MAP = {"Type": "Map", "ItemProcessor": INNER, "End": True}
WRITING = {
    **MAP,
    "ItemProcessor": {**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
    "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {}},
}


@pytest.mark.parametrize(
    ("state", "mock", "problem"),
    [
        (CALL, {}, "A test mock should have one of the following fields: [result, errorOutput]."),
        (
            CALL,
            {"result": "{}", "errorOutput": {"error": "E"}},
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (CALL, {"errorOutput": {"cause": "why"}}, "A mocked errorOutput must have an error."),
        (CALL, {"result": "nothing"}, "Mocked result must be valid JSON"),
        (CALL, {"result": "[" * 300}, "Mocked result must be valid JSON"),
        (MAP, {"result": "{}"}, "Mocked result must be an array."),
        (WRITING, {"result": "[]"}, "Mocked result must be a JSON object."),
        (PARALLEL, {"result": "1"}, "Mocked result must be an array."),
        (
            PARALLEL,
            {"result": "[1]"},
            "Mocked result must contain the same number of items as number of Parallel branches.",
        ),
    ],
)
async def test_mocks_that_cannot_be(lab: Lab, state: dict[str, Any], mock: dict[str, Any], problem: str) -> None:
    with pytest.raises(RefusedError) as raised:
        await lab.test(state, [], mock=mock)
    assert str(raised.value) == problem


async def test_an_error_without_a_cause(lab: Lab) -> None:
    answer = await lab.test(CALL, mock={"errorOutput": {"error": "E"}})

    assert (answer["status"], answer["error"]) == ("FAILED", "E")
    assert "cause" not in answer


async def test_a_result_that_is_too_large_fails_the_state(lab: Lab) -> None:
    answer = await lab.test(CALL, mock={"result": f'"{"é" * 200_000}"', "fieldValidationMode": "NONE"})

    assert (answer["status"], answer["error"]) == ("FAILED", "States.DataLimitExceeded")
