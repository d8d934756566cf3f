"""Builds the web client into the server package, where that isn't done yet.

Called by the set-up (`scripts/setup.py`) and by the wheel's build hook (`hatch_build.py`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import node
import stamps

ROOT = Path(__file__).resolve().parent.parent
NOT_SOURCES = {"node_modules", "test", "coverage"}


def is_built(root: Path) -> bool:
    """True where the built client is there and was made from these sources."""
    static = _static(root)
    return (static / "index.html").is_file() and stamps.is_current(
        static / ".stamp", sources_digest(root)
    )


def build(root: Path) -> None:
    """Install the client's locked packages and build it with vite, each only where needed.

    Raises node.NodeError.
    """
    install_packages(root)
    if is_built(root):
        return
    print("Building the web client", flush=True)
    node.run(node.npm("run", "--silent", "build"), root / "web-client")
    stamps.write(_static(root) / ".stamp", sources_digest(root))


def install_packages(root: Path) -> None:
    """`npm ci`: exactly the packages of package-lock.json, checked against its hashes."""
    folder = root / "web-client"
    wanted = stamps.digest((folder / "package.json", folder / "package-lock.json"))
    stamp = folder / "node_modules" / ".stamp"
    if stamps.is_current(stamp, wanted):
        return
    print("Installing the web client's packages", flush=True)
    node.run(node.npm("ci", "--no-progress"), folder)
    stamps.write(stamp, wanted)


def _static(root: Path) -> Path:
    return root / "server" / "citiverse_server" / "static"


def sources_digest(root: Path) -> str:
    """Changes with whatever the built client is made of."""
    files: list[Path] = []
    for folder, folders, names in os.walk(root / "web-client"):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        files.extend(Path(folder, name) for name in names)
    return stamps.digest(files)


if __name__ == "__main__":
    try:
        build(ROOT)
    except node.NodeError as error:
        sys.exit(f"The web client could not be built: {error}")
