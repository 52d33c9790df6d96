"""Twenty mixed states: waits, branches, iterations, a nested execution, SDK calls and functions, each Task retried."""

import json
from pathlib import Path
from typing import Any

RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 1000}]
CHILD_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:child"

State = dict[str, Any]


def send(marker: str, **fields: Any) -> State:
    """A request that must never be repeated silently; the endpoint counts it by its marker."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
        "Parameters": {"QueueUrl.$": "$.queue", "MessageBody": marker},
        "ResultPath": None,
        "Retry": RETRY,
        **fields,
    }


def send_item(**fields: Any) -> State:
    """The same, once for each item of a Map."""
    state = send("", **fields)
    state["Parameters"] = {"QueueUrl.$": "$.queue", "MessageBody.$": "States.Format('item {}', $.item)"}
    return state


def function(marker: str, **fields: Any) -> State:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "note", "Payload": {"marker": marker}},
        "ResultSelector": {"marker.$": "$.Payload.marker"},
        "ResultPath": f"$.{marker}",
        "Retry": RETRY,
        **fields,
    }


def read(**fields: Any) -> State:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues",
        "Parameters": {},
        "ResultSelector": {"queues.$": "States.ArrayLength($.QueueUrls)"},
        "ResultPath": "$.read",
        "Retry": RETRY,
        **fields,
    }


def nested(**fields: Any) -> State:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": CHILD_ARN, "Input": {"queue.$": "$.queue"}},
        "ResultSelector": {"done.$": "$.Output.done"},
        "ResultPath": "$.nested",
        "Retry": RETRY,
        **fields,
    }


def wait(**fields: Any) -> State:
    return {"Type": "Wait", "Seconds": 1, **fields}


def alone(name: str, state: State) -> State:
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def parallel(*branches: State) -> State:
    return {"Type": "Parallel", "Branches": list(branches), "ResultPath": None, "Retry": RETRY}


def items(name: str, **fields: Any) -> State:
    selector = {"queue.$": "$.queue", "item.$": "$$.Map.Item.Value"}
    return {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": selector,
        "MaxConcurrency": 2,
        "ItemProcessor": alone(name, send_item()),
        "ResultPath": None,
        **fields,
    }


def states() -> dict[str, State]:
    """Return the states in order; each leads to the next."""
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.items[0]", "NumericEquals": 1, "Next": "S05"}]}
    ordered: list[State] = [
        {"Type": "Pass", "Result": [1, 2, 3], "ResultPath": "$.items"},
        send("two"),
        wait(),
        {**choice, "Default": "S20"},
        function("five"),
        parallel(alone("P1", send("six a")), alone("P2", function("six_b")), alone("P3", wait())),
        items("Item"),
        nested(),
        {"Type": "Pass", "Parameters": {"queue.$": "$.queue", "items.$": "$.items", "nested.$": "$.nested"}},
        send("ten"),
        wait(),
        function("twelve"),
        read(),
        {"Type": "Pass", "Assign": {"seen.$": "$.read"}},
        parallel(alone("Q1", function("fifteen_a")), alone("Q2", send("fifteen b"))),
        send("sixteen"),
        function("seventeen"),
        wait(),
        {"Type": "Pass", "Parameters": {"seen.$": "$seen", "nested.$": "$.nested", "twelve.$": "$.twelve"}},
        {"Type": "Succeed"},
    ]
    named = {f"S{number:02}": state for number, state in enumerate(ordered, 1)}
    for number, (name, state) in enumerate(named.items(), 1):
        if state["Type"] not in ("Choice", "Succeed"):
            named[name] = {**state, "Next": f"S{number + 1:02}"}
    return named


def write(folder: Path) -> Path:
    """Write the definition, its child and its function; return the definition's path."""
    folder.mkdir(parents=True, exist_ok=True)
    child = {"StartAt": "C1", "States": {"C1": send("child", Next="C2"), "C2": wait(Next="C3")}}
    child["States"]["C3"] = {"Type": "Pass", "Result": {"done": True}, "End": True}  # type: ignore[index]
    (folder / "child.asl.json").write_text(json.dumps(child))
    (folder / "functions").mkdir(exist_ok=True)
    (folder / "functions" / "note.py").write_text(_FUNCTION)
    path = folder / "mixed.asl.json"
    path.write_text(json.dumps({"StartAt": "S01", "States": states()}))
    return path


_FUNCTION = '''"""Counts its calls in a file, slowly enough to be killed half way."""

import os
import time
from pathlib import Path


def handler(event, context):
    with Path(os.environ["CALLS"]).open("a") as calls:
        calls.write(event["marker"] + "\\n")
    time.sleep(0.15)
    return event
'''
