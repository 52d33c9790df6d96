"""Parallel and Map states whose children a mock stands for."""

from typing import Any

import pytest

from tests.teststate.conftest import INNER, Lab, failing, mocked, request
from tobiishi.engine.errors import RefusedError

INLINE = {"Type": "Map", "ItemProcessor": INNER, "End": True}
DISTRIBUTED = {
    **INLINE,
    "ItemProcessor": {**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
}
JSONATA = {"QueryLanguage": "JSONata", "Items": "{% $states.input.items %}"}
ITEMS = {"items": ["a", "b", "c", "d"]}
READER = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}


async def test_map_shows_items_and_what_its_iterations_get(lab: Lab) -> None:
    selector = {"at.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value", "of.$": "$.name"}
    state = {**INLINE, "InputPath": "$.in", "ItemsPath": "$.list", "ItemSelector": selector, "ResultPath": "$.out"}
    given = {"in": {"list": [1, 2], "name": "n"}}

    answer = await lab.test(state, given, mock=mocked(["x", "y"]))

    assert answer["inspectionData"] == {
        "input": given,
        "afterInputPath": given["in"],
        "afterItemsPath": [1, 2],
        "afterItemSelector": [{"at": 0, "item": 1, "of": "n"}, {"at": 1, "item": 2, "of": "n"}],
        "maxConcurrency": 0,
        "afterResultSelector": ["x", "y"],
        "afterResultPath": {**given, "out": ["x", "y"]},
    }
    assert answer["output"] == {**given, "out": ["x", "y"]}


async def test_lists_of_items_have_a_blank_after_each_comma(lab: Lab) -> None:
    asked = request({**INLINE, "ItemsPath": "$.items"}, '{"items":[{"a":1,"b":2},3]}', mock=mocked([1, 2]))

    assert (await lab.raw(asked))["inspectionData"]["afterItemsPath"] == '[{"a":1,"b":2}, 3]'


async def test_map_in_jsonata_shows_what_it_selects(lab: Lab) -> None:
    state = {**INLINE, **JSONATA, "ItemSelector": {"is": "{% $states.context.Map.Item.Value & '!' %}"}}

    data = (await lab.test(state, ITEMS, mock=mocked([0])))["inspectionData"]

    assert data == {"input": ITEMS, "maxConcurrency": 0, "afterItemSelector": [{"is": f"{x}!"} for x in "abcd"]}


async def test_map_fails_at_the_item_whose_selector_fails(lab: Lab) -> None:
    state = {**INLINE, **JSONATA, "ItemSelector": "{% $states.context.Map.Item.Value + 1 %}"}

    answer = await lab.test(state, {"items": [1, "a"]}, mock=mocked([0]))

    assert (answer["status"], answer["error"]) == ("FAILED", "States.QueryEvaluationError")


async def test_costly_selectors_are_each_finished_elsewhere(lab: Lab) -> None:
    costly = "{% $sum([1..9000].($ * $states.context.Map.Item.Value)) %}"

    data = await lab.test({**INLINE, **JSONATA, "ItemSelector": costly}, {"items": [1, 2]}, mock=mocked([0]))

    assert data["inspectionData"]["afterItemSelector"] == [40_504_500, 81_009_000]


async def test_map_over_what_is_no_array_fails(lab: Lab) -> None:
    answer = await lab.test({**INLINE, "ItemsPath": "$$.Execution.Input"}, {"a": 1}, mock=mocked([0]))

    assert (answer["error"], answer["cause"]) == (
        "States.Runtime",
        'Reference path "$.Execution.Input" must point to array.',
    )
    assert "maxConcurrency" not in answer["inspectionData"]


async def test_an_empty_map_comes_to_its_mock(lab: Lab) -> None:
    answer = await lab.test({**INLINE, "ItemSelector": {"a": 1}}, [], mock=mocked([]))

    assert answer["output"] == []
    assert answer["inspectionData"]["afterItemSelector"] == []


@pytest.mark.parametrize(
    ("tolerated", "failed", "status"),
    [
        ({}, 4, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 3, "FAILED"),
        ({"ToleratedFailureCount": 4, "ToleratedFailurePercentage": 10}, 1, "FAILED"),
    ],
)
async def test_failed_iterations_are_held_to_what_is_tolerated(
    lab: Lab, tolerated: dict[str, Any], failed: int, status: str
) -> None:
    answer = await lab.test(
        {**DISTRIBUTED, **JSONATA, **tolerated},
        ITEMS,
        mock=mocked([1]),
        stateConfiguration={"mapIterationFailureCount": failed},
    )

    assert answer["status"] == status
    if status == "FAILED":
        assert answer["error"] == "States.ExceedToleratedFailureThreshold"
    for name, value in tolerated.items():
        assert answer["inspectionData"][name[0].lower() + name[1:]] == value


async def test_no_more_iterations_can_fail_than_there_are(lab: Lab) -> None:
    with pytest.raises(RefusedError, match="cannot exceed the number of items"):
        await lab.test(
            {**DISTRIBUTED, **JSONATA}, ITEMS, mock=mocked([1]), stateConfiguration={"mapIterationFailureCount": 5}
        )


@pytest.mark.parametrize("percentage", ["many", 101, True, None])
async def test_a_percentage_must_be_one(lab: Lab, percentage: Any) -> None:
    state = {**DISTRIBUTED, "ItemsPath": "$.items", "ToleratedFailurePercentagePath": "$.percentage"}

    answer = await lab.test(state, {**ITEMS, "percentage": percentage}, mock=mocked([1]))

    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")


async def test_an_error_of_a_child_is_handled_by_the_state_around_it(lab: Lab) -> None:
    catch = [{"ErrorEquals": ["Broken"], "Next": "Rescue"}]
    for state in (INLINE, {"Type": "Parallel", "Branches": [INNER], "End": True}):
        answer = await lab.test(
            {**state, "Catch": catch}, [1], mock=failing("Broken"), stateConfiguration={"errorCausedByState": "Inner"}
        )
        assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Rescue")
        assert answer["output"] == {"Error": "Broken", "Cause": "as told"}


async def test_a_map_that_writes_its_results_gives_an_object(lab: Lab) -> None:
    state = {**DISTRIBUTED, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {}}}

    answer = await lab.test(state, [1], mock=mocked({"MapRunArn": "arn"}))

    assert answer["output"] == {"MapRunArn": "arn"}


# -- ItemReader and ItemBatcher ----------------------------------------------------------------------------------------
async def test_items_are_read_from_the_text_that_is_given(lab: Lab) -> None:
    reader = {**READER, "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/data", "MaxItems": 2}}
    state = {**DISTRIBUTED, "ItemReader": reader, "ItemSelector": {"n.$": "$$.Map.Item.Value"}}

    data = (
        await lab.test(state, {}, mock=mocked([0]), stateConfiguration={"mapItemReaderData": '{"data": [1, 2, 3]}'})
    )["inspectionData"]

    assert data["afterItemsPointer"] == [1, 2, 3]
    assert data["afterItemSelector"] == [{"n": 1}, {"n": 2}]


async def test_a_reader_whose_arguments_fail_fails_the_state(lab: Lab) -> None:
    reader = {**READER, "Parameters": {"Bucket.$": "$.missing", "Key": "k"}}

    answer = await lab.test(
        {**DISTRIBUTED, "ItemReader": reader}, {}, mock=mocked([0]), stateConfiguration={"mapItemReaderData": "[]"}
    )

    assert answer["status"] == "FAILED"


async def test_a_source_that_cannot_be_read_can_be_caught(lab: Lab) -> None:
    catch = [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Rescue"}]

    answer = await lab.test(
        {**DISTRIBUTED, "ItemReader": READER, "Catch": catch},
        {},
        mock=mocked([0]),
        stateConfiguration={"mapItemReaderData": "no json"},
    )

    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Rescue")


async def test_items_of_a_reader_may_stand_in_the_input(lab: Lab) -> None:
    state = {**DISTRIBUTED, "ItemReader": READER, "ItemsPath": "$.items"}

    assert (await lab.test(state, ITEMS, mock=mocked([0])))["inspectionData"]["afterItemsPath"] == ITEMS["items"]


async def test_a_reader_that_nobody_reads_for_finds_nothing(lab: Lab) -> None:
    answer = await lab.test({**DISTRIBUTED, "ItemReader": READER}, {}, mock=mocked(["x"]))

    assert (answer["status"], answer["output"]) == ("SUCCEEDED", ["x"])


async def test_items_are_grouped(lab: Lab) -> None:
    batcher = {"MaxItemsPerBatchPath": "$.size", "BatchInput": {"of.$": "$.name"}}
    state = {**DISTRIBUTED, "ItemsPath": "$.items", "ItemBatcher": batcher}

    data = (await lab.test(state, {**ITEMS, "size": 3, "name": "n"}, mock=mocked([0])))["inspectionData"]

    assert data["afterItemBatcher"] == [
        {"BatchInput": {"of": "n"}, "Items": ["a", "b", "c"]},
        {"BatchInput": {"of": "n"}, "Items": ["d"]},
    ]


async def test_groups_in_jsonata_are_made_of_what_is_selected(lab: Lab) -> None:
    batcher = {"MaxItemsPerBatch": "{% 1 + 1 %}"}
    selector = "{% $states.context.Map.Item.Index %}"

    data = (
        await lab.test(
            {**DISTRIBUTED, **JSONATA, "ItemBatcher": batcher, "ItemSelector": selector}, ITEMS, mock=mocked([0])
        )
    )["inspectionData"]

    assert data["afterItemBatcher"] == [{"Items": [0, 1]}, {"Items": [2, 3]}]


async def test_a_size_that_is_no_number_fails_the_state(lab: Lab) -> None:
    state = {**DISTRIBUTED, "ItemsPath": "$.items", "ItemBatcher": {"MaxItemsPerBatchPath": "$.items"}}

    answer = await lab.test(state, ITEMS, mock=mocked([0]))

    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")
