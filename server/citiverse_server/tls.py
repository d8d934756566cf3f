"""The server's certificate, and which protocol a client has agreed to in the handshake (ALPN)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

HTTP2 = "h2"
PROTOCOLS = [HTTP2, "http/1.1"]


class Certificate:
    """A certificate with its key, and the context that speaks TLS with it.

    Raises `ConfigError` where the files aren't a certificate and its key.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(PROTOCOLS)
        self._stamp = self._read_stamp()
        self._load(self.context)

    def renew(self) -> bool:
        """Whether the files have changed and are used from the next handshake on.

        Raises `ConfigError` where the new ones can't be used: then the former stay.
        """
        stamp = self._read_stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        # A context that fails half-way would be left with a certificate and another one's key.
        self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        self._load(self.context)
        return True

    def _read_stamp(self) -> tuple[int, ...]:
        stamps = []
        for file in self._files:
            try:
                status = file.stat()
            except OSError as error:
                raise ConfigError(f"can't be read ({error.strerror})", file) from None
            stamps += [status.st_mtime_ns, status.st_size]
        return tuple(stamps)

    def _load(self, context: ssl.SSLContext) -> None:
        certificate, key = self._files
        try:
            # A key that asks for a password would wait at the terminal for it.
            context.load_cert_chain(certificate, key, password=_no_password)
        except OSError as error:
            raise ConfigError(
                f"this and {key} aren't a certificate and its key ({_reason(error)})",
                certificate,
                remedy="name two PEM files that belong together; the key without a password",
            ) from None


def speaks_http2(transport: asyncio.Transport) -> bool:
    """Whether this connection is one over TLS whose client chose HTTP/2."""
    connection: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    return connection is not None and connection.selected_alpn_protocol() == HTTP2


def _no_password() -> str:
    return ""


def _reason(error: OSError) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return (reason or "they can't be read").lower().replace("_", " ")
