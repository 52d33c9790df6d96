"""A batch over many users, from end to end on this machine: `python demo.py` in tobiishi's environment.

A small API answers on a port of 127.0.0.1. It wants a key, which only the connection knows, and turns some callers
away the first time, so that the Retry has something to do. The workflow asks it about every user and saves the answers;
then the database is asked whether every row is there.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

HERE = Path(__file__).resolve().parent
TOBIISHI = Path(sys.executable).with_name("tobiishi")
USERS = 60
API_KEY = "demo-key"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, score_api() as (url, calls):
        database = Path(folder) / "scores.db"
        try:
            run({"count": USERS, "api": url, "database": str(database)}, Path(folder) / "data")
            check(database, calls)
        except (OSError, subprocess.TimeoutExpired, sqlite3.Error, ValueError) as error:
            print(f"demo failed: {error}", file=sys.stderr)
            return 1
    print(f"{USERS} users saved; the API was called {calls.total()} times, some of them after a 503")
    return 0


def run(given: dict[str, object], data: Path) -> None:
    """Run the workflow to its end, its progress shown as it goes. Raises ValueError if it does not succeed."""
    command = [str(TOBIISHI), "run", str(HERE / "user-batch.asl.json"), "--input", json.dumps(given)]
    command += ["--functions", str(HERE / "functions"), "--connections", str(HERE / "connections.toml")]
    environment = os.environ | {"SCORE_API_KEY": API_KEY}  # where connections.toml looks for it
    code = subprocess.run([*command, "--data", str(data)], timeout=120, env=environment, check=False).returncode
    if code:
        raise ValueError(f"the workflow ended with exit code {code}")


def check(database: Path, calls: Counter[int]) -> None:
    """Raise ValueError unless each user has the right score and the unlucky ones were asked again."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, score FROM scores ORDER BY id").fetchall()
    if rows != [(user, score(user)) for user in range(1, USERS + 1)]:
        raise ValueError(f"{len(rows)} rows of {USERS} are in the database, or their scores are wrong")
    if not all(calls[user] == (2 if is_unlucky(user) else 1) for user in range(1, USERS + 1)):
        raise ValueError("a user was asked about too often, or not again after a 503")


def score(user: int) -> int:
    return user * 7 % 100


def is_unlucky(user: int) -> bool:
    """Say whether the API turns the first call for this user away."""
    return user % 10 == 0


@contextmanager
def score_api() -> Iterator[tuple[str, Counter[int]]]:
    """Serve the API on a free port; yields its URL and its count of calls for each user."""
    calls: Counter[int] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("X-Api-Key") != API_KEY:
                self.answer(HTTPStatus.UNAUTHORIZED, {"message": "wrong key"})
                return
            user = int(self.path.split("/")[2])
            calls[user] += 1
            if is_unlucky(user) and calls[user] == 1:
                self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {"message": "try again"})
            else:
                self.answer(HTTPStatus.OK, {"id": user, "score": score(user)})

        def answer(self, status: HTTPStatus, body: dict[str, object]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing: the workflow's progress is what to look at."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", calls
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    sys.exit(main())
