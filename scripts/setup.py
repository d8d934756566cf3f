"""Sets up all that `make demo` or `make test` needs: `python3 scripts/setup.py runtime|dev`.

Runs with the system's Python and its standard library alone. What is done already is skipped, so
that a second call takes a fraction of a second.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import client
import stamps

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ("runtime", "dev")


class SetupError(Exception):
    """The machine lacks something; the sentence says what and how to get it."""


def main(arguments: list[str]) -> None:
    """Set up the environment of one lock."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        sys.exit(f"usage: python3 scripts/setup.py {'|'.join(LOCKS)}")
    try:
        with alone():
            create_environment()
            install_packages(arguments[0])
            if arguments[0] == "dev" or not client.is_built(ROOT):
                _run("Building the web client failed", str(PYTHON), "scripts/client.py")
            if arguments[0] == "dev":
                _run("Fetching other viewers failed", str(PYTHON), "scripts/foreign.py")
    except SetupError as error:
        sys.exit(f"citiverse: {error}")


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other set-up of this folder is under way; the lock ends with the process."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up to finish", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def create_environment() -> None:
    """Make .venv, unless it is there with its Python and its pip, which comes last."""
    if PYTHON.exists() and any(VENV.glob("lib/python*/site-packages/pip-*.dist-info/RECORD")):
        return
    missing = [name for name in ("venv", "ensurepip") if find_spec(name) is None]
    if missing:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"this Python has no `{missing[0]}` module; on Debian and Ubuntu install it with"
            f" `apt install python{version}-venv`, then run the same command again."
        )
    print("Creating .venv", flush=True)
    _run("Creating .venv failed", sys.executable, "-m", "venv", "--clear", str(VENV))


def install_packages(lock: str) -> None:
    """Install one lock and this project into .venv; the dev lock holds the runtime lock."""
    files = {name: ROOT / "locks" / f"{name}.txt" for name in LOCKS}
    wanted = {name: stamps.digest((file, ROOT / "pyproject.toml")) for name, file in files.items()}
    if stamps.is_current(_stamp(lock), wanted[lock]):
        return
    print("Installing the Python packages (this takes a while the first time)", flush=True)
    pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input")
    failure = "Installing the Python packages failed; is there a network connection"
    _run(failure, *pip, "install", "--require-hashes", "--requirement", str(files[lock]))
    _run(failure, *pip, "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    for name in LOCKS[: LOCKS.index(lock) + 1]:
        stamps.write(_stamp(name), wanted[name])


def _stamp(lock: str) -> Path:
    return VENV / f".{lock}-stamp"


def _run(failure: str, *command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SetupError(f"{failure} (what went wrong stands above).")


if __name__ == "__main__":
    main(sys.argv[1:])
