"""Starting executions: what comes out, and everything that can be wrong with an order."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PASS, Shop, read_until
from tobiishi.cli.app import call

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": '{"why": ["because"]}'}}}


def outcome(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    code = call(list(arguments))
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return code, printed.out, printed.err


def test_the_output_is_all_that_comes_out(shop: Shop) -> None:
    done = shop.run("run", "pass.asl.json", "--input", '{"b": [1, 2],\n "a": 10000000000000000000000}')
    assert (done.code, done.out) == (0, '{"b":[1,2],"a":10000000000000000000000}\n')
    assert "SUCCEEDED after" in done.err


def test_a_failure_says_what_failed_and_with_which_input(shop: Shop, capsys: Capture) -> None:
    shop.define("fail", FAIL)
    code, out, err = outcome(capsys, "run", "fail.asl.json", "--name", "one", "--input", '{"a":1}')
    assert (code, out) == (1, "")
    assert "tobiishi: one failed: Broken\n" in err
    assert '  cause  {\n           "why": [\n' in err
    assert "  state  F\n" in err
    assert '  input  {\n           "a": 1\n' in err


def test_a_time_out_is_a_failure(shop: Shop, capsys: Capture) -> None:
    shop.define(
        "slow", {"TimeoutSeconds": 1, "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}}
    )
    code, _, err = outcome(capsys, "run", "slow.asl.json", "--name", "one")
    assert code == 1
    assert "tobiishi: one timed out" in err
    assert "  state  W\n" in err


def test_every_problem_has_its_place(shop: Shop, capsys: Capture) -> None:
    (shop.folder / "bad.json").write_text('{\n  "StartAt": "Q",\n  "States": {\n    "P": {"Type": "Pass"}\n  }\n}\n')
    code, out, err = outcome(capsys, "run", "bad.json")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) >= 2
    assert any(line.startswith("bad.json:2:3: ERROR MISSING_TRANSITION_TARGET at /StartAt: ") for line in lines)
    assert any(line.startswith("bad.json:4:") for line in lines)
    assert not (shop.folder / ".tobiishi").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run"], "Missing argument 'DEFINITION'; see tobiishi run --help"),
        (["run", "none.json"], "definition none.json cannot be read: No such file or directory"),
        (["run", "functions"], "definition functions cannot be read: Is a directory"),
        (["run", "latin.json"], "definition latin.json is not UTF-8 text"),
        (["run", "my flow.json"], "The state machine is named after the file: rename it"),
        (["run", "pass.asl.json", "--input", "{"], "Invalid State Machine Execution Input"),
        (["run", "pass.asl.json", "--input", "[" * 300 + "]" * 300], "nested deeper than 254 levels"),
        (["run", "pass.asl.json", "--input", f'"{"x" * 262_144}"'], "262144"),
        (["run", "pass.asl.json", "--input", "@none.json"], "input none.json cannot be read"),
        (["run", "pass.asl.json", "--input", "@latin.json"], "input latin.json is not UTF-8 text"),
        (["run", "-", "--input", "-"], "standard input cannot be both"),
        (["run", "pass.asl.json", "--name", "a b"], "Invalid Name"),
        (["run", "pass.asl.json", "--name", ""], "Invalid Name"),
        (["run", "pass.asl.json", "--aws", "localhost:5000"], "neither a URL"),
        (["run", "pass.asl.json", "--aws", "http://[::1"], "neither a URL"),
        (["run", "pass.asl.json", "--aws", "http://me:secret@host"], "without user and password"),
        (["run", "pass.asl.json", "--functions", "none"], "cannot be used: No such file or directory"),
        (["run", "pass.asl.json", "--functions", "latin.json"], "latin.json is not a folder"),
        (["run", "pass.asl.json", "--functions", "bad"], "functions.toml: nothing: there is no nothing.py"),
        (["run", "pass.asl.json", "--machines", "none"], "--machines"),
        (["run", "pass.asl.json", "--connections", "none"], "--connections"),
        (["run", "pass.asl.json", "--data", "latin.json"], "cannot be used"),
        (["run", "pass.asl.json", "--drain", "-1"], "a number of seconds from 0"),
        (["run", "pass.asl.json", "--drain", "nan"], "--drain"),
        (["run", "pass.asl.json", "--what"], "--what"),
        (["walk"], "No such command 'walk'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    shop: Shop, capsys: Capture, arguments: list[str], complaint: str
) -> None:
    (shop.folder / "latin.json").write_bytes(b'{"a": "\xe9"}')
    (shop.folder / "my flow.json").write_text(json.dumps(PASS))
    (shop.folder / "bad").mkdir()
    (shop.folder / "bad" / "functions.toml").write_text("[nothing]\n")
    code, out, err = outcome(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("tobiishi: ")
    assert complaint in err
    assert err.count("\n") == 1
    assert "secret" not in err


@pytest.mark.parametrize(
    ("variable", "value"), [("AWS_ACCOUNT_ID", "12"), ("AWS_REGION", "a:b"), ("AWS_ENDPOINT_URL", "nowhere")]
)
def test_a_wrong_environment_is_told(
    shop: Shop, capsys: Capture, monkeypatch: Patch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert outcome(capsys, "run", "pass.asl.json")[0] == 2


def test_an_emulator_needs_no_aws_profile(shop: Shop, capsys: Capture, monkeypatch: Patch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert outcome(capsys, "run", "pass.asl.json", "--aws", "http://127.0.0.1:1", "--quiet")[:2] == (0, "{}\n")


def test_a_name_is_taken_once(shop: Shop, capsys: Capture) -> None:
    assert outcome(capsys, "run", "pass.asl.json", "--name", "one", "--quiet") == (0, "{}\n", "")
    code, _, err = outcome(capsys, "run", "pass.asl.json", "--name", "one")
    assert code == 2
    assert err == "tobiishi: one exists and has ended (SUCCEEDED); choose another --name\n"


def test_a_name_that_has_not_ended_is_to_be_resumed(shop: Shop) -> None:
    shop.define("wait", {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}})
    process = shop.start("run", "wait.asl.json", "--name", "one", "--data", "my data")
    read_until(process, "W  started")
    process.terminate()
    process.wait()
    done = shop.run("run", "wait.asl.json", "--name", "one", "--data", "my data")
    assert done.code == 2
    assert done.err == "tobiishi: one exists and has not ended; go on with: tobiishi resume one --data 'my data'\n"


def test_an_express_run_writes_nothing(shop: Shop, capsys: Capture) -> None:
    before = sorted(shop.folder.rglob("*"))
    assert outcome(capsys, "run", "pass.asl.json", "--express", "--quiet") == (0, "{}\n", "")
    assert sorted(shop.folder.rglob("*")) == before


def test_an_express_run_that_starts_another_keeps_that_one(shop: Shop, capsys: Capture) -> None:
    start = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}
    start["Parameters"] = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:pass", "Name": "kept"}
    shop.define("starter", {"StartAt": "S", "States": {"S": start}})
    assert outcome(capsys, "run", "starter.asl.json", "--express", "--quiet")[0] == 0
    assert "kept" in outcome(capsys, "executions")[1]


def test_input_comes_from_a_file_or_from_standard_input(shop: Shop, capsys: Capture, monkeypatch: Patch) -> None:
    (shop.folder / "given.json").write_text("\ufeff[1]")
    assert outcome(capsys, "run", "pass.asl.json", "-q", "--input", "@given.json")[:2] == (0, "[1]\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[2]")))
    assert outcome(capsys, "run", "pass.asl.json", "-q", "--input", "-")[:2] == (0, "[2]\n")


def test_yaml_is_run_too(shop: Shop, capsys: Capture) -> None:
    (shop.folder / "say.yaml").write_text("StartAt: S\nStates:\n  S: {Type: Pass, Result: no, End: true}\n")
    assert outcome(capsys, "run", "say.yaml", "-q") == (0, '"no"\n', "")


def test_the_machine_is_named_after_its_file_and_lives_where_the_environment_says(
    shop: Shop, capsys: Capture, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "210987654321")
    assert outcome(capsys, "run", "pass.asl.json", "-q", "--name", "one")[0] == 0
    listed = json.loads(outcome(capsys, "executions", "--format", "json")[1])["executions"]
    assert listed[0]["executionArn"] == "arn:aws:states:eu-central-1:210987654321:execution:pass:one"


def test_a_task_without_a_place_to_go_says_how_to_give_one(shop: Shop, capsys: Capture) -> None:
    task = {"Type": "Task", "End": True}
    for resource, flag in (
        ("arn:aws:states:::aws-sdk:sqs:listQueues", "--aws URL"),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", "--functions DIR"),
    ):
        shop.define("task", {"StartAt": "T", "States": {"T": {**task, "Resource": resource}}})
        code, _, err = outcome(capsys, "run", "task.asl.json")
        assert code == 1
        assert flag in err


def test_what_functions_print_is_seen_unless_quiet(shop: Shop, capsys: Capture) -> None:
    (shop.folder / "functions" / "hello.py").write_text("def handler(event, context):\n    print('hello\\x1b[2J')\n")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:hello"
    shop.define("call", {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": arn, "End": True}}})
    code, out, err = outcome(capsys, "run", "call.asl.json", "--functions", "functions")
    assert (code, out) == (0, "null\n")
    assert "hello | hello\\x1b[2J\n" in err
    assert outcome(capsys, "run", "call.asl.json", "--functions", "functions", "--quiet") == (0, "null\n", "")


def test_help_is_quick_because_it_loads_little() -> None:
    heavy = ["asyncio", "aiohttp", "botocore", "jsonata", "rich", "sqlite3", "yaml"]
    program = f"import sys; from tobiishi.cli.app import call; call(['--help']); print(set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_the_version_is_said(shop: Shop) -> None:
    done = shop.run("--version")
    assert done.code == 0
    assert done.out.startswith("tobiishi 0.")


def test_nobody_has_to_read_the_output(shop: Shop) -> None:
    (shop.folder / "given.json").write_text(json.dumps("x" * 200_000))
    process = shop.start("run", "pass.asl.json", "--input", "@given.json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.wait()
    assert "Traceback" not in errors
    assert "Exception" not in errors


def test_a_name_that_is_no_text_does_no_harm(shop: Shop) -> None:
    assert shop.run("run", "\udcff.json").code == 2
    assert shop.run("run", "pass.asl.json", "--name", "\udcff").code == 2
    assert shop.run("history", "\udcff").code == 2
    assert Path(shop.folder / "pass.asl.json").exists()
