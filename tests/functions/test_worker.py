"""The worker's own guard; what it runs is tested with the pool."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_worker_whose_parent_is_gone_ends_before_it_runs_anything(tmp_path: Path) -> None:
    (tmp_path / "f.py").write_text("open('ran', 'w')")
    command = [sys.executable, "-P", "-m", "tobiishi.functions.worker", "f.handler", str(os.getpid() + 1)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert not (tmp_path / "ran").exists()
