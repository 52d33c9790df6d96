"""The how-to guides work: their blocks are run, in order, against a server that is started as the page says.

What a block is stands behind its language: `sh server` starts the server, `sh` is run by bash, `LANGUAGE FILE` is a
file to save, `text` is what must be printed. Python that is no file is one program, run where its last block stands.
`console` is for people only.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.serving import Server

ROOT = Path(__file__).resolve().parent.parent
HOWTO = ROOT / "docs" / "how-to"
README = ROOT / "README.md"
GIVEN = Path(__file__).resolve().parent / "howto"
"""What pages take for there: a folder for each page that needs one."""

SERVED = "127.0.0.1:8083"
ELSEWHERE = "http://127.0.0.1:5000"
EVERYWHERE = ('host = "0.0.0.0"', 'host = "127.0.0.1"\nverify_signatures = true')
"""No test listens to others; what would be so then is asked for."""
TIMEOUT_SECONDS = 120
_BLOCK = re.compile(r"^```(?P<language>[a-z]+) ?(?P<word>\S*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    word: str
    text: str

    @property
    def is_server(self) -> bool:
        return (self.language, self.word) == ("sh", "server")

    @property
    def is_program(self) -> bool:
        return self.language == "python" and not self.word


def blocks(text: str) -> list[Block]:
    return [Block(**found.groupdict()) for found in _BLOCK.finditer(text)]


def with_server() -> dict[str, str]:
    """Return the pages that start a server, by name; of the README the one section that does."""
    texts = {page.stem: page.read_text() for page in sorted(HOWTO.glob("*.md"))}
    texts |= {f"README: {section.splitlines()[0]}": section for section in README.read_text().split("\n## ")[1:]}
    return {name: text for name, text in texts.items() if any(block.is_server for block in blocks(text))}


PAGES = with_server()


def script(page: list[Block]) -> Iterator[str]:
    """Yield what bash runs."""
    programs = [block for block in page if block.is_program]
    for block in page:
        if block.language == "sh" and not block.word:
            yield block.text
        elif programs and block is programs[-1]:
            yield "python - <<'END OF PROGRAM'\n" + "\n".join(each.text for each in programs) + "END OF PROGRAM\n"


def save_files(page: list[Block], folder: Path) -> None:
    for block in page:
        if block.word and not block.is_server:
            path = folder / block.word
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text.replace(*EVERYWHERE))


def start(page: list[Block], folder: Path, elsewhere: str) -> Server:
    (command,) = [block.text for block in page if block.is_server]
    said = shlex.split(command.replace("\\\n", " ").replace(ELSEWHERE, elsewhere), comments=True)
    assert said[:2] == ["tobiishi", "serve"]
    return Server(folder / "data", *said[2:], folder=folder)


def run(page: list[Block], folder: Path, server: Server) -> str:
    """Run a page's script and return what it prints."""
    text = "set -euo pipefail\n" + "\n".join(script(page)).replace(SERVED, server.url.removeprefix("http://"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TOBIISHI_"))}
    environment |= {"HOME": str(folder), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/bash", "-c", text], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{''.join(server.log)}"
    return done.stdout


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Another endpoint for AWS's services."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_what_it_says(name, tmp_path, elsewhere):
    page = blocks(PAGES[name])
    if (GIVEN / name).is_dir():
        subprocess.run(["cp", "-R", f"{GIVEN / name}/.", tmp_path], check=True)
    save_files(page, tmp_path)
    with start(page, tmp_path, elsewhere) as server:
        printed = run(page, tmp_path, server)
        expected = [line for block in page if block.language == "text" for line in block.text.splitlines()]
        written = printed + "".join(server.log)
        assert [line for line in expected if line not in written] == [], written


@pytest.mark.parametrize("name", PAGES)
def test_a_page_sets_what_the_sdks_need(name):
    text = PAGES[name]
    assert "AWS_DISABLE_HOST_PREFIX_INJECTION=true" in text or "inject_host_prefix=False" in text
