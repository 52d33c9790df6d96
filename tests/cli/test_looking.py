"""Looking at what has run: lists, histories, drawings, and outcomes long known."""

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Shop
from tobiishi.cli.app import call

Look = Callable[..., tuple[int, str, str]]


@pytest.fixture
def seen(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Look:
    """Three executions: two of them share a name."""
    shop.define(
        "fail", {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "by\x1b[2Jnature"}}}
    )
    for order in (["pass", "one"], ["fail", "one"], ["fail", "two"]):
        call(["run", f"{order[0]}.asl.json", "--name", order[1], "--quiet"])
    capsys.readouterr()

    def look(*arguments: str) -> tuple[int, str, str]:
        code = call(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return look


def test_executions_are_listed_newest_first(seen):
    code, out, _ = seen("executions")
    rows = [line.split()[:3] for line in out.splitlines()]
    assert code == 0
    assert rows == [
        ["NAME", "STATE", "MACHINE"],
        ["two", "fail", "FAILED"],
        ["one", "fail", "FAILED"],
        ["one", "pass", "SUCCEEDED"],
    ]


def test_executions_can_be_chosen(seen):
    rows = json.loads(seen("executions", "--status", "succeeded", "--format", "json")[1])["executions"]
    assert [(row["name"], row["status"]) for row in rows] == [("one", "SUCCEEDED")]
    assert rows[0]["startDate"] <= rows[0]["stopDate"]


def test_a_cut_list_says_so(seen):
    code, out, err = seen("executions", "--limit", "2")
    assert (code, len(out.splitlines())) == (0, 3)
    assert "older ones" in err


def test_a_history_is_a_table_or_what_aws_answers(seen):
    code, out, _ = seen("history", "two")
    assert code == 0
    assert [line.split()[2] for line in out.splitlines()[1:]] == [
        "ExecutionStarted",
        "FailStateEntered",
        "ExecutionFailed",
    ]
    assert "Broken  by\\x1b[2Jnature" in out
    events = json.loads(seen("history", "two", "--format", "json")[1])["events"]
    assert [event["id"] for event in events] == [1, 2, 3]
    assert not any(key.startswith("_") for event in events for key in event)


def test_a_name_of_two_is_told_apart_by_arn(seen):
    code, out, err = seen("history", "one")
    assert (code, out) == (2, "")
    arns = [line.strip() for line in err.splitlines()[1:]]
    assert sorted(arn.split(":")[6] for arn in arns) == ["fail", "pass"]
    assert seen("history", arns[0])[0] == 0


@pytest.mark.parametrize("command", ["history", "resume", "graph"])
def test_what_is_not_there_is_not_shown(seen, command):
    code, out, err = seen(command, "three")
    assert (code, out) == (2, "")
    assert "there is no execution three in .tobiishi" in err


@pytest.mark.parametrize("order", [["executions"], ["history", "one"], ["resume", "one"], ["graph", "one"]])
def test_looking_makes_nothing(shop: Shop, capsys: pytest.CaptureFixture[str], order: list[str]) -> None:
    assert call([*order, "--data", "none"]) == 2
    assert "nothing has run there" in capsys.readouterr().err
    assert not (shop.folder / "none").exists()


def test_a_drawing_shows_how_states_stand(seen):
    assert "class s0 failed" in seen("graph", "two")[1]
    assert "class" not in seen("graph", "fail.asl.json")[1]
    assert seen("graph", "two", "--format", "dot")[1].startswith("digraph")


def test_a_bad_definition_is_not_drawn(shop: Shop, seen: Look) -> None:
    (shop.folder / "bad.json").write_text("{}")
    code, out, err = seen("graph", "bad.json")
    assert (code, out) == (2, "")
    assert "bad.json:1:1: ERROR" in err


def test_resuming_what_has_ended_shows_how(seen):
    code, out, err = seen("resume", "two")
    assert (code, out) == (1, "")
    assert "tobiishi: two failed: Broken" in err
    assert "by\\x1b[2Jnature" in err
    arn = "arn:aws:states:us-east-1:123456789012:execution:pass:one"
    assert seen("resume", arn) == (0, "{}\n", "")
