"""Threads: bounded, and never waited for."""

import asyncio
import subprocess
import sys
import threading

import pytest

from tobiishi.tasks.threads import DaemonThreads


async def test_results_and_errors_come_back():
    threads = DaemonThreads(2, "test")
    assert await threads.run(lambda: threading.current_thread().name) == "test"
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


async def test_no_more_than_the_limit_at_once():
    threads, lock = DaemonThreads(3, "test"), threading.Lock()
    now = most = 0

    def work():
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        with lock:
            now -= 1

    await asyncio.gather(*(threads.run(work) for _ in range(50)))
    assert 1 <= most <= 3


async def test_a_cancelled_call_keeps_its_place_until_its_thread_ends():
    threads, begun, go = DaemonThreads(1, "test"), threading.Event(), threading.Event()

    def hang():
        begun.set()
        go.wait()

    first = asyncio.create_task(threads.run(hang))
    await asyncio.to_thread(begun.wait)
    first.cancel()
    second = asyncio.create_task(threads.run(lambda: "done"))
    await asyncio.wait([first, second], timeout=0.05, return_when=asyncio.ALL_COMPLETED)
    assert first.cancelled()
    assert not second.done()
    go.set()
    assert await second == "done"


def test_a_process_ends_while_a_call_hangs():
    program = """
import asyncio, threading
from tobiishi.tasks.threads import DaemonThreads

async def main():
    threads = DaemonThreads(1, "test")
    task = asyncio.create_task(threads.run(threading.Event().wait))
    await asyncio.sleep(0)
    task.cancel()

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
