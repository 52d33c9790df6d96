"""The documentation says what is true: its links lead somewhere, its definitions are sound."""

import re
from pathlib import Path

import pytest
from typer.main import get_group

from tests.test_layers import PACKAGE, RANKS
from tobiishi.api.states.errors import CODES
from tobiishi.asl.compile import compile_definition
from tobiishi.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
ERROR_RAISED = re.compile(r'(?:ApiError|RefusedError)\((?:\d+, )?"([A-Z]\w+)"')
JSON_BLOCK = re.compile(r"^```json[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def definitions() -> list[tuple[str, str]]:
    blocks = [(label(page), block) for page in PAGES for block in JSON_BLOCK.findall(page.read_text())]
    return [(page, block) for page, block in blocks if '"StartAt"' in block]


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_links_lead_somewhere(page):
    missing = [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize(("page", "text"), definitions(), ids=[page for page, _ in definitions()])
def test_definitions_are_sound(page, text):
    assert compile_definition(text).states


def test_every_page_is_in_the_index():
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target).resolve() for target in LINK.findall(index.read_text())}
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs") and page != index}
    assert pages <= linked


def test_the_layers_are_drawn_as_they_are_held():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    (drawn,) = re.findall(r"^```\n(cli .*?)^```", text, re.MULTILINE | re.DOTALL)
    layers = [set(line.split()) for line in reversed(drawn.splitlines())]
    held = {part: rank for part, rank in RANKS.items() if not part.startswith("_")}
    assert {part: rank for rank, layer in enumerate(layers) for part in layer} == held
    assert {part for part in held if f"`{part}`" not in text} == set()


def test_every_error_of_the_api_is_documented():
    text = (ROOT / "docs" / "reference" / "errors.md").read_text()
    sources = [path.read_text() for part in ("wire", "server", "api/states") for path in (PACKAGE / part).rglob("*.py")]
    raised = {code for source in sources for code in ERROR_RAISED.findall(source)}
    assert {"SerializationException", "LoopDetectedException", "InvalidToken"} <= raised
    assert {code for code in raised | set(CODES.values()) if f"`{code}`" not in text} == set()


def test_every_command_and_flag_is_documented():
    reference = ROOT / "docs" / "reference"
    text = (reference / "cli.md").read_text() + (reference / "settings.md").read_text()
    commands = list(get_group(app).commands.values())
    flags = {option for command in commands for parameter in command.params for option in parameter.opts}
    spoken = {flag for flag in flags if flag.startswith("--")} | {f"tobiishi {command.name}" for command in commands}
    assert {word for word in spoken if not re.search(re.escape(word) + r"(?![\w-])", text)} == set()
