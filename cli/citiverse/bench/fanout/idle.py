"""What a client costs in memory that has said hello and then says nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from citiverse.bench.fanout.idlers import OPEN
from citiverse.bench.row import Row
from citiverse.bench.serving import cost, serving
from citiverse.bench.usage import BenchError
from citiverse.certificates import Files, make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL_CLIENTS, QUICK_CLIENTS = 1000, 300
# What the first ones bring with them is paid once: modules, pools, tables.
FIRST = 100
GOAL_KB = 64.0
KILOBYTE = 1000
LINES = (("http1", ""), ("tls_http1", "http/1.1"), ("tls_http2", "h2"))


def rows(scene: Path, folder: Path, quick: bool) -> Iterator[Row]:
    """One row a kind of line. Raises BenchError."""
    clients = QUICK_CLIENTS if quick else FULL_CLIENTS
    tls = Files(folder / "tls")
    make(tls, ("localhost", ip_address("127.0.0.1")), datetime.now(UTC))
    for name, alpn in LINES:
        each = _each(scene, clients, tls if alpn else None, alpn) / KILOBYTE
        about = f"{clients} clients after hello, beyond the first {FIRST}, loopback"
        yield Row("fanout", f"memory_per_idle_client_{name}", (each,), "kB", about, GOAL_KB)


def _each(scene: Path, clients: int, tls: Files | None, alpn: str) -> float:
    """Bytes of resident memory for each client."""
    options = ["--max-sessions", str(clients + FIRST)]
    if tls is not None:
        options += ["--tls-cert", str(tls.server), "--tls-key", str(tls.server_key)]
    with serving([scene], *options) as (address, server):
        parts = urlsplit(address)
        command = [sys.executable, "-m", "citiverse.bench.fanout.idlers"]
        command += [str(parts.hostname), str(parts.port), scene.name]
        command += [str(tls.authority), alpn] if tls is not None else []
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as idlers:
            before = _resident_with(idlers, server, FIRST)
            after = _resident_with(idlers, server, clients)
            assert idlers.stdin is not None
            idlers.stdin.close()
    return (after - before) / clients


def _resident_with(idlers: subprocess.Popen[str], server: int, more: int) -> int:
    """Resident memory of the server when so many more have come."""
    assert idlers.stdin is not None
    assert idlers.stdout is not None
    print(more, file=idlers.stdin, flush=True)
    used = cost(server) if idlers.stdout.readline().strip() == OPEN else None
    if used is None:
        raise BenchError(f"{more} clients at once didn't come through; see above")
    return used.resident_bytes
