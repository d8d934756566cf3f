"""Runs the server until it is told to stop.

    python -m citiverse_server.run SCENE... [--port 8000]

is a small door for developers of the client; people use `citiverse serve`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import threading
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

# More BLAS threads make the small matrix work of the level of detail many times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import uvicorn

from .app import Application, create_app
from .config import DEFAULT_PORT, ServerConfig
from .engine import BoundedHttp, BoundedWebSocket
from .errors import ConfigError, ListenError, MakingError, ServerError
from .tls import Certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from types import FrameType

# Larger than any message of ours, so that those get a coded error; beyond, the frame isn't read.
SOCKET_MAX_BYTES = 256 * 1024
CONNECTIONS_BESIDE_SESSIONS = 1024
SIGNALS = (signal.SIGINT, signal.SIGTERM)
UNSENT_BYTES = 32 * 1024
RENEWAL_TICKS = 600
"""The files of the certificate are looked at once a minute; a tick is a tenth of a second."""

logger = logging.getLogger("citiverse.run")


def serve(config: ServerConfig, listener: socket.socket | None = None) -> None:
    """Serves until SIGINT or SIGTERM; prints the root's address once it listens.

    `listener` is a socket that listens already, instead of one at the config's host and port; it
    is closed in the end.

    Raises `SceneError`, `ConfigError`, `ListenError` and, where the one scene that was to come
    can't be made, `MakingError`, each one sentence for the operator.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    application = create_app(config)
    with contextlib.closing(listener or listen(config.host, config.port)) as taken:
        Server(application, config, announce=True).run(sockets=[taken])
    if application.hub.failure:
        raise MakingError(application.hub.failure)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `ListenError` where the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.getaddrinfo(host, port, family)
    except (socket.gaierror, UnicodeError):
        raise ListenError(
            f"{host!r} is no address that is known here", remedy="choose another --host"
        ) from None
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        number = error.errno or 0
        reason = os.strerror(number)
        remedy = _REMEDIES.get(number, "choose another --host or --port")
        raise ListenError(f"{host}:{port} can't be listened on ({reason})", remedy=remedy) from None
    _keep_little_unsent(listener)
    return listener


def _keep_little_unsent(listener: socket.socket) -> None:
    """Lets the system take little more than it can send, where it can be told so (Linux, macOS).

    What waits in its buffers can't be overtaken. Accepted connections take this after the listener.
    """
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


_REMEDIES = {
    errno.EADDRINUSE: "choose another --port, or stop the program that uses it",
    errno.EACCES: "choose a --port above 1023",
    errno.EADDRNOTAVAIL: "choose an address of this machine as --host",
}


class Server(uvicorn.Server):
    """uvicorn, set up as measured to be fastest, that says goodbye before it closes sockets."""

    def __init__(self, application: Application, config: ServerConfig, *, announce: bool) -> None:
        self.certificate = certificate_of(config)
        super().__init__(
            uvicorn.Config(
                application,
                http=BoundedHttp,
                ws=BoundedWebSocket,
                ws_max_size=SOCKET_MAX_BYTES,
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=config.max_sessions + CONNECTIONS_BESIDE_SESSIONS,
                timeout_graceful_shutdown=1,
                ssl_context_factory=None if self.certificate is None else self._context,
            )
        )
        self._application = application
        self._announce = announce
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to accept, then says where."""
        await super().startup(sockets)
        self.listening.set()
        if self._announce and sockets:
            secure = self.certificate is not None
            print(root_address(sockets[0], secure=secure), flush=True)

    def _context(self, _config: uvicorn.Config, _default: object) -> ssl.SSLContext:
        assert self.certificate is not None
        return self.certificate.context

    def _renew(self, certificate: Certificate) -> None:
        try:
            if certificate.renew():
                logger.info("The certificate has changed and is used from now on.")
        except ConfigError as error:
            logger.error("%s The former certificate stays in use.", error)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Said once or often: the end takes two seconds, and what is being written is kept."""
        del sig, frame
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; ends the run where there is no scene and none will come."""
        if self.certificate is not None and counter % RENEWAL_TICKS == 0:
            self._renew(self.certificate)
        return await super().on_tick(counter) or bool(self._application.hub.failure)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells the clients first, then closes."""
        await self._application.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the run; unlike uvicorn's, a clean stop isn't then turned into a death."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self.handle_exit) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def certificate_of(config: ServerConfig) -> Certificate | None:
    """The certificate that a server speaks TLS with, if it does; raises `ConfigError`."""
    if config.tls_cert is None or config.tls_key is None:
        return None
    return Certificate(config.tls_cert, config.tls_key)


def root_address(listener: socket.socket, *, secure: bool = False) -> str:
    """The address to open, `http://host:port/`; an unspecified host is this machine."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m citiverse_server.run")
    parser.add_argument("scenes", type=Path, nargs="+", metavar="SCENE")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--sensors", type=Path)
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    options = parser.parse_args()
    try:
        serve(
            ServerConfig(
                tuple(options.scenes),
                host=options.host,
                port=options.port,
                sensors=options.sensors,
                tls_cert=options.tls_cert,
                tls_key=options.tls_key,
            )
        )
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
