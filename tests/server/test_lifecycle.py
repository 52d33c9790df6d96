"""How a server starts and ends: refused starts, drains, kill -9, and what is there afterwards."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.server.conftest import machine
from tests.server.raw import request
from tests.serving import Server

GATE = """
import time
from pathlib import Path

def handler(event, context):
    folder = Path(event["folder"])
    (folder / "waiting").touch()
    while not (folder / "open").exists():
        time.sleep(0.01)
    return "through"
"""
GATED = json.dumps(
    {
        "StartAt": "Gate",
        "States": {
            "Gate": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:gate", "End": True}
        },
    }
)
WAIT = '{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":2,"Next":"P"},"P":{"Type":"Pass","Result":7,"End":true}}}'


@pytest.fixture
def gate(tmp_path):
    """A folder for flags, beside a function that waits in it."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "gate.py").write_text(GATE)
    return tmp_path


def start_gated(server: Server, folder: Path) -> str:
    """Start an execution that waits at the gate; return its ARN once it does."""
    sfn = server.client("stepfunctions")
    given = json.dumps({"folder": str(folder)})
    arn: str = sfn.start_execution(stateMachineArn=machine(sfn, GATED), input=given, name="gated")["executionArn"]
    until((folder / "waiting").exists)
    return arn


def output_of(server: Server, arn: str) -> Any:
    """Return an execution's output once it has ended."""
    sfn = server.client("stepfunctions")
    until(lambda: sfn.describe_execution(executionArn=arn)["status"] != "RUNNING")
    return sfn.describe_execution(executionArn=arn).get("output")


def until(holds: Any) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def failing(folder: Path, *flags: str, **environment: str) -> str:
    """Start a server that cannot start; return its one line."""
    command = [sys.executable, "-m", "tobiishi", "serve", *flags]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        command, cwd=folder, env=inherited | environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2, done
    lines = [line for line in done.stderr.splitlines() if line.startswith("tobiishi: ")]
    assert done.stderr.splitlines()[-1:] == lines, done.stderr
    return lines[0]


# -- starts that are refused -------------------------------------------------------------------------------------------
def test_a_port_in_use_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
        assert f"port {port} of 127.0.0.1 is in use" in failing(tmp_path, "--port", port)


def test_a_data_directory_in_use_is_named(serve, tmp_path):
    serve()
    line = failing(tmp_path, "--port", "0", "--data", "data")
    assert "data directory data is in use by tobiishi serve (pid " in line


@pytest.mark.parametrize(
    ("flags", "environment", "said"),
    [
        (["--port", "99999"], {}, "--port must be a whole number from 0 to 65535, not 99999"),
        (["--port", "x"], {}, "see tobiishi serve --help"),
        (["--host", "0.0.0.0"], {}, "others can reach 0.0.0.0, and no access key is known"),
        (["--host", "192.0.2.1"], {"TOBIISHI_KEYS": '{ A = "secret" }'}, "cannot listen at 192.0.2.1:"),
        (["--functions", "gone"], {}, "--functions gone cannot be used: No such file"),
        (["--aws", "localhost:5000"], {}, "--aws must be a URL such as http://127.0.0.1:5000"),
        (["--config", "gone.toml"], {}, "the file of settings gone.toml cannot be read"),
        ([], {"TOBIISHI_DRIAN": "1"}, "TOBIISHI_DRIAN is not a setting; TOBIISHI_DRAIN may be meant"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_used_stop_the_start(tmp_path, flags, environment, said):
    assert said in failing(tmp_path, "--data", "data", *flags, **environment)


def test_there_is_room_for_every_connection(server):
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    soft, hard = (int(word) for word in limits.partition("Max open files")[2].split()[:2])
    assert soft >= min(4096, hard)


# -- what it says ------------------------------------------------------------------------------------------------------
def test_it_says_where_it_is_and_what_sdks_need(server):
    text = "".join(server.log)
    assert f"listening at {server.url}" in text
    assert f"AWS_ENDPOINT_URL_SFN={server.url} AWS_DISABLE_HOST_PREFIX_INJECTION=true" in text


def test_each_request_is_a_line_without_payload(serve):
    server = serve("--log-format", "json")
    sfn = server.client("stepfunctions")
    sfn.create_activity(name="quiet-name", tags=[{"key": "k", "value": "quiet-value"}])
    with pytest.raises(ClientError):
        sfn.describe_activity(activityArn="quiet-arn")
    server.wrote("DescribeActivity")
    lines = [json.loads(line) for line in server.log]
    asked = [line for line in lines if line["logger"] == "tobiishi.access" and "Activity" in line["operation"]]
    assert [(line["operation"], line["status"], line["service"]) for line in asked] == [
        ("CreateActivity", 200, "states"),
        ("DescribeActivity", 400, "states"),
    ]
    assert all(line["ms"] > 0 and line["request_id"] and line["time"].endswith("Z") for line in asked)
    assert "quiet" not in "".join(server.log)


def test_the_log_begins_at_a_level(serve):
    server = serve("--log-level", "debug")
    server.wrote(r"DEBUG +tobiishi.access .*operation=GET_/ready")


# -- ends --------------------------------------------------------------------------------------------------------------
def test_a_drain_waits_for_tasks_and_starts_nothing_new(serve, gate):
    server = serve("--functions", "functions")
    arn = start_gated(server, gate)
    sfn = server.client("stepfunctions")
    server.process.send_signal(signal.SIGTERM)
    server.wrote("stopping; waiting up to 30 s for 1 task")
    assert request(server.url, "GET", "/health", b"").status == 200
    assert json.loads(request(server.url, "GET", "/ready", b"").body) == {"status": "draining"}
    with pytest.raises(ClientError) as raised:
        sfn.start_execution(stateMachineArn=arn.replace(":execution:", ":stateMachine:").rpartition(":")[0])
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert raised.value.response["Error"]["Code"] == "ServiceUnavailable"
    (gate / "open").touch()
    assert server.process.wait(30) == 0
    again = serve("--functions", "functions")
    assert output_of(again, arn) == '"through"'


def test_a_drain_ends_when_its_time_is_over(serve, gate):
    server = serve("--functions", "functions", "--drain", "0.2")
    start_gated(server, gate)
    assert server.stop() == 0


def test_a_second_signal_leaves_at_once(serve, gate):
    server = serve("--functions", "functions")
    start_gated(server, gate)
    server.process.send_signal(signal.SIGTERM)
    server.wrote("stopping")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 128 + signal.SIGTERM


def test_long_polls_end_with_the_server(serve):
    server = serve()
    sfn = server.client("stepfunctions")
    activity = sfn.create_activity(name="idle")["activityArn"]
    answers: list[Any] = []

    def poll() -> None:
        try:
            answers.append(sfn.get_activity_task(activityArn=activity).get("taskToken"))
        except ClientError as error:
            answers.append(error.response["ResponseMetadata"]["HTTPStatusCode"])

    worker = threading.Thread(target=poll)
    worker.start()
    until(lambda: connections(server) > 0)
    began = time.monotonic()
    assert server.stop() == 0
    worker.join(20)
    assert time.monotonic() - began < 15
    assert answers in ([None], [503])


def connections(server: Server) -> int:
    """How many connections to the server's port there are."""
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(port) and line.split()[3] == "01" for line in lines)


def test_state_survives_kill_9(serve):
    server = serve()
    sfn = server.client("stepfunctions")
    arn = sfn.start_execution(stateMachineArn=machine(sfn, WAIT), name="waits")["executionArn"]
    sfn.create_activity(name="kept")
    server.kill()
    again = serve()
    activities = again.client("stepfunctions").list_activities()["activities"]
    assert [activity["name"] for activity in activities] == ["kept"]
    assert output_of(again, arn) == "7"
