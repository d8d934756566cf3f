"""Scripts of the repository, for benchmarks that need what no package brings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from citiverse.bench.usage import BenchError

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
INSTALL_TIMEOUT_S = 900


def told(script: str, *words: str) -> str:
    """What a script prints. Raises BenchError, with what it says of itself, where it fails."""
    done = subprocess.run(
        (sys.executable, str(SCRIPTS / script), *words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise BenchError(done.stderr.strip())
    return done.stdout
