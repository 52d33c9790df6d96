"""ValidateStateMachineDefinition."""

import pytest

from tests.api.states.conftest import passing
from tobiishi import jsontext


async def test_a_sound_definition_has_no_diagnostics(client):
    answer = await client.call("ValidateStateMachineDefinition", definition=passing())
    assert answer == {"result": "OK", "diagnostics": [], "truncated": False}


async def test_a_problem_has_its_place(client):
    text = jsontext.encode_text({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True, "Nonsense": 1}}})
    answer = await client.call("ValidateStateMachineDefinition", definition=text)
    assert answer == {
        "result": "FAIL",
        "diagnostics": [
            {
                "severity": "ERROR",
                "code": "SCHEMA_VALIDATION_FAILED",
                "message": "Field 'Nonsense' is not supported",
                "location": "/States/P",
            }
        ],
        "truncated": False,
    }


@pytest.mark.parametrize("text", [" ", "[]", "1"])
async def test_what_is_no_definition_has_no_place_in_one(client, text):
    (diagnostic,) = (await client.call("ValidateStateMachineDefinition", definition=text))["diagnostics"]
    assert diagnostic["message"] == "Definition must be a valid JSON object"
    assert diagnostic["location"] is None


async def test_warnings_are_shown_to_who_asks_for_them(client):
    warned = passing("$.a")
    asked = {"definition": warned, "severity": "WARNING"}
    answer = await client.call("ValidateStateMachineDefinition", **asked)
    assert [diagnostic["code"] for diagnostic in answer["diagnostics"]] == ["PASS_RESULT_IS_STATIC"]
    assert answer["result"] == "OK"
    assert (await client.call("ValidateStateMachineDefinition", definition=warned))["diagnostics"] == []


async def test_the_type_of_the_machine_counts(client):
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
    text = jsontext.encode_text({"StartAt": "T", "States": {"T": state}})
    results = [
        (await client.call("ValidateStateMachineDefinition", definition=text, type=machine_type))["result"]
        for machine_type in ("STANDARD", "EXPRESS")
    ]
    assert results == ["OK", "FAIL"]


@pytest.mark.parametrize(("asked", "shown"), [({}, 100), ({"maxResults": 0}, 100), ({"maxResults": 3}, 3)])
async def test_no_more_diagnostics_than_asked_for(client, asked, shown):
    states = {f"S{number}": {"Type": "Pass", "Nonsense": 1, "End": True} for number in range(101)}
    text = jsontext.encode_text({"StartAt": "S0", "States": states})
    answer = await client.call("ValidateStateMachineDefinition", definition=text, **asked)
    assert (len(answer["diagnostics"]), answer["truncated"]) == (shown, True)


async def test_a_large_definition_is_read_beside_the_loop(client):
    text = passing("x" * 20_000)
    assert (await client.call("ValidateStateMachineDefinition", definition=text))["result"] == "OK"
