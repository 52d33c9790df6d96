"""What each type of state shows of its data flow."""

from tests.teststate.conftest import CALL, INNER, PASS, Lab, failing, mocked, request

INPUT = {"order": {"id": 7, "lines": [1, 2]}}
FILTERED = {"InputPath": "$.order", "Parameters": {"id.$": "$.id"}, "ResultPath": "$.result", "OutputPath": "$.result"}


async def test_pass_shows_every_filter(lab: Lab) -> None:
    answer = await lab.test({**PASS, **FILTERED}, INPUT)

    assert answer["inspectionData"] == {
        "input": INPUT,
        "afterInputPath": INPUT["order"],
        "afterParameters": {"id": 7},
        "afterResultSelector": {"id": 7},
        "afterResultPath": {**INPUT, "result": {"id": 7}},
    }
    assert answer["output"] == {"id": 7}


async def test_pass_with_a_result_shows_it_instead_of_its_way_in(lab: Lab) -> None:
    data = (await lab.test({**PASS, **FILTERED, "Result": 1}, INPUT))["inspectionData"]

    assert data.keys() == {"input", "result", "afterResultSelector", "afterResultPath"}
    assert data["result"] == 1


async def test_task_shows_parameters_and_result(lab: Lab) -> None:
    lab.script = type(lab.script)({"StateName": [{"output": {"Payload": 1}}]})
    state = {**CALL, **FILTERED, "ResultSelector": {"paid.$": "$.Payload"}}

    data = (await lab.test(state, INPUT))["inspectionData"]

    assert data == {
        "input": INPUT,
        "afterInputPath": INPUT["order"],
        "afterParameters": {"id": 7},
        "result": {"Payload": 1},
        "afterResultSelector": {"paid": 1},
        "afterResultPath": {**INPUT, "result": {"paid": 1}},
    }


async def test_task_in_jsonata_shows_arguments_and_result(lab: Lab) -> None:
    state = {**CALL, "QueryLanguage": "JSONata", "Arguments": {"n": "{% $states.input.n + 1 %}"}, "Output": 0}

    data = (await lab.test(state, {"n": 1}, mock=mocked({"done": True})))["inspectionData"]

    assert data == {"input": {"n": 1}, "afterArguments": {"n": 2}, "result": {"done": True}}


async def test_jsonata_states_without_work_show_their_input_alone(lab: Lab) -> None:
    for state in (PASS, {"Type": "Succeed"}, {"Type": "Fail"}, {"Type": "Wait", "Seconds": 0, "End": True}):
        answer = await lab.test({**state, "QueryLanguage": "JSONata"}, INPUT)
        assert answer["inspectionData"] == {"input": INPUT}


async def test_states_without_result_show_input_path(lab: Lab) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.id", "NumericEquals": 7, "Next": "Seven"}]}
    for state in (choice, {"Type": "Succeed"}, {"Type": "Wait", "Seconds": 0, "End": True}):
        answer = await lab.test({**state, "InputPath": "$.order"}, INPUT)
        assert answer["inspectionData"] == {"input": INPUT, "afterInputPath": INPUT["order"]}
        assert answer["output"] == INPUT["order"]


async def test_fail_shows_its_input(lab: Lab) -> None:
    data = (await lab.test({"Type": "Fail", "Error": "E"}, INPUT))["inspectionData"]

    assert data == {"input": INPUT, "afterInputPath": INPUT}


async def test_parallel_shows_its_way_out_alone(lab: Lab) -> None:
    state = {"Type": "Parallel", "Branches": [INNER], "InputPath": "$.order", "ResultPath": "$.result", "End": True}

    data = (await lab.test(state, INPUT, mock=mocked([1])))["inspectionData"]

    assert data == {"input": INPUT, "afterResultSelector": [1], "afterResultPath": {**INPUT, "result": [1]}}


async def test_steps_up_to_a_failure_are_shown(lab: Lab) -> None:
    data = (await lab.test({**CALL, "InputPath": "$.order"}, INPUT, mock=failing("E")))["inspectionData"]

    assert data == {"input": INPUT, "afterInputPath": INPUT["order"], "afterParameters": INPUT["order"]}


async def test_level_info_shows_nothing(lab: Lab) -> None:
    assert "inspectionData" not in await lab.raw(request(PASS, inspectionLevel="INFO"))


async def test_texts_that_pass_through_unchanged_stay_as_they_were_given(lab: Lab) -> None:
    answer = await lab.raw(
        request({**CALL}, '{ "a":  [1, 2] }', mock={"result": "[1,  2]", "fieldValidationMode": "NONE"})
    )

    data = answer["inspectionData"]
    assert data["afterInputPath"] == data["afterParameters"] == data["input"] == '{ "a":  [1, 2] }'
    assert data["result"] == data["afterResultPath"] == answer["output"] == "[1,  2]"


async def test_variables_are_those_given_and_those_assigned(lab: Lab) -> None:
    state = {**PASS, "QueryLanguage": "JSONata", "Assign": {"b": "{% $a + 1 %}", "c": "x"}, "Output": "{% $a %}"}

    answer = await lab.test(state, variables={"a": 1, "b": 0})

    assert answer["output"] == 1
    assert answer["inspectionData"]["variables"] == {"a": 1, "b": 2, "c": "x"}


async def test_no_variables_are_not_shown(lab: Lab) -> None:
    assert "variables" not in (await lab.test(PASS, variables={}))["inspectionData"]
