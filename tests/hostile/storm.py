"""Many connections at once, each with one attack after another, and what the server made of them."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Iterable
from urllib.parse import urlsplit

from tests.hostile.attacks import Attack

PATIENCE_SECONDS = 20.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Storm:
    """`complaints` says of each attack that was not answered as it should be, what was wrong."""

    def __init__(self, url: str, attacks: Iterable[Attack]) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._attacks = deque(attacks)
        self.complaints: list[str] = []

    async def rage(self, connections: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._work())

    async def _work(self) -> None:
        kept: Streams | None = None
        while self._attacks:
            attack = self._attacks.popleft()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    kept = await self._attack(attack, kept)
            except TimeoutError:
                kept = None
                self._complain(attack, "gives no answer")
        if kept is not None:
            kept[1].close()

    async def _attack(self, attack: Attack, kept: Streams | None) -> Streams | None:
        """Attack over a connection that was kept, or another one; return it if it can be used again."""
        reader, writer = kept or await asyncio.open_connection(*self._address)
        is_kept = False
        try:
            is_kept = await self._exchange(attack, reader, writer, again=kept is not None)
        finally:
            if not is_kept:
                writer.close()
        return (reader, writer) if is_kept else None

    async def _exchange(
        self, attack: Attack, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, again: bool
    ) -> bool:
        """Return whether the connection can be used again.

        `again`: if the connection proves to be closed, as any may be that was idle, the attack goes to another one.
        """
        with contextlib.suppress(ConnectionError):  # the server may answer, and close, before it has read all
            writer.write(attack.text)
            await writer.drain()
        if attack.cut:
            return False
        head, body = await _answer(reader, has_body=not attack.text.startswith(b"HEAD"))
        if not head and again:
            self._attacks.append(attack)
            return False
        rest = b""
        if attack.alone:
            with contextlib.suppress(ConnectionError):
                rest = await reader.read()
        objection = _objection(attack, head, body, rest)
        if objection is not None:
            self._complain(attack, f"{objection}: {head!r} {body[:300]!r} {rest[:300]!r}")
        return bool(head) and not attack.alone and b"connection: close" not in head.lower()

    def _complain(self, attack: Attack, what: str) -> None:
        self.complaints.append(f"{attack.kind} {attack.text[:300]!r}... {what}")


async def _answer(reader: asyncio.StreamReader, *, has_body: bool) -> tuple[bytes, bytes]:
    """Return head and body of an answer; nothing if the connection was closed without one."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if not has_body:
            return head, b""
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        if head.split()[1] == b"100":
            return await _answer(reader, has_body=has_body)
        return head, await reader.readexactly(int(length.split(b":")[1]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return b"", b""


def _objection(attack: Attack, head: bytes, body: bytes, rest: bytes) -> str | None:
    if not head:
        return None if attack.silent else "closed without an answer"
    status = int(head.split()[1])
    lowest, highest = attack.statuses
    if not lowest <= status <= highest:
        return f"status {status}"
    if b"alive" in rest or b'"stateMachines"' in body + rest:
        return "smuggled"
    if status >= 400 and not attack.text.startswith(b"HEAD") and not _is_error(head.lower(), body):
        return "no error of AWS's"
    return None


def _is_error(head: bytes, body: bytes) -> bool:
    """Whether an error is in the form of one of AWS's protocols."""
    if head.startswith(b"http/1.0") or b"x-amzn-requestid: " not in head:
        return b'"__type":"BadRequest"' in body  # it was no HTTP
    if b"/xml" in head or b"application/cbor" in head:
        return b"Error" in body or b"__type" in body
    fields = json.loads(body)
    return b"x-amzn-errortype: " in head and bool({"message", "Message"} & fields.keys())
