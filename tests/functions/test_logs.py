import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable

import pytest

from tobiishi.functions.logs import MAX_LINE, FunctionLog


@pytest.fixture
async def pipe(caplog: pytest.LogCaptureFixture) -> AsyncIterator[tuple[FunctionLog, int]]:
    caplog.set_level(logging.INFO)
    output, inner = os.pipe()
    log = FunctionLog("f", output)
    yield log, inner
    log.close()
    try:
        os.close(inner)
    except OSError:
        return  # the test closed it


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the log is told of nothing
            await asyncio.sleep(0.001)


async def test_whole_lines_are_passed_on(pipe: tuple[FunctionLog, int], caplog: pytest.LogCaptureFixture) -> None:
    log, inner = pipe
    os.write(inner, b"one\ntwo\nthr")
    await until(lambda: len(caplog.messages) == 2)
    os.write(inner, b"ee\n\nfour")
    await until(lambda: len(caplog.messages) == 3)
    log.close()
    assert caplog.messages == ["one", "two", "three", "four"]


async def test_a_long_line_is_cut(pipe: tuple[FunctionLog, int], caplog: pytest.LogCaptureFixture) -> None:
    log, inner = pipe
    os.write(inner, b"x" * (2 * MAX_LINE + 10) + b"\n")
    await until(lambda: len(caplog.messages) == 3)
    log.close()
    assert [len(message) for message in caplog.messages] == [MAX_LINE, MAX_LINE, 10]


async def test_what_could_fool_a_terminal_is_made_visible(
    pipe: tuple[FunctionLog, int], caplog: pytest.LogCaptureFixture
) -> None:
    log, inner = pipe
    os.write(inner, b"\x1b[2Jred\x00 \xff \xe3\x81\x82\ttab\n")
    await until(lambda: len(caplog.messages) == 1)
    log.close()
    assert caplog.messages == ["\\x1b[2Jred\\x00 \ufffd あ\ttab"]


async def test_a_traceback_of_lambdas_runtime_is_one_entry(
    pipe: tuple[FunctionLog, int], caplog: pytest.LogCaptureFixture
) -> None:
    log, inner = pipe
    os.write(inner, "[ERROR] E\rTraceback:\r\u00a0\u00a0File x\n".encode())
    await until(lambda: len(caplog.messages) == 1)
    log.close()
    assert caplog.messages == ["[ERROR] E\nTraceback:\n  File x"]


async def test_a_flood_gets_its_turn_and_no_more(
    pipe: tuple[FunctionLog, int], caplog: pytest.LogCaptureFixture
) -> None:
    _, inner = pipe
    os.set_blocking(inner, False)
    os.write(inner, b"y\n" * 5_000)
    seen = 0
    for _ in range(3):
        await until(lambda: len(caplog.records) > seen)  # noqa: B023 - called before the next turn
        assert len(caplog.records) - seen == 100
        seen = len(caplog.records)


async def test_the_tail_is_what_came_since_the_beginning(pipe: tuple[FunctionLog, int]) -> None:
    log, inner = pipe
    os.write(inner, b"before\n")
    assert log.end() == b"before\n"
    log.begin()
    os.write(inner, b"within")
    assert log.end() == b"within"


async def test_the_end_of_the_pipe_ends_the_reading(
    pipe: tuple[FunctionLog, int], caplog: pytest.LogCaptureFixture
) -> None:
    log, inner = pipe
    os.write(inner, b"last")
    os.close(inner)
    await asyncio.sleep(0.01)
    log.close()
    log.close()
    assert caplog.messages == ["last"]
