"""Storage that speaks S3, in this process: moto's server on a free port."""

from __future__ import annotations

import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


@contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch, name: str = "bucket") -> Iterator[str]:
    """An empty bucket that the environment leads to; yields the server's address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        # The objects outlive the server, in this process.
        for path, method in (("moto-api/reset", "POST"), (name, "PUT")):
            asked = urllib.request.Request(f"{address}/{path}", method=method)
            urllib.request.urlopen(asked, timeout=10).close()
        yield address
    finally:
        server.stop()
