"""The form of log records."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.jsontext import encode
from tobiishi.logs.batches import EVENT_OVERHEAD, MAX_EVENT_BYTES
from tobiishi.logs.records import MAX_DATA_BYTES, log_record

ARN = "arn:aws:states:eu-central-1:123456789012:execution:orders:one"
UNCUT = {"truncated": False}


def event(**details: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "previousEventId": 6,
        "timestamp": 1_700_000_000.25,
        "type": "TaskStateExited",
        "stateExitedEventDetails": details,
    }


def record(what: dict[str, Any], *, include_data: bool = True, redrives: int = 0) -> Any:
    return json.loads(log_record(what, ARN, redrives, include_data=include_data))


def test_a_record_names_its_event_in_text_and_keeps_the_details():
    assert record(event(name="Pay", output='{"a":1}', outputDetails=UNCUT), redrives=2) == {
        "id": "7",
        "type": "TaskStateExited",
        "details": {"name": "Pay", "output": '{"a":1}', "outputDetails": UNCUT},
        "previous_event_id": "6",
        "event_timestamp": "1700000000250",
        "execution_arn": ARN,
        "redrive_count": "2",
    }


def test_an_event_without_details_has_empty_ones():
    plain = {"id": 1, "previousEventId": 0, "timestamp": 0.0, "type": "LambdaFunctionStarted"}
    assert record(plain)["details"] == {}


@pytest.mark.parametrize(
    "data", ["input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables"]
)
def test_data_is_left_out_unless_it_is_wanted(data):
    assert record(event(name="Pay", error="E", **{data: "secret"}), include_data=False)["details"] == {
        "name": "Pay",
        "error": "E",
    }


@pytest.mark.parametrize("text", ["x" * 300_000, '"' * 200_000, "é" * 200_000, "\U0001f40c" * 100_000])
def test_data_is_cut_where_it_is_too_long(text):
    details = record(event(name="Pay", output=text, outputDetails=UNCUT))["details"]
    assert details["outputDetails"] == {"truncated": True}
    assert text.startswith(details["output"])
    assert MAX_DATA_BYTES - 4 <= len(encode(details["output"])) <= MAX_DATA_BYTES


def test_what_just_fits_is_not_cut():
    text = "x" * (MAX_DATA_BYTES - 2)
    details = record(event(name="Pay", output=text, outputDetails=UNCUT))["details"]
    assert (details["output"], details["outputDetails"]) == (text, UNCUT)


def test_variables_go_as_a_whole():
    variables = {"a": '"' + "x" * 254_000 + '"'}
    details = record(event(name="Pay", assignedVariables=variables, assignedVariablesDetails=UNCUT))["details"]
    assert details["assignedVariables"] == {}
    assert details["assignedVariablesDetails"] == {"truncated": True}


def test_text_that_is_not_unicode_is_escaped():
    assert b'"error":"\\ud800"' in log_record(event(name="Pay", error="\ud800"), ARN, 0, include_data=True)


@given(output=st.text(max_size=20), repeat=st.integers(1, 40_000), variables=st.dictionaries(st.text(), st.text()))
def test_a_record_always_fits_into_one_log_event(output, repeat, variables):
    what = event(name="N" * 80, output=output * repeat, assignedVariables=variables)
    assert len(log_record(what, ARN, 0, include_data=True)) + EVENT_OVERHEAD <= MAX_EVENT_BYTES
