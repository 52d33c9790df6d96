"""Requests that contradict themselves, or ask for what a test cannot do."""

from typing import Any

import pytest

from tests.teststate.conftest import CALL, INNER, PASS, failing, mocked, request
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.engine.errors import InvalidInputError, RefusedError
from tobiishi.quotas import AWS
from tobiishi.teststate.case import Case, read_case
from tobiishi.teststate.errors import UnsupportedStateError

MAP = {"Type": "Map", "ItemProcessor": INNER, "End": True}
PARALLEL = {"Type": "Parallel", "Branches": [INNER], "End": True}
MACHINE: dict[str, Any] = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Next": "Each"},
        "Each": {"Type": "Map", "ItemProcessor": INNER, "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "Deep", "States": {"Deep": {"Type": "Succeed"}}}],
            "End": True,
        },
    },
}


def read(definition: Any, given: Any = None, **params: Any) -> Case:
    return read_case(request(definition, given, **params), AWS.payload_bytes)


@pytest.mark.parametrize(
    ("name", "state_type", "iterated"),
    [("First", "Pass", False), ("Each", "Map", False), ("Inner", "Pass", True), ("Deep", "Succeed", False)],
)
def test_any_state_of_a_machine_can_be_tested(name: str, state_type: str, iterated: bool) -> None:
    mock = mocked([1]) if state_type == "Map" else None

    single = read(MACHINE, stateName=name, mock=mock).single

    assert (single.state.name, single.state.type, single.is_iterated) == (name, state_type, iterated)


def test_a_state_that_is_not_there_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"^State not found in definition$"):
        read(MACHINE, stateName="Other")


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({"Type": "Nothing"}, "/States/StateName/Type"),
        ({"Type": "Pass"}, "/States/StateName"),
        (MACHINE, "/States/StateName"),
        ("[]", "null"),
        ("{", "[Source"),
    ],
)
def test_a_definition_that_is_no_state_is_refused_with_the_place(definition: Any, place: str) -> None:
    with pytest.raises(InvalidDefinitionError) as raised:
        read(definition)
    assert f" at {place}" in str(raised.value)


def test_a_machine_must_be_good_as_a_whole() -> None:
    states = {**MACHINE["States"], "First": {"Type": "Pass", "Next": "Nowhere"}}

    with pytest.raises(InvalidDefinitionError, match="Missing 'Next' target: Nowhere"):
        read({**MACHINE, "States": states}, stateName="Deep")


@pytest.mark.parametrize("state", [MAP, PARALLEL], ids=["Map", "Parallel"])
def test_states_with_children_need_a_mock(state: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedStateError, match=r"^TestState API does not support Map or Parallel states"):
        read(state)


@pytest.mark.parametrize("mock", [mocked(1), failing("E")], ids=["result", "error"])
@pytest.mark.parametrize("kind", ["Pass", "Succeed", "Fail"])
def test_states_without_work_take_no_mock(kind: str, mock: dict[str, Any]) -> None:
    state = PASS if kind == "Pass" else {"Type": kind}

    with pytest.raises(RefusedError, match=f"^State type '{kind}' is not supported when a mock is specified$"):
        read(state, mock=mock)


def test_a_task_needs_a_role_unless_it_is_mocked() -> None:
    with pytest.raises(RefusedError, match=r"^RoleArn must be specified when testing a Task state$"):
        read(CALL, roleArn=None)
    assert read(CALL, roleArn=None, mock=mocked({})).state.type == "Task"


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::glue:startJobRun.sync",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:eu-west-1:123456789012:activity:approve",
    ],
)
def test_what_others_end_needs_a_mock(resource: str) -> None:
    with pytest.raises(RefusedError, match="unless a mock is specified"):
        read({**CALL, "Resource": resource})


@pytest.mark.parametrize(
    ("state", "params", "problem"),
    [
        (CALL, {"mock": mocked({}), "revealSecrets": True}, "does not support RevealSecrets when a mock is specified."),
        (CALL, {"revealSecrets": True}, "TRACE"),
        (CALL, {"context": {}}, "when a mock is specified"),
        (CALL, {"mock": mocked({}), "stateConfiguration": {"mapIterationFailureCount": 1}}, "MapIterationFailureCount"),
        (CALL, {"mock": failing("E"), "stateConfiguration": {"errorCausedByState": "Inner"}}, "ErrorCausedByState"),
        (MAP, {"mock": failing("E"), "stateConfiguration": {"errorCausedByState": "Other"}}, "ErrorCausedByState"),
        (MAP, {"mock": mocked([]), "stateConfiguration": {"mapItemReaderData": "[]"}}, "MapItemReaderData"),
        (PASS, {"stateConfiguration": {"mapIterationFailureCount": 1}}, "when a mock is specified"),
        (PASS, {"variables": "{"}, "Variables must be valid JSON"),
        (PASS, {"variables": "[1]"}, "Variables must be a JSON object"),
        (PASS, {"variables": {"states": 1}}, "Invalid variable name: 'states'"),
        (PASS, {"variables": {"a-b": 1}}, "Invalid variable name: 'a-b'"),
    ],
)
def test_members_that_do_not_go_together_are_refused(
    state: dict[str, Any], params: dict[str, Any], problem: str
) -> None:
    with pytest.raises(RefusedError) as raised:
        read(state, **params)
    assert problem in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "nope", "[" * 300])
def test_an_input_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        read(PASS, text)


def test_an_input_over_the_quota_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        read_case(request(PASS, "x" * 100), payload_bytes=100)
