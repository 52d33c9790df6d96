"""Small definitions, written short: what the tests of this folder are about and nothing else."""

import json
from typing import Any

from tobiishi.asl.validate import validate
from tobiishi.problem import Problem

LAMBDA = "arn:aws:states:::lambda:invoke"
PASS: dict[str, Any] = {"Type": "Pass", "End": True}


def machine(states: dict[str, Any], **top: Any) -> dict[str, Any]:
    """Return a definition that starts at the first of the states."""
    return {"StartAt": next(iter(states)), "States": states, **top}


def single(state: dict[str, Any], **top: Any) -> dict[str, Any]:
    """Return a definition with one state, S, which ends unless it says otherwise."""
    ends = {} if {"Next", "End"} & state.keys() or state.get("Type") in ["Choice", "Succeed", "Fail"] else {"End": True}
    return machine({"S": {**state, **ends}}, **top)


def task(**fields: Any) -> dict[str, Any]:
    return single({"Type": "Task", "Resource": LAMBDA, **fields})


def jsonata(state: dict[str, Any]) -> dict[str, Any]:
    return single(state, QueryLanguage="JSONata")


def choice(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a Choice with these rules, all of which lead to E."""
    listed = [{"Next": "E", **rule} for rule in rules]
    return machine({"S": {"Type": "Choice", "Choices": listed, "Default": "E", **fields}, "E": {"Type": "Succeed"}})


def map_state(processor: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return single({"Type": "Map", "ItemProcessor": processor or machine({"I": PASS}), **fields})


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return map_state(machine({"I": PASS}, ProcessorConfig=config), **fields)


def text(definition: Any) -> str:
    return json.dumps(definition)


def errors(definition: Any, machine_type: Any = "STANDARD") -> list[Problem]:
    return [problem for problem in validate(definition, machine_type) if problem.severity == "ERROR"]


def warnings(definition: Any) -> list[Problem]:
    return [problem for problem in validate(definition) if problem.severity == "WARNING"]


def places(definition: Any, machine_type: Any = "STANDARD") -> list[str]:
    """Return the locations of a definition's errors."""
    return [problem.location for problem in errors(definition, machine_type)]
