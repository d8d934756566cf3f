"""Gets a program that others made, for benchmarks: `peers.py citygml-to-3dtiles|cjio|…`.

It is fetched into .cache once, by the ordinary client of its registry, and printed as the command
line that runs it, a JSON array.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import node
import stamps

ROOT = Path(__file__).resolve().parent.parent
CJIO = "cjio[export]==0.10.1"
PY3DTILES = "py3dtiles[ifc]==12.1.1"
INSTALL_TIMEOUT_S = 600


class PeerError(Exception):
    """A program can't be had; the sentence says why."""


def main(arguments: list[str]) -> None:
    """Print a command line, or end with 1 and a sentence."""
    if len(arguments) != 1 or arguments[0] not in PEERS:
        sys.exit(f"usage: python scripts/peers.py {'|'.join(PEERS)}")
    try:
        print(json.dumps(PEERS[arguments[0]]()))
    except (PeerError, node.NodeError) as error:
        sys.exit(f"{arguments[0]} can't be had: {error}")


def citygml_to_3dtiles() -> list[str]:
    """The converter of CityGML to 3D Tiles that npm has."""
    return _script("peer", "convert.mjs")


def ifc_lite() -> list[str]:
    """IFC-Lite, which reads bodies and properties of IFC by WebAssembly."""
    return _script("peer_ifc", "ifc-lite.mjs")


def web_ifc() -> list[str]:
    """web-ifc, which does so too."""
    return _script("peer_ifc", "web-ifc.mjs")


def fragments() -> list[str]:
    """That Open's importer of IFC to Fragments, which web-ifc reads for."""
    return _script("peer_ifc", "fragments.mjs")


def cjio() -> list[str]:
    """cjio with what its export needs, in an environment of its own: it draws in pandas."""
    return [_installed("cjio", CJIO)]


def py3dtiles() -> list[str]:
    """py3dtiles with what it needs to convert IFC, in an environment of its own."""
    return [_installed("py3dtiles", PY3DTILES)]


PEERS = {
    "citygml-to-3dtiles": citygml_to_3dtiles,
    "cjio": cjio,
    "py3dtiles": py3dtiles,
    "ifc-lite": ifc_lite,
    "web-ifc": web_ifc,
    "fragments": fragments,
}


def _script(name: str, script: str) -> list[str]:
    """The command that runs a script of a folder here, whose packages a lock pins."""
    folder, files = ROOT / ".cache" / name, tuple(sorted((ROOT / "scripts" / name).iterdir()))
    stamp, wanted = folder / ".stamp", stamps.digest(files)
    if not stamps.is_current(stamp, wanted):
        print(f"Fetching {Path(script).stem} with npm", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, folder)
        node.run(node.npm("ci", "--ignore-scripts", "--no-progress"), folder)
        stamps.write(stamp, wanted)
    return node.node(str(folder / script))


def _installed(name: str, requirement: str) -> str:
    """The path of a command that pip has."""
    folder = ROOT / ".cache" / name
    stamp = folder / ".stamp"
    if not stamps.is_current(stamp, requirement):
        print(f"Fetching {name} with pip", file=sys.stderr, flush=True)
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        pip = (str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check")
        _run(*pip, "install", "--quiet", "--no-input", requirement)
        stamps.write(stamp, requirement)
    return str(folder / "bin" / name)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise PeerError(f"`{command[-1]}` took longer than {INSTALL_TIMEOUT_S} s.") from None
    if done.returncode:
        raise PeerError(done.stderr.strip()[-2000:])


if __name__ == "__main__":
    main(sys.argv[1:])
