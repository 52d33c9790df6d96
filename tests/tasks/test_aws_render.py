"""Answers by shape: casing, times, bytes."""

import base64
import io
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.tasks.aws_render import BodyTooLargeError, instant, result

SESSION = botocore.session.Session()


def render(service: str, operation: str, response: dict[str, Any]) -> dict[str, Any]:
    return result(response, SESSION.get_service_model(service).operation_model(operation).output_shape)


def test_members_are_in_pascal_case_and_keys_of_maps_stay():
    assert render(
        "batch", "DescribeJobs", {"jobs": [{"jobName": "j", "parameters": {"aKey": "v"}}], "ResponseMetadata": {}}
    ) == {"Jobs": [{"JobName": "j", "Parameters": {"aKey": "v"}}]}


def test_acronyms_keep_one_capital():
    response = {"Items": [{"open": {"BOOL": True}, "tags": {"SS": ["a"]}, "note": {"NULL": True}, "n": {"N": "1"}}]}
    assert render("dynamodb", "Scan", response) == {
        "Items": [{"open": {"Bool": True}, "tags": {"Ss": ["a"]}, "note": {"Nul": True}, "n": {"N": "1"}}]
    }
    assert render("rds", "DescribeDBInstances", {"DBInstances": [{"DBInstanceStatus": "available"}]}) == {
        "DbInstances": [{"DbInstanceStatus": "available"}]
    }


def test_an_operation_without_output():
    assert render("sqs", "DeleteQueue", {"ResponseMetadata": {}}) == {}


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2023, 11, 1, 12, tzinfo=UTC), "2023-11-01T12:00:00Z"),
        (datetime(2023, 11, 1, 12, 0, 0, 250_000, tzinfo=UTC), "2023-11-01T12:00:00.250Z"),
        (datetime(2023, 11, 1, 12, 0, 0, 999, tzinfo=UTC), "2023-11-01T12:00:00Z"),
        (datetime(2023, 11, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2023-11-01T10:00:00Z"),
    ],
)
def test_times(moment, text):
    assert instant(moment) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_reads_back_to_the_millisecond(moment):
    assert moment - datetime.fromisoformat(instant(moment)) < timedelta(milliseconds=1)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_bytes_of_a_text_are_that_text(text):
    assert render("kms", "Encrypt", {"CiphertextBlob": text.encode()}) == {"CiphertextBlob": text}


@given(st.binary(max_size=64))
def test_other_bytes_are_in_base64(data):
    blob = b"\xff" + data
    assert base64.b64decode(render("kms", "Encrypt", {"CiphertextBlob": blob})["CiphertextBlob"]) == blob


def test_numbers_that_json_lacks_are_texts():
    model = SESSION.get_service_model("cloudwatch").operation_model("GetMetricStatistics")
    points = [{"Average": value} for value in (math.nan, math.inf, -math.inf, 1.5)]
    rendered = result({"Datapoints": points}, model.output_shape)
    assert [point["Average"] for point in rendered["Datapoints"]] == ["NaN", "Infinity", "-Infinity", 1.5]


def test_json_members_are_texts():
    answer = {"sessionAttributes": {"x": 1}, "audioStream": io.BytesIO(b"")}
    assert render("lex-runtime", "PostContent", answer) == {"SessionAttributes": '{"x":1}', "AudioStream": ""}


class Slow(io.BytesIO):
    """A body that arrives a little at a time and counts what was read."""

    given = 0

    def read(self, size=-1):
        chunk = super().read(min(size, 65536))
        self.given += len(chunk)
        return chunk


def test_a_body_is_read_to_its_end_and_closed():
    body = Slow(b"x" * 200_000)
    assert render("s3", "GetObject", {"Body": body})["Body"] == "x" * 200_000
    assert body.closed


def test_a_huge_body_is_not_read_to_its_end():
    body = Slow(b"x" * 10_000_000)
    with pytest.raises(BodyTooLargeError):
        render("s3", "GetObject", {"Body": body})
    assert body.given == 256 * 1024 + 1
    assert body.closed
