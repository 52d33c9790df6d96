"""Room in memory for the bodies of requests: what all clients together may have waiting here.

A small body always finds room: as many as there may be connections are not much. Large ones share what there is, so
that any number of uploads, slow or broken off or from nobody who is known here, cannot fill the memory.
"""

import asyncio
from typing import Any, Final

SMALL: Final = 65_536
"""Bytes of a body that need no room."""


class NoRoomError(Exception):
    """Others' bodies fill the room at the moment."""


class Room:
    """`size` is in bytes."""

    def __init__(self, size: int) -> None:
        self.left = size

    def share(self) -> "Share":
        """Return one request's share, empty as yet. Whoever asks for one gives it back with `Share.leave`."""
        return Share(self)


class Share:
    """What one request takes of a room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._size = 0
        self._taken = 0
        self._user: asyncio.Future[Any] | None = None

    def grow(self, size: int) -> None:
        """Take room for as many bytes more. Raises `NoRoomError`."""
        self._size += size
        needed = self._size - self._taken if self._size > SMALL else 0
        if needed > self._room.left:
            raise NoRoomError
        self._room.left -= needed
        self._taken += needed

    def used_by(self, user: asyncio.Future[Any]) -> None:
        """Say who goes on using the body, even after `leave`."""
        self._user = user

    def leave(self) -> None:
        """Give it all back, as soon as nobody uses it any more."""
        if self._user is None or self._user.done():
            self._give_back()
        else:
            self._user.add_done_callback(lambda _: self._give_back())

    def _give_back(self) -> None:
        self._room.left += self._taken
        self._taken = 0
