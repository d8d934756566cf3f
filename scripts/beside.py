"""A server in a thread of the program that looks at it, for feeds that can't leave the process."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from citiverse_server.app import create_app
from citiverse_server.run import Server, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_server.config import ServerConfig

STOP_TIMEOUT_S = 10.0


@contextmanager
def serving_beside(config: ServerConfig) -> Iterator[str]:
    """Its address, without a slash at the end, until the block ends. Raises `ListenError`."""
    with listen(config.host, config.port) as listener:
        server = Server(create_app(config), config, announce=False)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        try:
            yield f"http://{config.host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(STOP_TIMEOUT_S)
