import json
import random
import time
from typing import Any

import pytest

from tests.asl.machines import LAMBDA, PASS, choice, distributed, jsonata, machine, map_state, single, task, text
from tobiishi.asl import model
from tobiishi.asl.compile import compile_definition
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.expr.bindings import Bindings


def state(definition: dict[str, Any]) -> Any:
    return compile_definition(text(definition)).states["S"]


def value(expression: Any, state_input: Any = None, **variables: Any) -> Any:
    bindings = Bindings(input=state_input, variables=variables, context=dict, entropy=random.Random, now=0.0)
    return expression.evaluate(bindings)


def test_a_whole_definition():
    source = text(machine({"S": PASS}, Comment="c", Version="1.0", TimeoutSeconds=60, QueryLanguage="JSONata"))
    definition = compile_definition(source)
    assert definition.text == source
    assert (definition.comment, definition.version, definition.timeout_seconds) == ("c", "1.0", 60)
    assert (definition.language, definition.start_at, definition.location) == ("JSONata", "S", "")


def test_defaults_of_a_definition():
    definition = compile_definition(text(machine({"S": PASS})))
    assert (definition.comment, definition.version, definition.timeout_seconds) == (None, "1.0", None)
    assert definition.language == "JSONPath"


def test_what_every_state_has():
    found = state(machine({"S": {"Type": "Pass", "Next": "E", "Assign": {"a": 1}}, "E": {"Type": "Succeed"}}))
    assert (found.name, found.type, found.location, found.language) == ("S", "Pass", "/States/S", "JSONPath")
    assert (found.next, found.retry, found.catch) == ("E", (), ())
    assert (found.input_path, found.output_path, found.output) == (None, None, None)
    assert value(found.assign) == {"a": 1}


def test_paths_of_null_and_dollar():
    found = state(single({"Type": "Pass", "InputPath": None, "OutputPath": "$", "ResultPath": None}))
    assert isinstance(found, model.Pass)
    assert value(found.input_path, 1) == {}
    assert found.output_path is None
    assert found.result_path
    assert found.result_path.insert(1, 2) == 1
    assert state(single({"Type": "Pass", "ResultPath": "$"})).result_path is None


def test_pass_tells_a_null_result_from_none():
    assert state(single({"Type": "Pass"})).result is None
    assert value(state(single({"Type": "Pass", "Result": None})).result) is None


def test_task():
    found = state(
        task(
            Parameters={"x.$": "$.x"},
            ResultSelector={"y.$": "$.y"},
            ResultPath="$.z",
            TimeoutSeconds=9,
            HeartbeatSecondsPath="$.beat",
            Credentials={"RoleArn": "r"},
        )
    )
    assert isinstance(found, model.Task)
    assert found.resource.arn == LAMBDA
    assert value(found.parameters, {"x": 1}) == {"x": 1}
    assert value(found.result_selector, {"y": 2}) == {"y": 2}
    assert found.result_path
    assert found.result_path.insert({}, 3) == {"z": 3}
    assert value(found.timeout_seconds) == 9
    assert value(found.heartbeat_seconds, {"beat": 4}) == 4
    assert value(found.credentials) == {"RoleArn": "r"}


def test_jsonata_task():
    definition = {
        "Type": "Task",
        "Resource": LAMBDA,
        "Arguments": {"x": "{% $states.input.x + 1 %}"},
        "TimeoutSeconds": "{% $limit %}",
        "Output": "{% $states.input %}",
    }
    found = state(jsonata(definition))
    assert isinstance(found, model.Task)
    assert found.language == "JSONata"
    assert value(found.parameters, {"x": 1}) == {"x": 2}
    assert value(found.timeout_seconds, limit=5) == 5
    assert value(found.output, {"x": 1}) == {"x": 1}


@pytest.mark.parametrize(
    ("fields", "state_input", "expected"),
    [
        ({"Seconds": 5}, None, ("Seconds", "", 5, None)),
        ({"SecondsPath": "$.s"}, {"s": 6}, ("SecondsPath", "$.s", 6, None)),
        ({"Timestamp": "2030-01-01T00:00:00Z"}, None, ("Timestamp", "", None, "2030-01-01T00:00:00Z")),
        ({"TimestampPath": "$.t"}, {"t": "later"}, ("TimestampPath", "$.t", None, "later")),
    ],
)
def test_wait(fields, state_input, expected):
    found = state(single({"Type": "Wait", **fields}))
    assert isinstance(found, model.Wait)
    seconds = found.seconds and value(found.seconds, state_input)
    timestamp = found.timestamp and value(found.timestamp, state_input)
    assert (found.field, found.path, seconds, timestamp) == expected


def test_choice():
    found = state(choice({"Variable": "$.x", "IsNull": True, "Assign": {"a": 1}}))
    assert isinstance(found, model.Choice)
    assert (found.default, found.next) == ("E", None)
    [rule] = found.rules
    assert rule.next == "E"
    assert value(rule.assign) == {"a": 1}


def test_fail():
    found = state(single({"Type": "Fail", "Error": "E", "CausePath": "States.Format('{}!', $.c)"}))
    assert isinstance(found, model.Fail)
    assert (value(found.error), value(found.cause, {"c": "why"})) == ("E", "why!")


def test_parallel():
    found = state(single({"Type": "Parallel", "Branches": [machine({"A": PASS}), machine({"B": PASS})]}))
    assert isinstance(found, model.Parallel)
    assert [branch.location for branch in found.branches] == ["/States/S/Branches[0]", "/States/S/Branches[1]"]
    assert found.branches[1].states["B"].location == "/States/S/Branches[1]/States/B"


def test_inline_map():
    found = state(map_state(ItemsPath="$.list", Parameters={"v.$": "$$.Map.Item.Value"}, MaxConcurrency=3))
    assert isinstance(found, model.Map)
    assert (found.items_field, found.items_path, found.distributed, found.execution_type) == (
        "ItemsPath", "$.list", False, "STANDARD",
    )  # fmt: skip
    assert value(found.items, {"list": [1]}) == [1]
    assert found.parameters is None
    assert value(found.max_concurrency) == 3
    assert found.processor.location == "/States/S/ItemProcessor"


def test_distributed_map():
    found = state(distributed(ToleratedFailureCountPath="$.n", ToleratedFailurePercentage=5))
    assert isinstance(found, model.Map)
    assert (found.items, found.distributed, found.label) == (None, True, None)
    assert value(found.tolerated_failure_count, {"n": 2}) == 2
    assert value(found.tolerated_failure_percentage) == 5


def test_jsonata_map():
    processor = machine({"I": PASS})
    found = state(jsonata({"Type": "Map", "Items": [1, "{% 1 + 1 %}"], "ItemProcessor": processor}))
    assert isinstance(found, model.Map)
    assert (found.items_field, value(found.items)) == ("Items", [1, 2])


def test_every_problem_is_raised_at_once():
    with pytest.raises(InvalidDefinitionError) as raised:
        compile_definition(text(machine({"S": {"Type": "Pass"}, "T": {"Type": "Nothing"}})))
    assert len(raised.value.problems) == 2


def test_warnings_do_not_stop_a_definition():
    assert state(single({"Type": "Fail", "Error": "$.error"})).type == "Fail"


def test_ten_states_compile_quickly():
    states = {f"S{index}": {"Type": "Task", "Resource": LAMBDA, "Next": f"S{index + 1}"} for index in range(10)}
    source = json.dumps(machine({**states, "S10": PASS}))
    started = time.perf_counter()
    for _ in range(20):
        compile_definition(source)
    assert (time.perf_counter() - started) / 20 < 0.05


VARIABLE_FIELDS: list[dict[str, Any]] = [
    {"Type": "Pass", "InputPath": "$v"},
    {"Type": "Pass", "OutputPath": "$v.a"},
    {"Type": "Pass", "Parameters": {"a": [{"b.$": "States.MathAdd(States.MathAdd($v, 1), $.c)"}]}},
    {"Type": "Pass", "Assign": {"w.$": "$v"}},
    {"Type": "Wait", "SecondsPath": "$v"},
    {"Type": "Fail", "CausePath": "States.Format('{}', $v)"},
    {"Type": "Task", "Resource": LAMBDA, "Parameters": {}, "TimeoutSecondsPath": "$v"},
    {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": "{% $w := 1 %}", "b": "{% $v & $states.input.x %}"}},
]


@pytest.mark.parametrize("fields", VARIABLE_FIELDS, ids=str)
def test_the_variables_that_a_state_refers_to(fields):
    assert compile_definition(text(single(fields))).variable_references == {"S": ("v",)}


def test_the_variables_of_rules_readers_and_states_inside():
    rules = ({"Variable": "$b", "NumericEqualsPath": "$a"}, {"Not": {"Variable": "$c", "IsNull": True}})
    assert compile_definition(text(choice(*rules))).variable_references == {"S": ("a", "b", "c")}
    inside = machine({"I": {**PASS, "Parameters": {"a.$": "$inner"}}})
    found = compile_definition(text(map_state(inside, ItemSelector={"a.$": "$outer"}, MaxConcurrencyPath="$most")))
    assert found.variable_references == {"S": ("most", "outer"), "I": ("inner",)}
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$most"},
        "Parameters": {"Bucket.$": "$bucket", "Key": "$text"},
    }
    assert compile_definition(text(distributed(ItemReader=reader))).variable_references == {"S": ("bucket", "most")}


def test_text_that_only_looks_like_a_variable():
    fields = {"Type": "Pass", "Parameters": {"a": "$v"}, "Result": {"b.$": "$v"}, "ResultPath": "$.v"}
    assert compile_definition(text(single(fields))).variable_references == {}


# -- what was taken stays so -------------------------------------------------------------------------------------------
REFUSED = {
    "an unknown field": single({**PASS, "Nonsense": 1}),
    "a state that nothing reaches": machine({"S": PASS, "T": PASS}),
    "a state's long name": machine({"S" * 81: PASS}),
    "no end": single({"Type": "Pass", "Next": "S"}),
    "a number out of range": single({"Type": "Wait", "Seconds": -1}),
    "an unknown service": task(Resource="arn:aws:states:::aws-sdk:nonsense:getIt"),
    "fields that exclude each other": single({"Type": "Fail", "Error": "E", "ErrorPath": "$.e"}),
    "a reserved variable": single({**PASS, "Assign": {"states": 1}}),
    "an order of retriers": task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}]),
}


@pytest.mark.parametrize("definition", REFUSED.values(), ids=REFUSED)
def test_what_an_earlier_release_accepted_is_still_built(definition):
    with pytest.raises(InvalidDefinitionError):
        compile_definition(text(definition))
    assert compile_definition(text(definition), accepted=True).states.keys() == definition["States"].keys()


@pytest.mark.parametrize(
    "definition",
    [{"StartAt": "S", "States": {}}, single({"Type": "Pass", "Next": "T"}), single({"Type": "Task"})],
)
def test_what_cannot_be_built_is_not(definition):
    with pytest.raises(InvalidDefinitionError):
        compile_definition(text(definition), accepted=True)
