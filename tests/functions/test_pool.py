"""Functions in real worker processes."""

import asyncio
import errno
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.functions.conftest import StartPool, Write, lives
from tobiishi.functions.pool import FunctionPool, workers_for_this_machine
from tobiishi.tasks.lambda_ import Invocation, InvokeError

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"

ECHO = "def handler(event, context): return event"
PID = "import os\ndef handler(event, context): return os.getpid()"


async def invoke(pool: FunctionPool, payload: Any = None, name: str = "f") -> Any:
    """Return a function's result."""
    done = await pool.invoke(name, json.dumps(payload).encode(), invoked_arn=ARN)
    assert done.function_error is None, done.payload
    return json.loads(done.payload)


async def failure(pool: FunctionPool, name: str = "f") -> dict[str, Any]:
    """Return a function's error."""
    done = await pool.invoke(name, b"{}", invoked_arn=ARN)
    assert done.function_error == "Unhandled"
    error: dict[str, Any] = json.loads(done.payload)
    return error


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what other processes do, nobody tells
            await asyncio.sleep(0.01)


async def until_gone(pid: int) -> None:
    await until(lambda: not lives(pid))


# -- what a function sees -------------------------------------------------------------------------------------------
async def test_a_result_is_the_text_that_awss_runtime_writes(write: Write, start_pool: StartPool) -> None:
    write(f=ECHO)
    done = await (await start_pool()).invoke("f", b'{"b":1,"a":[true,null]}', invoked_arn=ARN)
    assert (done.payload, done.function_error) == (b'{"b": 1, "a": [true, null]}', None)
    assert done.executed_version == "$LATEST"


async def test_the_context_is_lambdas(write: Write, start_pool: StartPool) -> None:
    write(
        f="""
def handler(event, context):
    return [context.function_name, context.function_version, context.invoked_function_arn,
            context.memory_limit_in_mb, context.aws_request_id, context.log_group_name,
            59_000 < context.get_remaining_time_in_millis() <= 60_000, context.client_context.custom]
""",
        functions="f = { timeout = 60, memory = 512 }",
    )
    pool = await start_pool()
    done = await pool.invoke("f", b"{}", invoked_arn=f"{ARN}:live", client_context='{"custom":{"k":"\\u3042\u3042"}}')
    expected = ["f", "$LATEST", f"{ARN}:live", "512", done.request_id, "/aws/lambda/f", True, {"k": "ああ"}]
    assert json.loads(done.payload) == expected


async def test_the_environment_is_lambdas(
    folder: Path, write: Write, start_pool: StartPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "kept")
    write(
        f="import os, sys\ndef handler(event, context): return os.environ | {'cwd': os.getcwd(), 'argv': sys.argv[1:]}",
        functions='f = { environment = { STAGE = "test" } }',
    )
    seen = await invoke(await start_pool(region="eu-west-1"))
    expected = {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "eu-west-1",
        "FROM_OUTSIDE": "kept",
        "LAMBDA_TASK_ROOT": str(folder),
        "STAGE": "test",
        "_HANDLER": "f.handler",
        "argv": [],
        "cwd": str(folder),
    }
    assert {key: seen.get(key) for key in expected} == expected


async def test_a_worker_imports_nothing_of_the_engine(write: Write, start_pool: StartPool) -> None:
    write(f="import sys\ndef handler(event, context): return sorted(m for m in sys.modules if 'tobiishi' in m)")
    assert await invoke(await start_pool()) == ["tobiishi", "tobiishi.functions"]


async def test_a_folder_may_hold_modules_of_its_own(folder: Path, start_pool: StartPool) -> None:
    (folder / "f" / "prices").mkdir(parents=True)
    (folder / "f" / "app.py").write_text("from prices import vat\ndef lambda_handler(event, context): return vat.RATE")
    (folder / "f" / "prices" / "vat.py").write_text("RATE = 20")
    assert await invoke(await start_pool()) == 20
    assert not any(name == "__pycache__" for _, folders, _ in os.walk(folder) for name in folders)


# -- errors ---------------------------------------------------------------------------------------------------------
async def test_an_exception(write: Write, start_pool: StartPool) -> None:
    write(f="def handler(event, context):\n    raise KeyError('order')\n")
    done = await (await start_pool()).invoke("f", b"{}", invoked_arn=ARN)
    assert done.payload.decode() == (
        f'{{"errorMessage": "\'order\'", "errorType": "KeyError", "requestId": "{done.request_id}", '
        '"stackTrace": ["  File \\"/var/task/f.py\\", line 2, in handler\\n    raise KeyError(\'order\')\\n"]}'
    )


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'f': No module named 'nowhere'"),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'f'"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'f': invalid syntax (f.py, line 1)"),
        ("raise ValueError('at import')", "ValueError", "at import"),
        (
            "def handler(event, context): return {1, 2}",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
        (
            "def handler(event, context): return 'x' * (7 * 1024 * 1024)",
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
    ],
)
async def test_errors_that_the_runtime_reports(
    write: Write, start_pool: StartPool, source: str, error_type: str, message: str
) -> None:
    write(f=source)
    error = await failure(await start_pool())
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("import os\ndef handler(event, context): os._exit(3)", "Runtime exited with error: exit status 3"),
        ("import sys\ndef handler(event, context): sys.exit(0)", "Runtime exited without providing a reason"),
        (
            "import os\ndef handler(event, context): os.kill(os.getpid(), 9)",
            "Runtime exited with error: signal: killed",
        ),
        ("import os\nos._exit(1)", "Runtime exited with error: exit status 1"),
    ],
)
async def test_a_function_that_ends_its_process(write: Write, start_pool: StartPool, source: str, end: str) -> None:
    write(f=source)
    done = await (await start_pool()).invoke("f", b"{}", invoked_arn=ARN)
    message = f"RequestId: {done.request_id} Error: {end}"
    assert json.loads(done.payload) == {"errorType": "Runtime.ExitError", "errorMessage": message}


async def test_a_function_that_takes_too_long_is_ended(write: Write, start_pool: StartPool) -> None:
    write(
        f="""
import os, time
def handler(event, context):
    if event: return os.getpid()
    time.sleep(60)
""",
        functions="f = { timeout = 1 }",
    )
    pool = await start_pool()
    pid = await invoke(pool, payload=True)
    done = await pool.invoke("f", b"{}", invoked_arn=ARN)
    message = f"RequestId: {done.request_id} Error: Task timed out after 1.00 seconds"
    assert json.loads(done.payload) == {"errorType": "Sandbox.Timedout", "errorMessage": message}
    await until_gone(pid)
    assert await invoke(pool, payload=True) != pid


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("g", "ResourceNotFoundException", f"Function not found: {ARN}:$LATEST"),
        ("../f", "ValidationException", "'../f' is not the name of a function"),
    ],
)
async def test_a_function_that_is_not_there(
    write: Write, start_pool: StartPool, name: str, code: str, message: str
) -> None:
    write(f=ECHO)
    pool = await start_pool()
    with pytest.raises(InvokeError) as error:
        await pool.invoke(name, b"{}", invoked_arn=ARN)
    assert (error.value.code, error.value.message) == (code, message)


@pytest.mark.parametrize("qualifier", ["$LATEST", "7", "live"])
async def test_a_version_that_is_not_there(start_pool: StartPool, qualifier: str) -> None:
    with pytest.raises(InvokeError) as error:
        await (await start_pool()).invoke("g", b"{}", invoked_arn=f"{ARN}:{qualifier}")
    assert error.value.message == f"Function not found: {ARN}:{qualifier}"


async def test_a_payload_over_the_limit(write: Write, start_pool: StartPool) -> None:
    write(f=ECHO)
    with pytest.raises(InvokeError, match="RequestTooLargeException: Request must be smaller than 6291456 bytes"):
        await (await start_pool()).invoke("f", b" " * (6 * 1024 * 1024 + 1), invoked_arn=ARN)


async def test_a_payload_just_within_the_limit(write: Write, start_pool: StartPool) -> None:
    write(f=ECHO)
    text = "x" * (6 * 1024 * 1024 - 2)
    assert await invoke(await start_pool(), payload=text) == text


async def test_settings_that_became_wrong(write: Write, start_pool: StartPool) -> None:
    write(f=ECHO)
    pool = await start_pool()
    write(functions="f = { timeout = 0 }")
    with pytest.raises(InvokeError, match=r"ServiceException: functions.toml: f.timeout must be"):
        await pool.invoke("f", b"{}", invoked_arn=ARN)


# -- workers --------------------------------------------------------------------------------------------------------
async def test_a_warm_worker_is_used_again(write: Write, start_pool: StartPool) -> None:
    write(f=PID)
    pool = await start_pool()
    assert len({await invoke(pool) for _ in range(5)}) == 1


async def test_an_error_of_the_function_keeps_its_worker(write: Write, start_pool: StartPool) -> None:
    write(f="import os\ndef handler(event, context): raise ValueError(os.getpid())")
    pool = await start_pool()
    assert (await failure(pool))["errorMessage"] == (await failure(pool))["errorMessage"]


async def test_calls_at_once_have_workers_of_their_own_up_to_the_bound(write: Write, start_pool: StartPool) -> None:
    write(f="import os, time\ndef handler(event, context):\n    time.sleep(0.05)\n    return os.getpid()")
    pool = await start_pool(workers_per_function=2)
    pids = await asyncio.gather(*(invoke(pool) for _ in range(6)))
    assert len(set(pids)) == 2


async def test_functions_share_the_bound_of_all(write: Write, start_pool: StartPool) -> None:
    write(f=PID, g=PID)
    pool = await start_pool(workers=1)
    first = await invoke(pool, name="f")
    await invoke(pool, name="g")
    await until_gone(first)


async def test_reserved_concurrency_throttles(write: Write, start_pool: StartPool, tmp_path: Path) -> None:
    write(
        f="import os, time\ndef handler(path, context):\n    while not os.path.exists(path): time.sleep(0.01)",
        functions="f = { concurrency = 1 }\noff = { concurrency = 0 }",
        off=ECHO,
    )
    pool = await start_pool()
    running = asyncio.create_task(invoke(pool, payload=str(tmp_path / "go")))
    await asyncio.sleep(0)
    for name in ("f", "off"):
        with pytest.raises(InvokeError, match=r"TooManyRequestsException: Rate Exceeded\."):
            await pool.invoke(name, b"{}", invoked_arn=ARN)
    (tmp_path / "go").touch()
    assert await running is None


async def test_an_edited_function_is_served_at_once(write: Write, start_pool: StartPool) -> None:
    write(f="def handler(event, context): return 1")
    pool = await start_pool()
    assert await invoke(pool) == 1
    write(f="def handler(event, context): return 2")
    assert await invoke(pool) == 2


async def test_a_worker_that_died_between_two_calls_is_replaced(write: Write, start_pool: StartPool) -> None:
    write(f=PID)
    pool = await start_pool()
    pid = await invoke(pool)
    os.kill(pid, signal.SIGKILL)
    await until_gone(pid)
    assert await invoke(pool) != pid


async def test_a_worker_that_cannot_be_watched_is_not_left_behind(
    write: Write, start_pool: StartPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f=PID)
    pool = await start_pool(workers=1)
    started: list[int] = []

    def refuse(pid: int) -> int:
        started.append(pid)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pidfd_open", refuse)
        with pytest.raises(InvokeError, match="ServiceException: A worker cannot be started: Too many open files"):
            await pool.invoke("f", b"{}", invoked_arn=ARN)
    assert not lives(started[0])
    assert list((tmp_path / "workers").iterdir()) == []
    assert await invoke(pool) > 0


async def test_an_idle_worker_is_ended(write: Write, start_pool: StartPool) -> None:
    write(f=PID)
    pool = await start_pool(idle_seconds=0.1)
    pid = await invoke(pool)
    await until_gone(pid)
    assert await invoke(pool) != pid


async def test_cancelling_a_call_ends_its_worker(write: Write, start_pool: StartPool, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    write(
        f=f"""
import os, pathlib, time
def handler(event, context):
    pathlib.Path({str(note)!r}).write_text(str(os.getpid()))
    time.sleep(60)
"""
    )
    pool = await start_pool()
    call = asyncio.create_task(invoke(pool))
    await until(lambda: note.exists() and note.read_text() != "")
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await until_gone(int(note.read_text()))


async def test_what_a_worker_started_ends_with_it(write: Write, start_pool: StartPool) -> None:
    write(
        f="""
import subprocess
def handler(event, context):
    return [subprocess.Popen(["sleep", "60"], start_new_session=own).pid for own in (False, True)]
"""
    )
    pool = await start_pool()
    children = await invoke(pool)
    await pool.close()
    for pid in children:
        await until_gone(pid)


async def test_closing_leaves_no_record(write: Write, start_pool: StartPool, tmp_path: Path) -> None:
    write(f=PID)
    pool = await start_pool()
    await invoke(pool)
    assert len(list((tmp_path / "workers").iterdir())) == 1
    await pool.close()
    assert list((tmp_path / "workers").iterdir()) == []


async def test_draining_finishes_what_runs_and_takes_nothing_new(write: Write, start_pool: StartPool) -> None:
    write(f="import time\ndef handler(event, context):\n    time.sleep(0.2)\n    return 'done'")
    pool = await start_pool()
    running = asyncio.create_task(invoke(pool))
    await asyncio.sleep(0)
    draining = asyncio.create_task(pool.drain(5))
    await asyncio.sleep(0)
    with pytest.raises(InvokeError, match="ServiceException: The function runtime is shutting down"):
        await pool.invoke("f", b"{}", invoked_arn=ARN)
    await draining
    assert running.done()
    assert await running == "done"


async def test_draining_has_an_end(write: Write, start_pool: StartPool, caplog: pytest.LogCaptureFixture) -> None:
    write(f="import time\ndef handler(event, context): time.sleep(60)")
    pool = await start_pool()
    running = asyncio.create_task(failure(pool))
    await asyncio.sleep(0)
    await pool.drain(0.1)
    await pool.close()
    assert (await running)["errorType"] == "Runtime.ExitError"
    assert "1 function invocations are still running after 0.1 s" in caplog.text


async def test_who_still_waits_when_the_pool_closes_is_refused(write: Write, start_pool: StartPool) -> None:
    write(f="import time\ndef handler(event, context): time.sleep(60)")
    pool = await start_pool(workers=1)
    calls = [asyncio.create_task(pool.invoke("f", b"{}", invoked_arn=ARN)) for _ in range(2)]
    await asyncio.sleep(0.1)
    await pool.close()
    ended, refused = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(ended, Invocation)
    assert isinstance(refused, InvokeError)


# -- logs and events ------------------------------------------------------------------------------------------------
async def test_output_goes_to_the_log_and_the_tail(
    write: Write, start_pool: StartPool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    write(f="import sys\ndef handler(event, context):\n    print('to stdout')\n    print('to stderr', file=sys.stderr)")
    caplog.set_level(logging.INFO)
    pool = await start_pool()
    await invoke(pool)
    done = await pool.invoke("f", b"{}", invoked_arn=ARN)
    await pool.close()
    start, out, err, end, report, *_ = done.log_tail.decode().split("\n")
    assert (start, out, err) == (f"START RequestId: {done.request_id} Version: $LATEST", "to stdout", "to stderr")
    assert end == f"END RequestId: {done.request_id}"
    assert report.startswith(f"REPORT RequestId: {done.request_id}\tDuration: ")
    lines = [(r.name, r.getMessage()) for r in caplog.records if r.name.startswith("tobiishi.functions.f")]
    assert lines == [("tobiishi.functions.f", "to stdout"), ("tobiishi.functions.f", "to stderr")] * 2
    assert capfd.readouterr().out == ""


async def test_the_tail_is_bounded(write: Write, start_pool: StartPool) -> None:
    write(f="def handler(event, context):\n    for n in range(10_000): print(n)")
    done = await (await start_pool()).invoke("f", b"{}", invoked_arn=ARN)
    assert len(done.log_tail) == 4096
    assert b"\n9999\nEND RequestId" in done.log_tail


async def test_a_later_call_is_not_waited_for(
    write: Write, start_pool: StartPool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(f="import pathlib\ndef handler(path, context):\n    pathlib.Path(path).touch()\n    raise ValueError('late')")
    pool = await start_pool()
    pool.invoke_later("f", json.dumps(str(tmp_path / "ran")).encode(), invoked_arn=ARN)
    assert not (tmp_path / "ran").exists()
    await pool.drain(5)
    assert (tmp_path / "ran").exists()
    assert 'f failed: {"errorMessage": "late", "errorType": "ValueError"' in caplog.text
    with pytest.raises(InvokeError, match="ServiceException"):
        pool.invoke_later("f", b"{}", invoked_arn=ARN)


def test_a_machine_has_room_for_some_workers() -> None:
    assert 4 <= workers_for_this_machine() <= 16 * (os.cpu_count() or 1)
