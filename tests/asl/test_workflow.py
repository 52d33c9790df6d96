from typing import Any

import pytest

from tests.asl.machines import LAMBDA, PASS, distributed, errors, jsonata, machine, map_state, places, single, task

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:press"

# definition, location, a part of the message
PROBLEMS = {
    "no states": ({"StartAt": "S"}, "/", "These fields are required: [States]"),
    "nothing": ({}, "/", "These fields are required: [States, StartAt]"),
    "states is a list": ({"StartAt": "S", "States": []}, "/States", "non-empty object"),
    "states is empty": ({"StartAt": "S", "States": {}}, "/States", "non-empty object"),
    "start is a number": ({"StartAt": 1, "States": {"S": PASS}}, "/StartAt", "[STRING]"),
    "unknown top field": (machine({"S": PASS}, Retries=1), "/", "Field 'Retries' is not supported"),
    "version": (machine({"S": PASS}, Version="2.0"), "/Version", "[1.0]"),
    "machine timeout": (machine({"S": PASS}, TimeoutSeconds=0), "/TimeoutSeconds", "Minimum value is 1"),
    "comment": (machine({"S": PASS}, Comment=1), "/Comment", "[STRING]"),
    "language": (
        machine({"S": PASS}, QueryLanguage="SQL"),
        "/QueryLanguage",
        "Value should be one of the following: [JSONPath, JSONata]",
    ),
    "language is a number": (machine({"S": PASS}, QueryLanguage=5), "/QueryLanguage", "[STRING]"),
    "language back, and a field of the other": (
        jsonata({"Type": "Pass", "QueryLanguage": "JSONPath", "Output": 1}),
        "/States/S",
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    ),
    "state is text": (machine({"S": "Pass"}), "/States/S", "[OBJECT]"),
    "no type": (machine({"S": {"End": True}}), "/States/S", "These fields are required: [Type]"),
    "unknown type": (
        single({"Type": "Step"}),
        "/States/S/Type",
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
    ),
    "type is a list": (single({"Type": []}), "/States/S/Type", "should have one of these values"),
    "no resource": (single({"Type": "Task"}), "/States/S", "These fields are required: [Resource]"),
    "unknown field": (task(Timeout=1), "/States/S", "Field 'Timeout' is not supported"),
    "field of another type": (single({"Type": "Pass", "Catch": []}), "/States/S", "Field 'Catch' is not supported"),
    "neither next nor end": (machine({"S": {"Type": "Pass"}}), "/States/S", "[Next, End]"),
    "next and end": (
        machine({"S": {"Type": "Pass", "Next": "T", "End": True}, "T": PASS}),
        "/States/S",
        "Only one of these fields is allowed: [Next, End]",
    ),
    "end is text": (single({"Type": "Pass", "End": "yes"}), "/States/S/End", "[BOOLEAN]"),
    "succeed goes on": (machine({"S": {"Type": "Succeed", "End": True}}), "/States/S", "'End' is not supported"),
    "jsonpath field in jsonata": (
        jsonata({"Type": "Pass", "InputPath": "$"}),
        "/States/S",
        "The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath'",
    ),
    "jsonata field in jsonpath": (
        single({"Type": "Pass", "Output": 1}),
        "/States/S",
        "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata'",
    ),
    "jsonpath state in a jsonata machine": (
        jsonata({"Type": "Pass", "QueryLanguage": "JSONPath"}),
        "/States/S",
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    ),
    "two timeouts": (
        task(TimeoutSeconds=1, TimeoutSecondsPath="$.t"),
        "/States/S",
        "Only one of these fields is allowed: [TimeoutSeconds, TimeoutSecondsPath]",
    ),
    "heartbeat": (task(TimeoutSeconds=5, HeartbeatSeconds=5), "/States/S/HeartbeatSeconds", "less than"),
    "wait for nothing": (single({"Type": "Wait"}), "/States/S", "[Seconds, SecondsPath, Timestamp, TimestampPath]"),
    "wait for two things": (
        single({"Type": "Wait", "Seconds": 1, "Timestamp": "2030-01-01T00:00:00Z"}),
        "/States/S",
        "Only one of these fields is allowed: [Seconds, Timestamp]",
    ),
    "jsonata wait for nothing": (jsonata({"Type": "Wait"}), "/States/S", "[Seconds, Timestamp]"),
    "no branches": (single({"Type": "Parallel"}), "/States/S", "These fields are required: [Branches]"),
    "empty branches": (single({"Type": "Parallel", "Branches": []}), "/States/S/Branches", "non-empty array"),
    "branch is text": (single({"Type": "Parallel", "Branches": ["x"]}), "/States/S/Branches[0]", "[OBJECT]"),
    "branch's state": (
        single({"Type": "Parallel", "Branches": [machine({"A": PASS}), machine({"B": {"Type": "Pass"}})]}),
        "/States/S/Branches[1]/States/B",
        "[Next, End]",
    ),
    "no processor": (single({"Type": "Map"}), "/States/S", "[ItemProcessor, Iterator]"),
    "two processors": (map_state(Iterator=machine({"J": PASS})), "/States/S", "[ItemProcessor, Iterator]"),
    "processor's state": (
        map_state(machine({"I": {**PASS, "Colour": 1}})),
        "/States/S/ItemProcessor/States/I",
        "'Colour'",
    ),
    "language of a branch": (
        single({"Type": "Parallel", "Branches": [machine({"A": PASS}, QueryLanguage="JSONata")]}),
        "/States/S/Branches[0]",
        "'QueryLanguage' is not supported",
    ),
    "processor is a list": (map_state([1]), "/States/S/ItemProcessor", "[OBJECT]"),  # type: ignore[arg-type]
    "mode": (
        map_state(machine({"I": PASS}, ProcessorConfig={"Mode": "FAST"})),
        "/States/S/ItemProcessor/ProcessorConfig/Mode",
        "[INLINE, DISTRIBUTED]",
    ),
    "distributed without a type": (
        map_state(machine({"I": PASS}, ProcessorConfig={"Mode": "DISTRIBUTED"})),
        "/States/S/ItemProcessor/ProcessorConfig",
        "[ExecutionType]",
    ),
    "label of an inline map": (map_state(Label="x"), "/States/S", "'Label' is only supported for Map states with Mode"),
    "long state name": (machine({"x" * 81: PASS}), f"/States/{'x' * 81}", "between 1 and 80 characters"),
    "empty state name": (machine({"": PASS}), "/States/", "between 1 and 80 characters"),
}


@pytest.mark.parametrize(("definition", "location", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_is_named_with_its_place(definition, location, message):
    [problem] = errors(definition)
    assert (problem.location, message in problem.message) == (location, True), str(problem)


GOOD = {
    "end false beside next": machine({"S": {"Type": "Pass", "Next": "T", "End": False}, "T": PASS}),
    "iterator": single({"Type": "Map", "Iterator": machine({"I": PASS})}),
    "parameters of a map": map_state(Parameters={"x.$": "$$.Map.Item.Value"}),
    "inline, said so": map_state(machine({"I": PASS}, ProcessorConfig={"Mode": "INLINE"})),
    "language of a state": single({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 %}"}),
    "language goes back inside": machine(
        {
            "S": {
                "Type": "Map",
                "QueryLanguage": "JSONata",
                "ItemProcessor": machine({"I": {**PASS, "QueryLanguage": "JSONPath"}}),
                "End": True,
            }
        },
        QueryLanguage="JSONPath",
    ),
    "states inside take the machine's language": machine(
        {
            "S": {
                "Type": "Map",
                "QueryLanguage": "JSONata",
                "ItemProcessor": machine({"I": {**PASS, "Result": 1}}),
                "End": True,
            }
        }
    ),
    "name of 80": machine({"x" * 80: PASS}),
    "strange name": machine({'a/b[0] "x" {}': PASS}),
}


@pytest.mark.parametrize("definition", GOOD.values(), ids=GOOD)
def test_what_aws_takes_is_taken(definition):
    assert errors(definition) == []


@pytest.mark.parametrize("language", ["jsonpath", "jsonata", "SQL", 5, None])
def test_a_language_that_is_not_exactly_jsonpath_is_read_as_jsonata(language):
    definition = single({"Type": "Pass", "QueryLanguage": language, "InputPath": "$.a", "Output": 1})
    named, other = errors(definition)
    assert "'JSONata', but field 'InputPath'" in named.message
    assert other.location == "/States/S/QueryLanguage"


def test_state_names_are_unique_in_the_whole_machine():
    definition = single({"Type": "Parallel", "Branches": [machine({"A": PASS}), machine({"A": PASS})]})
    [problem] = errors(definition)
    assert problem.code == "DUPLICATE_STATE_NAME"
    assert problem.message == "Duplicate State name: A"
    assert problem.location == "/States/S/Branches[1]/States/A"


EXPRESS = {
    "callback": (task(Resource=f"{LAMBDA}.waitForTaskToken"), "'.waitForTaskToken' service integration "),
    "job": (task(Resource="arn:aws:states:::glue:startJobRun.sync"), "'.sync' service integration "),
    "activity": (task(Resource=ACTIVITY), "Activity ARN"),
    "distributed map": (distributed(), "Map states with Mode 'DISTRIBUTED'"),
}


@pytest.mark.parametrize(("definition", "what"), EXPRESS.values(), ids=EXPRESS)
def test_express_machines_cannot_wait(definition, what):
    assert errors(definition, "STANDARD") == []
    [problem] = errors(definition, "EXPRESS")
    assert problem.message == f"Express state machine does not support {what}"


def test_express_children_of_a_distributed_map_cannot_wait_either():
    inner = {"Type": "Task", "Resource": ACTIVITY, "End": True}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    definition = map_state(machine({"I": inner}, ProcessorConfig=config))
    assert places(definition) == ["/States/S/ItemProcessor/States/I/Resource"]


ASSIGN = {"Assign": {"total": 1}}


def _parallel(**fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [machine({"A": {**PASS, **ASSIGN}})], **fields}


def test_an_inner_workflow_cannot_assign_an_outer_variable():
    definition = machine({"F": {"Type": "Pass", **ASSIGN, "Next": "S"}, "S": _parallel(End=True)})
    [problem] = errors(definition)
    assert problem.location == "/States/S/Branches[0]/States/A/Assign"
    assert problem.message == "The variable 'total' is already assigned in an outer scope"


def test_a_state_may_assign_what_its_own_inner_workflow_assigned():
    assert errors(machine({"S": _parallel(End=True, **ASSIGN)})) == []
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "E", **ASSIGN}]
    assert errors(machine({"S": _parallel(End=True, Catch=catch), "E": PASS})) == []


def test_branches_have_scopes_of_their_own():
    branches = [machine({name: {**PASS, **ASSIGN}}) for name in ("A", "B")]
    assert errors(single({"Type": "Parallel", "Branches": branches})) == []


def test_children_of_a_distributed_map_do_not_see_outer_variables():
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = machine({"I": {**PASS, **ASSIGN}}, ProcessorConfig=config)
    mapped = {"Type": "Map", "ItemProcessor": processor, "End": True}
    assert errors(machine({"F": {"Type": "Pass", **ASSIGN, "Next": "S"}, "S": mapped})) == []
