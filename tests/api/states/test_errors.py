"""How refusals are worded at the API where the wording is not the engine's own."""

import pytest

from tests.api.states.conftest import ROLE
from tobiishi import jsontext


def mapping(label: str, next_state: str | None = None) -> str:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner}
    state = {"Type": "Map", "ItemProcessor": processor, "Label": label}
    return jsontext.encode_text(
        {"StartAt": "M", "States": {"M": state | ({"Next": next_state} if next_state else {"End": True})}}
    )


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("", "['Label cannot be empty']"),
        ("x" * 41, "['Label cannot exceed 40 characters']"),
        ("a;b", "[\"Label contains invalid character: ';'\"]"),
        ("a\u0085", "[\"Label contains invalid character: '\\\\x85'\"]"),
    ],
)
async def test_a_label_is_refused_as_recorded(client, label, said):
    definition = mapping(label)
    error = await client.error("CreateStateMachine", name="m", definition=definition, roleArn=ROLE)
    assert (error.code, error.message) == (
        "InvalidDefinition",
        f"Error=ValueError Args={said} in definition '{definition}'.",
    )
    arn = await client.create("m")
    assert (
        await client.error("UpdateStateMachine", stateMachineArn=arn, definition=definition)
    ).message == error.message


async def test_a_label_among_other_mistakes_is_one_of_them(client):
    error = await client.error("CreateStateMachine", name="m", definition=mapping("", "Nowhere"), roleArn=ROLE)
    assert error.message.startswith("Invalid State Machine Definition: '")
    assert "INVALID_LABEL_NAME: Label cannot be empty at /States/M/Label" in error.message
    checked = await client.call("ValidateStateMachineDefinition", definition=mapping(""))
    assert [each["code"] for each in checked["diagnostics"]] == ["INVALID_LABEL_NAME"]
