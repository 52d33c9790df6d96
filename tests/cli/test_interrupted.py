"""What becomes of a run whose process is interrupted, killed, or not alone."""

import signal

import pytest

from tests.cli.conftest import Shop, finish, is_alive, read_until, until


def test_ctrl_c_waits_for_the_task_and_resume_goes_on(shop: Shop) -> None:
    process = shop.start_gated("one")
    process.send_signal(signal.SIGINT)
    read_until(process, "waiting up to 30 s for 1 task")
    assert process.poll() is None
    shop.open_gate()
    stopped = finish(process)
    assert stopped.code == 130
    assert stopped.out == ""
    assert "tobiishi resume one" in stopped.err

    resumed = shop.run("resume", "one", "--quiet")
    assert (resumed.code, resumed.out, resumed.err) == (0, '{"passed":true}\n', "")
    assert shop.run("history", "one").out.count("TaskScheduled") == 1
    assert not list((shop.folder / ".tobiishi" / "setups").iterdir())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_ends_it_at_once_with_its_workers(shop: Shop, number: signal.Signals, code: int) -> None:
    process = shop.start_gated("one")
    worker = shop.worker
    assert worker is not None
    process.send_signal(number)
    read_until(process, "again to leave at once")
    process.send_signal(number)
    assert finish(process).code == code
    until(lambda: not is_alive(worker))


def test_a_drain_ends_when_its_time_is_up(shop: Shop) -> None:
    process = shop.start_gated("one", "--drain", "0")
    process.send_signal(signal.SIGTERM)
    stopped = finish(process)
    assert stopped.code == 143
    assert "Go on with: tobiishi resume one" in stopped.err


def test_a_killed_run_goes_on_with_what_its_retry_says(shop: Shop) -> None:
    process = shop.start_gated("one", "--data", "kept")
    worker = shop.worker
    assert worker is not None
    process.send_signal(signal.SIGKILL)
    assert finish(process).code == -signal.SIGKILL
    shop.open_gate()
    resumed = shop.run("resume", "one", TOBIISHI_DATA="kept")
    assert not is_alive(worker)
    assert (resumed.code, resumed.out) == (0, '{"passed":true}\n')
    assert "Lambda.SdkClientException" in resumed.err
    assert "retry 1 in 1.0s" in resumed.err


def test_another_process_is_told_who_holds_the_directory_and_may_look_in(shop: Shop) -> None:
    process = shop.start_gated("one")
    before = sorted(shop.folder.glob(".tobiishi/**/*"))

    second = shop.run("run", "pass.asl.json")
    assert second.code == 2
    assert f"in use by tobiishi run (pid {process.pid}" in second.err
    assert "give --data another folder" in second.err
    assert f"pid {process.pid}" in shop.run("resume", "one").err

    history = shop.run("history", "one")
    assert history.code == 0
    assert "TaskScheduled" in history.out
    assert "RUNNING" in shop.run("executions").out
    graph = shop.run("graph", "one")
    assert "class s0 running" in graph.out
    assert sorted(shop.folder.glob(".tobiishi/**/*")) == before
    shop.open_gate()
    assert finish(process).code == 0


def test_an_express_run_is_not_kept(shop: Shop) -> None:
    process = shop.start_gated("one", "--express")
    process.send_signal(signal.SIGINT)
    stopped = finish(process)
    assert stopped.code == 130
    assert "Nothing of an Express execution is stored" in stopped.err
    assert "one" not in shop.run("executions").out


def test_a_nested_execution_goes_on_with_its_parent(shop: Shop) -> None:
    shop.define(
        "parent",
        {
            "StartAt": "Child",
            "States": {
                "Child": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::states:startExecution.sync:2",
                    "Parameters": {
                        "StateMachineArn": "arn:aws:states:eu-west-1:999999999999:stateMachine:gated",
                        "Input": {"folder": str(shop.folder)},
                    },
                    "OutputPath": "$.Output",
                    "End": True,
                }
            },
        },
    )
    process = shop.start("run", "parent.asl.json", "--name", "one", "--functions", "functions")
    until(lambda: shop.worker is not None)
    process.send_signal(signal.SIGKILL)
    finish(process)
    shop.open_gate()
    resumed = shop.run("resume", "one")
    assert (resumed.code, resumed.out) == (0, '{"passed":true}\n')
    assert "nested execution gated:" in resumed.err
    assert shop.run("executions", "--status", "succeeded").out.count("SUCCEEDED") == 2


def test_a_profile_that_is_gone_is_told_in_one_line(shop: Shop) -> None:
    process = shop.start_gated("one")
    process.send_signal(signal.SIGKILL)
    finish(process)
    done = shop.run("resume", "one", "--aws", "real", AWS_PROFILE="nobody")
    assert (done.code, done.out) == (2, "")
    assert "tobiishi: the AWS configuration cannot be used: The config profile (nobody) could not be found" in done.err
