"""A TLS handshake in memory: what a client and a server make of each other's certificates."""

from __future__ import annotations

import ssl


def shaken(
    serving: ssl.SSLContext, asking: ssl.SSLContext, name: str | None = None
) -> ssl.SSLObject:
    """The client's end after its handshake with `name`; raises `ssl.SSLError`."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = asking.wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client
