"""A line from a browser to a server that can be cut: silently, or so that both ends hear."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 64 * 1024


class Relay:
    """Passes bytes between whoever connects to `port` and the server at `target`, both here."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._passes = threading.Event()
        self._passes.set()
        self._accepts = True
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where browsers connect."""
        return int(self._listener.getsockname()[1])

    def freeze(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._passes.clear()

    def cut(self) -> None:
        """All lines are closed, and new ones at once."""
        self._accepts = False
        self._close_all()
        self._passes.set()

    def mend(self) -> None:
        """New lines are open again."""
        self._accepts = True

    def close(self) -> None:
        """The end."""
        self.cut()
        self._listener.close()

    def _close_all(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        try:
            if not self._accepts:
                raise ConnectionRefusedError
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        with self._lock:
            self._open |= {near, far}
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self._passes.wait()
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relayed(target: int) -> Iterator[Relay]:
    """A relay until the block ends."""
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
