"""Every example runs, as its README says, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
TOBIISHI = Path(sys.executable).with_name("tobiishi")
DEMOS = sorted(path.parent.name for path in EXAMPLES.glob("*/demo.py"))
DEFINITIONS = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*.asl.*"))
TIMEOUT_SECONDS = 120


def succeed(*command: str | Path, cwd: Path) -> str:
    """Run a command to its end and return its standard output."""
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_example_describes_itself():
    folders = [path for path in EXAMPLES.iterdir() if path.is_dir()]
    assert folders
    index = (EXAMPLES / "README.md").read_text()
    assert all((folder / "README.md").is_file() and f"({folder.name})" in index for folder in folders)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_definitions_are_valid(definition, tmp_path):
    succeed(TOBIISHI, "validate", EXAMPLES / definition, cwd=tmp_path)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_definitions_can_be_drawn(definition, tmp_path):
    assert "-->" in succeed(TOBIISHI, "graph", EXAMPLES / definition, "--format", "mermaid", cwd=tmp_path)


@pytest.mark.parametrize("demo", DEMOS)
def test_demos_succeed(demo, tmp_path):
    succeed(sys.executable, EXAMPLES / demo / "demo.py", cwd=tmp_path)


def test_expense_claims_are_decided_and_paid(tmp_path):
    folder = EXAMPLES / "expense-claims"
    given = f"@{folder / 'claims.json'}"
    output = succeed(TOBIISHI, "run", folder / "expense-claims.asl.yaml", "--input", given, cwd=tmp_path)
    assert json.loads(output) == {
        "payments": [
            {"batch": 1, "claims": ["C-1", "C-3"], "amount": 162},
            {"batch": 2, "claims": ["C-5"], "amount": 88},
        ],
        "paid": 250,
        "claimsByDecision": {"approved": 3, "held": 1, "rejected": 1},
        "notPaid": [
            {"id": "C-2", "decision": "held", "reason": "above 150"},
            {"id": "C-4", "decision": "rejected", "reason": "no receipt"},
        ],
    }
