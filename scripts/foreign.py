"""Fetches what others made, viewers and clients, by which the tests look at our city.

Called by the set-up (`scripts/setup.py`). Pages, scripts and packages lie together in
.cache/foreign; ngsildclient has a Python environment of its own, as it wants an older httpx.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import node
import stamps

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "tests" / "foreign"
PLACE = ROOT / ".cache" / "foreign"
NGSILDCLIENT = ROOT / ".cache" / "ngsildclient"
NGSILDCLIENT_LOCK = ROOT / "locks" / "ngsildclient.txt"


def fetch() -> None:
    """All of it. Raises node.NodeError and subprocess.CalledProcessError."""
    fetch_from_npm()
    fetch_ngsildclient()


def fetch_from_npm() -> None:
    """`npm ci` of the locked packages, and the pages beside them. Raises node.NodeError."""
    files = tuple(sorted(PAGES.iterdir()))
    stamp, wanted = PLACE / ".stamp", stamps.digest(files)
    if stamps.is_current(stamp, wanted):
        return
    print("Fetching other viewers for the tests", flush=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, PLACE)
    node.run(node.npm("ci", "--ignore-scripts", "--no-progress"), PLACE)
    stamps.write(stamp, wanted)


def fetch_ngsildclient() -> None:
    """`pip install` of its locked packages. Raises subprocess.CalledProcessError."""
    stamp, wanted = NGSILDCLIENT / ".stamp", stamps.digest((NGSILDCLIENT_LOCK,))
    if stamps.is_current(stamp, wanted):
        return
    print("Fetching a client of NGSI-LD for the tests", flush=True)
    subprocess.run((sys.executable, "-m", "venv", "--clear", str(NGSILDCLIENT)), check=True)
    python = str(NGSILDCLIENT / "bin" / "python")
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input", "install")
    subprocess.run((*pip, "--require-hashes", "-r", str(NGSILDCLIENT_LOCK)), check=True)
    stamps.write(stamp, wanted)


if __name__ == "__main__":
    try:
        fetch()
    except (node.NodeError, subprocess.CalledProcessError) as error:
        sys.exit(f"The other viewers and clients could not be fetched: {error}")
