"""A server for the tests of a module, and one for each test that asks for its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Server


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_user() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("TOBIISHI_", "AWS_"))]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with Server(folder / "data", folder=folder) as server:
        yield server
        assert "Traceback" not in "".join(server.log)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers over one data directory; they are ended with the test."""
    started: list[Server] = []

    def start(*flags: str, **environment: str) -> Server:
        server = Server(tmp_path / "data", *flags, env=environment, folder=tmp_path)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.kill()  # does no harm to one that has ended


def machine(client: Any, definition: str, name: str = "machine", **further: Any) -> str:
    """Create a state machine and return its ARN."""
    role = "arn:aws:iam::123456789012:role/any"
    arn: str = client.create_state_machine(name=name, definition=definition, roleArn=role, **further)["stateMachineArn"]
    return arn
