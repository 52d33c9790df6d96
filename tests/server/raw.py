"""HTTP as it goes over the wire, for requests that no client library would make."""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_SECONDS)


def send(url: str, text: bytes) -> Answer | None:
    """Send bytes and return the answer; None if the server closed the connection without one."""
    with connect(url) as connection:
        connection.sendall(text)
        return read(connection)


def request(url: str, method: str = "POST", path: str = "/", body: bytes = b"{}", **headers: str) -> Answer:
    """Send a request with exactly these headers, beside Host and Content-Length unless they are given."""
    host = headers.pop("Host", urlsplit(url).netloc)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in named.items()]
    answer = send(url, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    assert answer is not None, "closed without an answer"
    return answer


def read(connection: socket.socket) -> Answer | None:
    """Read one answer from a connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)) and (piece := connection.recv(65_536)):
        body += piece
    return Answer(int(first.split()[1]), headers, body)
