"""Bodies of requests take no more memory than there is for them."""

import asyncio
import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.server.raw import connect, read, request
from tests.serving import Server
from tobiishi.server.room import SMALL, NoRoomError, Room

LIST = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.ListStateMachines\r\n"
MEBIBYTE = 1_048_576
QUARTER = MEBIBYTE // 4


def test_small_bodies_need_no_room() -> None:
    share = Room(0).share()
    share.grow(SMALL)
    with pytest.raises(NoRoomError):
        share.grow(1)


def test_what_was_taken_comes_back() -> None:
    room = Room(2 * SMALL)
    first, second = room.share(), room.share()
    first.grow(SMALL)
    first.grow(SMALL)
    assert room.left == 0
    with pytest.raises(NoRoomError):
        second.grow(SMALL + 1)
    second.leave()
    first.leave()
    first.leave()
    assert room.left == 2 * SMALL


async def test_room_is_taken_for_as_long_as_somebody_uses_it() -> None:
    room = Room(2 * SMALL)
    share = room.share()
    share.grow(2 * SMALL)
    user: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    share.used_by(user)
    share.leave()
    await asyncio.sleep(0)
    assert room.left == 0
    user.set_result(None)
    await asyncio.sleep(0)
    assert room.left == 2 * SMALL


def test_more_bodies_than_there_is_room_for_are_told_to_come_again(serve: Callable[..., Server]) -> None:
    server = serve(TOBIISHI_LIMITS_BODIES_BYTES=str(4 * MEBIBYTE))
    listing: dict[str, Any] = {"X_Amz_Target": "AWSStepFunctions.ListStateMachines"}
    large = json.dumps({"x": "y" * 2 * MEBIBYTE}).encode()
    with ExitStack() as stack:
        for _ in range(2):
            waiting = stack.enter_context(connect(server.url))
            waiting.sendall(f"{LIST}Content-Length: {7 * QUARTER}\r\n\r\n".encode() + b" " * (5 * QUARTER))
        while request(server.url, body=large, **listing).status == 200:
            pass  # the server reads what was sent in its own time
        refused = request(server.url, body=large, **listing)
        assert (refused.status, json.loads(refused.body)["__type"]) == (503, "ServiceUnavailable")
        assert request(server.url, **listing).status == 200
        waiting.sendall(b" " * (2 * QUARTER))
        answer = read(waiting)
        assert answer is not None
        assert answer.status == 400
    while request(server.url, body=large, **listing).status == 503:
        pass  # the server sees each connection close in its own time
