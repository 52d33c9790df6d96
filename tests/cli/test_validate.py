"""Problems of definitions, with their places."""

import io
import json
import sys

import pytest

from tobiishi.cli.app import call

SOUND = '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}'
WARNED = '{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"a.$": "$.b"}, "End": true}}}'
JSONATA = """QueryLanguage: JSONata
StartAt: P
States:
  P:
    Type: Pass
    Output: |-
      {% $x :=
        $x + ] %}
    End: true
"""
BAD_YAML = "StartAt: P\nStates:\n  P:\n    Type: Pass\n    Next: Q\n"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = call(["validate", *arguments])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"sound.json": SOUND, "warned.json": WARNED, "bad.yaml": BAD_YAML}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_sound_definition_has_nothing_to_say(folder, capsys):
    assert printed(capsys, "sound.json") == (0, "")


def test_warnings_are_printed_and_allowed(folder, capsys):
    code, out = printed(capsys, "warned.json")
    assert code == 0
    assert out.startswith("warned.json:1:")
    assert ": WARNING " in out


def test_all_files_are_checked(folder, capsys):
    code, out = printed(capsys, "bad.yaml", "sound.json", "warned.json")
    assert code == 2
    assert out.startswith("bad.yaml:5:5: ERROR MISSING_TRANSITION_TARGET at /States/P/Next: ")
    assert "warned.json" in out


def test_json_is_for_programs(folder, capsys):
    code, out = printed(capsys, "bad.yaml", "--format", "json")
    assert code == 2
    finding = json.loads(out)[0]
    assert (finding["file"], finding["line"], finding["column"]) == ("bad.yaml", 5, 5)
    assert (finding["severity"], finding["location"]) == ("ERROR", "/States/P/Next")


def test_an_expression_is_shown_with_a_caret_under_the_place(folder, capsys):
    (folder / "a.yaml").write_text(JSONATA)
    code, out = printed(capsys, "a.yaml")
    assert code == 2
    message = 'The symbol "]" cannot be used as a unary operator'
    assert out.splitlines() == [
        f"a.yaml:6:5: ERROR INVALID_JSONATA_EXPRESSION at /States/P/Output: {message}",
        "  line 2: $x + ]",
        "               ^",
    ]
    finding = json.loads(printed(capsys, "a.yaml", "--format", "json")[1])[0]
    assert (finding["expression"], finding["position"]) == ("$x :=\n  $x + ]", 13)


@pytest.mark.parametrize(("text", "code"), [(SOUND, 0), ("StartAt: P\nStates: {P: {Type: Succeed}}", 0), ("", 2)])
def test_standard_input_is_json_or_yaml(folder, capsys, monkeypatch, text, code):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert printed(capsys, "-")[0] == code


@pytest.mark.parametrize(
    ("name", "text", "start"),
    [
        ("a.json", '{"StartAt": "A",\n "States": }', "a.json:2:12: ERROR INVALID_JSON_DESCRIPTION: Unexpected"),
        ("a.yaml", "StartAt: A\nStates: {\n", "a.yaml:3:1: ERROR INVALID_JSON_DESCRIPTION: "),
        ("a.json", '{"States":' * 100_000, "a.json:1:1: ERROR TOO_DEEPLY_NESTED"),
        ("a.json", "[]", "a.json:1:1: ERROR SCHEMA_VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_read_has_a_place_too(folder, capsys, name, text, start):
    (folder / name).write_text(text)
    code, out = printed(capsys, name)
    assert code == 2
    assert out.startswith(start)
    assert out.count("\n") == 1


def test_a_name_cannot_write_on_the_terminal(folder, capsys):
    (folder / "a.json").write_text('{"StartAt": "\\u001b[2J", "States": {"P\\n": {"Type": "Pass"}}}')
    code, out = printed(capsys, "a.json")
    assert code == 2
    assert "\x1b" not in out


def test_a_flood_of_problems_is_told_in_time(folder, capsys):
    states = {f"S{number}": {"Type": "Pass", "Next": "none"} for number in range(5000)}
    (folder / "many.json").write_text(json.dumps({"StartAt": "S0", "States": states}))
    code, out = printed(capsys, "many.json")
    assert code == 2
    assert out.count("Missing 'Next' target") == 5000


def test_the_type_matters(folder, capsys):
    task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": True}
    task["Parameters"] = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"}
    (folder / "sync.json").write_text(json.dumps({"StartAt": "T", "States": {"T": task}}))
    assert printed(capsys, "sync.json")[0] == 0
    assert printed(capsys, "sync.json", "--express")[0] == 2
