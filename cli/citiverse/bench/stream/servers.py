"""The servers at one end of the line: ours, and nginx for the page that we are measured against.

nginx is the quickest at handing out files over HTTP/1.1 and HTTP/2 that is commonly used; the peer
is not to be held up by ours.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench.repository import SCRIPTS, told
from citiverse.bench.serving import serving
from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from citiverse.certificates import Files

PEER_PAGE = "peer_viewer.py"
PATIENCE_S = 10.0
SCENE = "scene"
PLACES = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))

NGINX = """
daemon off;
worker_processes 1;
error_log stderr error;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 512; }}
http {{
  access_log off;
  types {{
    text/html html; text/javascript js; application/json json; model/gltf-binary glb;
  }}
  sendfile on;
  tcp_nopush on;
  keepalive_requests 10000;
  gzip_static on;
  gzip on;
  gzip_types text/javascript application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {host}:{http1};
    listen {host}:{http2} ssl http2;
    ssl_certificate {tls.server};
    ssl_certificate_key {tls.server_key};
    root {root};
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class PeerServer:
    """Where the peer's page is: over HTTP/1.1 and over TLS with HTTP/2; `root` is what it serves.

    The scene is below `scene/` there.
    """

    http1: str
    http2: str
    root: Path


@dataclass(frozen=True, slots=True)
class Ports:
    """Where nginx listens, with and without TLS, and its first process."""

    http1: int
    tls: int
    process: int


@contextlib.contextmanager
def ours(scene: Path, inside: Sequence[str], host: str, tls: Files | None = None) -> Iterator[str]:
    """The address of `citiverse serve` at `host`, started as `inside` says.

    With a certificate it speaks HTTP/2, else HTTP/1.1. Raises BenchError.
    """
    options = ["--host", host]
    if tls is not None:
        options += ["--tls-cert", str(tls.server), "--tls-key", str(tls.server_key)]
    with serving((scene,), *options, inside=inside) as (address, _):
        yield f"{address}s/{scene.name}"


@contextlib.contextmanager
def peers(
    scene: Path, inside: Sequence[str], host: str, folder: Path, tls: Files
) -> Iterator[PeerServer | None]:
    """nginx with the peer's page beside the scene; None, and a word why, without it."""
    if nginx_here() is None or not (SCRIPTS / PEER_PAGE).is_file():
        missing = "nginx or the repository's scripts/peer_viewer.py"
        print(f"bench stream: {missing} is missing: ours alone.", file=sys.stderr)
        yield None
        return
    page = Path(told(PEER_PAGE).splitlines()[-1])
    root = folder / "root"
    shutil.copytree(page, root)
    (root / SCENE).symlink_to(scene.resolve(), target_is_directory=True)
    with nginx(root, inside, host, folder, tls) as served:
        yield PeerServer(f"http://{host}:{served.http1}", f"https://{host}:{served.tls}", root)


def nginx_here() -> str | None:
    """The program, where this machine has it."""
    return os.environ.get("CITIVERSE_NGINX") or shutil.which("nginx", path=PLACES)


@contextlib.contextmanager
def nginx(
    root: Path, inside: Sequence[str], host: str, folder: Path, tls: Files
) -> Iterator[Ports]:
    """nginx that serves the files below `root`; raises BenchError."""
    ports = _free_ports(2)
    user = "user root;" if os.geteuid() == 0 else ""
    settings = NGINX.format(
        folder=folder, host=host, http1=ports[0], http2=ports[1], root=root, user=user, tls=tls
    )
    (folder / "nginx.conf").write_text(settings)
    started = (str(nginx_here()), "-c", str(folder / "nginx.conf"), "-p", str(folder))
    command = (*inside, *started, "-e", "stderr")
    with subprocess.Popen(command) as server:
        try:
            _await_listening(folder / "nginx.pid", server)
            yield Ports(ports[0], ports[1], server.pid)
        finally:
            server.terminate()


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in taken]


def _await_listening(pid: Path, server: subprocess.Popen[bytes]) -> None:
    """nginx writes its number once it listens."""
    until = time.monotonic() + PATIENCE_S
    while not pid.is_file() or not pid.read_text().strip():
        if server.poll() is not None or time.monotonic() > until:
            raise BenchError("nginx didn't start")
        time.sleep(0.02)
