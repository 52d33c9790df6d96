from typing import Any

import pytest

from tobiishi import jsontext
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.model import Choice, Task
from tobiishi.asl.single import alone, find_state, inner_states, read_single

CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
NESTED = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "End": True,
            "ItemProcessor": {
                "StartAt": "Both",
                "States": {
                    "Both": {
                        "Type": "Parallel",
                        "End": True,
                        "Branches": [{"StartAt": "Deep", "States": {"Deep": {**CALL, "End": True}}}],
                    }
                },
            },
        }
    },
}


def read(state: Any) -> Any:
    return read_single(jsontext.encode_text(state)).state


def test_a_state_may_lead_to_what_is_not_there() -> None:
    state = read({**CALL, "Next": "A", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]})

    assert isinstance(state, Task)
    assert state.name == "StateName"
    assert set(alone(state).states) == {"StateName", "A", "B"}


def test_a_choice_leads_to_the_targets_of_its_rules() -> None:
    rules = [{"Variable": "$", "IsNull": True, "Next": "A"}, {"Variable": "$", "IsNull": False, "Next": "B"}]
    state = read({"Type": "Choice", "Choices": rules, "Default": "C"})

    assert isinstance(state, Choice)
    assert set(alone(state).states) == {"StateName", "A", "B", "C"}


def test_a_state_that_leads_to_itself_stays_itself() -> None:
    state = read({**CALL, "Next": "StateName"})

    assert alone(state).states == {"StateName": state}


def test_a_state_speaks_its_own_language() -> None:
    assert read({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 %}", "End": True}).language == "JSONata"
    assert read({"Type": "Pass", "End": True}).language == "JSONPath"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Type": "Task", "End": true}', "1" * 2_000_000])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(InvalidDefinitionError):
        read_single(text)


def test_states_are_found_however_deep() -> None:
    text = jsontext.encode_text(NESTED)

    deep = find_state(text, "Deep")

    assert deep is not None
    assert [outer.name for outer in deep.around] == ["Both", "Each"]
    assert deep.is_iterated
    assert find_state(text, "Elsewhere") is None


def test_inner_states_are_those_inside() -> None:
    each = find_state(jsontext.encode_text(NESTED), "Each")

    assert each is not None
    assert [state.name for state in inner_states(each.state)] == ["Both", "Deep"]
